package ifsev

import "time"

// DeliveryState says how far a delivery has come.
type DeliveryState string

// The states of a delivery.
const (
	DeliveryWaiting   DeliveryState = "waiting"   // behind another in its lane, or not due yet
	DeliveryInFlight  DeliveryState = "in_flight" // being attempted now
	DeliveryRetrying  DeliveryState = "retrying"  // attempted, to be attempted again
	DeliveryDelivered DeliveryState = "delivered"
	DeliveryDead      DeliveryState = "dead" // given up; kept until somebody acts
)

// Delivery is one outside step of one firing, to be performed at least once. It never holds a secret: it names a
// connection, and the sender looks the secret up when it performs.
type Delivery struct {
	// ID is the same for the same step of the same firing however often it is decided, and is the idempotency key of
	// every attempt.
	ID string `json:"id"`
	// Incident is the incident's ID; Number and Severity are for people.
	Incident string `json:"incident"`
	Number   int64  `json:"number"`
	Rule     string `json:"rule"`
	Firing   string `json:"firing"`
	// Step is the step's id, or its place such as then[1].
	Step string `json:"step"`
	// Action is the kind, such as slack.post.
	Action string `json:"action"`
	// Destination names the lane and the bulkhead: kind:connection, webhook:host, or page:target.
	Destination string `json:"destination"`
	// Args are the step's arguments, rendered.
	Args Data `json:"args"`
	// Incident facts that a sender may show, taken when the step was decided.
	Facts Facts `json:"facts"`
	Retry Retry `json:"retry"`
	// Timeout is the deadline of one attempt; zero means the kind's default.
	Timeout time.Duration `json:"timeout,omitempty"`
	// CreatedAt is when it was decided; AcceptedAt is when the event behind it was accepted from outside.
	CreatedAt  time.Time `json:"created_at"`
	AcceptedAt time.Time `json:"accepted_at"`
	// TraceParent is the W3C trace context the event came with; empty where there was none.
	TraceParent string `json:"traceparent,omitempty"`
	// Inward is set where it leads to another document of the store and not outside.
	Inward *Inward `json:"inward,omitempty"`
}

// Facts is what a sender may tell about the incident without looking it up.
type Facts struct {
	Key      string   `json:"key,omitempty"`
	Title    string   `json:"title"`
	Severity Severity `json:"severity"`
	// SeverityName is the configured name of Severity.
	SeverityName string `json:"severity_name"`
	Status       Status `json:"status"`
	Service      string `json:"service,omitempty"`
	Source       string `json:"source,omitempty"`
	URL          string `json:"url,omitempty"`
}

// Retry says how a delivery is attempted again. Zero fields mean the defaults of its kind.
type Retry struct {
	// Min and Max bound the wait between attempts, before jitter.
	Min time.Duration `json:"min,omitempty"`
	Max time.Duration `json:"max,omitempty"`
	// MaxAge is how long after CreatedAt it is given up.
	MaxAge time.Duration `json:"max_age,omitempty"`
	// Attempts is the most attempts; zero means as many as MaxAge allows.
	Attempts int `json:"attempts,omitempty"`
}

// Backoff bounds the wait after the n-th attempt, before jitter: Min, doubled each time, up to Max.
func (r Retry) Backoff(n int) time.Duration {
	wait := r.Min
	for i := 1; i < n && wait < r.Max; i++ {
		wait *= 2
	}
	return min(wait, r.Max)
}

// Receipt is what the receiver answered to a delivery it accepted.
type Receipt struct {
	// Status is the HTTP status, or 0 where there is none.
	Status int `json:"status,omitempty"`
	// Summary is one line for people; it holds no secret.
	Summary string `json:"summary,omitempty"`
	// Outputs are what later steps may use, named as the action's spec says.
	Outputs Data `json:"outputs,omitempty"`
}

// Failure is why an attempt did not succeed, as the engine, the metrics and the timeline tell it.
type Failure struct {
	// Reason is one of the closed list in FailureReasons.
	Reason FailureReason `json:"reason"`
	// Text says what happened, for people; it holds no secret.
	Text string `json:"error"`
	// Permanent means another attempt would fail in the same way.
	Permanent bool `json:"permanent"`
	// RetryAfter is how long the receiver asked to wait; zero if it did not say.
	RetryAfter time.Duration `json:"retry_after,omitempty"`
}

// Error makes a Failure an error.
func (f *Failure) Error() string { return f.Text }

// FailureReason is a closed list that doubles as a metric label.
type FailureReason string

// The reasons an attempt fails for.
const (
	ReasonNone        FailureReason = ""             // it did not fail
	ReasonTimeout     FailureReason = "timeout"      // no answer in time
	ReasonNetwork     FailureReason = "network"      // no connection, or it broke
	ReasonRefused     FailureReason = "refused"      // the address may not be reached (private, not allowed)
	ReasonRateLimited FailureReason = "rate_limited" // 429
	ReasonServer      FailureReason = "server"       // 5xx, 408
	ReasonClient      FailureReason = "client"       // other 4xx: the receiver will not take it
	ReasonAuth        FailureReason = "auth"         // 401, 403: the secret is wrong or may not do this
	ReasonConfig      FailureReason = "config"       // connection, person or rotation is not configured
	ReasonBreaker     FailureReason = "breaker"      // not tried: the destination has been failing
	ReasonInternal    FailureReason = "internal"     // a fault of ours
)

// FailureReasons lists every reason.
func FailureReasons() []FailureReason {
	return []FailureReason{
		ReasonNone, ReasonTimeout, ReasonNetwork, ReasonRefused, ReasonRateLimited, ReasonServer, ReasonClient,
		ReasonAuth, ReasonConfig, ReasonBreaker, ReasonInternal,
	}
}

// Outcome is the final result of a delivery: a receipt, or the failure it was given up for.
type Outcome struct {
	Delivery Delivery `json:"delivery"`
	Attempts int      `json:"attempts"`
	Receipt  *Receipt `json:"receipt,omitempty"`
	Failure  *Failure `json:"failure,omitempty"`
}
