package engine

// RuleCounts counts what one rule did since this process started.
type RuleCounts struct{ Evaluations, Firings, Errors uint64 }

// RuleCounts answers the counts of a rule of the set in use; zeros for any other.
func (e *Engine) RuleCounts(rule string) RuleCounts { return e.metrics.ruleCounts(rule) }

// Received is what became of something a source posted.
type Received string

// What can become of it.
const (
	ReceivedAccepted     Received = "accepted"
	ReceivedDuplicate    Received = "duplicate"
	ReceivedRejected     Received = "rejected"
	ReceivedUnauthorized Received = "unauthorized"
	ReceivedShed         Received = "shed"
)

// CountRejected counts what a source posted and was refused before it came to SubmitAlerts, which counts the rest by
// itself. A source that is not configured is not counted.
func (e *Engine) CountRejected(source string, result Received) { e.metrics.received(source, result, 1) }

// CountAuthFailure counts a request that showed no right token or secret; door is api or hooks, and limited means that
// it was one too many from its address.
func (e *Engine) CountAuthFailure(door string, limited bool) {
	result := authUnauthorized
	if limited {
		result = authLimited
	}
	e.metrics.authFailures.WithLabelValues(door, result).Inc()
}

// UseSources says which sources are configured now, for counting; Options.Sources are the first.
func (e *Engine) UseSources(names []string) { e.metrics.useSources(names) }
