package engine

import (
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/state"
)

// metrics owns every metric name of the daemon. All series of closed label sets are there from the start.
type metrics struct {
	eventsReceived *prometheus.CounterVec
	authFailures   *prometheus.CounterVec

	ruleEvaluations, ruleFirings, ruleErrors *prometheus.CounterVec
	ruleSuppressed                           *prometheus.CounterVec
	evaluationSeconds                        prometheus.Histogram

	actionAttempts, actionDeliveries *prometheus.CounterVec
	actionDuration, eventToDelivery  *prometheus.HistogramVec

	timerLag prometheus.Histogram

	storeSeconds *prometheus.HistogramVec
	storeErrors  *prometheus.CounterVec

	rulesLoaded, reloadSuccessful, reloadTimestamp prometheus.Gauge
	loopRestarts                                   *prometheus.CounterVec
	ownRules, replicas, clockOffset                prometheus.Gauge
	findings                                       *prometheus.GaugeVec
	roomRatio, shedding                            prometheus.Gauge
	upkeep                                         upkeep
	watch                                          watchMetrics
	journal                                        *journal
	now                                            func() time.Time

	mu      sync.RWMutex
	sources map[string]bool
	rules   map[string]*ruleSeries
}

// ruleSeries are the series of one rule, found once for each set.
type ruleSeries struct {
	evaluations, firings, errors prometheus.Counter
	counts                       RuleCounts
}

const (
	resultSuccess   = "success"
	resultFailure   = "failure"
	resultDelivered = "delivered"
	resultDead      = "dead"

	authUnauthorized = "unauthorized"
	authLimited      = "limited"
)

// suppressedReasons is why a rule that would have fired did not.
func suppressedReasons() []string {
	reasons := []string{"budget"}
	for _, held := range rules.SuppressedBy() {
		reasons = append(reasons, string(held))
	}
	return reasons
}

// loops are the goroutines that are started again after a fault, as the first word of their names.
func loops() []string {
	return []string{"mailboxes", "mailbox", "leases", "timekeeper", "courier", "destination", "claim", "attempt", "sweeper", "retention", "room", "inspector", "auditor", "prober", "heartbeat"}
}

func newMetrics(o *Options) *metrics {
	m := &metrics{rules: map[string]*ruleSeries{}, sources: map[string]bool{}, journal: newJournal(), now: o.Now}
	f := factory{o.Registry}
	m.eventsReceived = f.counters("ifsev_events_received_total", "What sources posted, by what became of it.", "source", "result")
	m.authFailures = f.counters("ifsev_auth_failures_total", "Requests without a right token or secret, by where they came in; limited: too many from one address.", "door", "result")
	m.ruleEvaluations = f.counters("ifsev_rule_evaluations_total", "Times a rule was looked at.", "rule")
	m.ruleFirings = f.counters("ifsev_rule_firings_total", "Times a rule fired.", "rule")
	m.ruleErrors = f.counters("ifsev_rule_errors_total", "Times a rule could not be evaluated.", "rule")
	m.ruleSuppressed = f.counters("ifsev_rule_suppressed_total", "Firings that were held back, by why.", "rule", "reason")
	m.evaluationSeconds = f.histogram("ifsev_rule_evaluation_seconds", "Time to decide what follows for one incident.",
		prometheus.ExponentialBuckets(20e-6, 4, 9))
	m.actionAttempts = f.counters("ifsev_action_attempts_total", "Attempts at deliveries, by how they went.", "action", "result", "reason")
	m.actionDeliveries = f.counters("ifsev_action_deliveries_total", "Deliveries that ended, by how.", "action", "result", "reason")
	m.actionDuration = f.histograms("ifsev_action_duration_seconds", "Time of one attempt.",
		[]float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 20}, "action")
	m.eventToDelivery = f.histograms("ifsev_event_to_delivery_seconds",
		"From accepting what happened to the receiver's accepting the delivery it led to.",
		[]float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 3600}, "action")
	m.timerLag = f.histogram("ifsev_timer_lag_seconds", "How long after its instant a deadline was dealt with.",
		[]float64{.005, .01, .025, .05, .1, .25, .5, 1, 5, 30, 300, 3600})
	m.storeSeconds = f.histograms("ifsev_store_operations_seconds", "Time of one operation of the store.",
		prometheus.ExponentialBuckets(100e-6, 3, 10), "operation")
	m.storeErrors = f.counters("ifsev_store_errors_total", "Operations of the store that failed.", "operation")
	m.rulesLoaded = f.gauge("ifsev_rules_loaded", "Rules in use.")
	m.reloadSuccessful = f.gauge("ifsev_rules_last_reload_successful", "Whether the last reload succeeded.")
	m.reloadTimestamp = f.gauge("ifsev_rules_last_reload_timestamp_seconds", "When rules were last loaded successfully.")
	m.ownRules = f.gauge("ifsev_rules_from_own_files", "Whether the rules in use are those of this replica's own files; 0 after another replica has loaded others.")
	m.replicas = f.gauge("ifsev_replicas", "Replicas that share the work, this one included.")
	m.clockOffset = f.gauge("ifsev_store_clock_offset_seconds", "How far the store's clock is ahead of this process's.")
	m.findings = f.gauges("ifsev_store_findings", "What takes away from the promises of the store, by kind; the log has the words.", "finding")
	m.roomRatio = f.gauge("ifsev_store_room_ratio", "How much of its room the store has free, from 0 to 1; 1 where nothing bounds it.")
	m.shedding = f.gauge("ifsev_store_shedding", "Whether sources marked sheddable are refused, because the store runs out of room.")
	m.loopRestarts = f.counters("ifsev_loop_restarts_total", "Faults a part of the daemon went on after.", "loop")
	m.upkeep, m.watch = newUpkeep(f, m.journal), newWatchMetrics(f)
	build := f.gauges("ifsev_build_info", "Always 1; the labels say what runs.", "version", "commit", "go_version")
	build.WithLabelValues(o.Version, o.Commit, runtime.Version()).Set(1)
	m.prepare(o)
	return m
}

// delivered lists the actions that are made deliveries of.
func delivered(o *Options) []string {
	actions := inwardActions()
	for _, a := range o.Actions {
		if !a.Inside {
			actions = append(actions, a.Kind)
		}
	}
	return actions
}

// prepare makes the series of every label value that is known.
func (m *metrics) prepare(o *Options) {
	m.useSources(o.Sources)
	for _, door := range []string{"api", "hooks"} {
		for _, result := range []string{authUnauthorized, authLimited} {
			m.authFailures.WithLabelValues(door, result)
		}
	}
	for _, action := range delivered(o) {
		m.actionDuration.WithLabelValues(action)
		m.eventToDelivery.WithLabelValues(action)
		for _, reason := range ifsev.FailureReasons() {
			attempt, delivery := resultFailure, resultDead
			if reason == ifsev.ReasonNone {
				attempt, delivery = resultSuccess, resultDelivered
			}
			m.actionAttempts.WithLabelValues(action, attempt, string(reason))
			m.actionDeliveries.WithLabelValues(action, delivery, string(reason))
		}
	}
	for _, op := range operations() {
		m.storeSeconds.WithLabelValues(op)
		m.storeErrors.WithLabelValues(op)
	}
	m.replicas.Set(1)
	m.roomRatio.Set(1)
	for _, k := range state.FindingKinds() {
		m.findings.WithLabelValues(string(k))
	}
	for _, l := range loops() {
		m.loopRestarts.WithLabelValues(l)
	}
}

// useSources makes the series of the sources, and takes away those of sources that are gone.
func (m *metrics) useSources(names []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for s := range m.sources {
		if !slices.Contains(names, s) {
			delete(m.sources, s)
			m.eventsReceived.DeletePartialMatch(prometheus.Labels{"source": s})
		}
	}
	for _, s := range names {
		m.sources[s] = true
		for _, r := range []Received{ReceivedAccepted, ReceivedDuplicate, ReceivedRejected, ReceivedUnauthorized, ReceivedShed} {
			m.eventsReceived.WithLabelValues(s, string(r))
		}
	}
}

// use makes the series of the rules of a set, and takes away those of rules that are gone.
func (m *metrics) use(s *rules.Set) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for name := range m.rules {
		if s.Rule(name) == nil {
			delete(m.rules, name)
			for _, v := range []*prometheus.CounterVec{m.ruleEvaluations, m.ruleFirings, m.ruleErrors, m.ruleSuppressed} {
				v.DeletePartialMatch(prometheus.Labels{"rule": name})
			}
		}
	}
	for _, r := range s.Rules {
		if m.rules[r.Name] != nil {
			continue
		}
		m.rules[r.Name] = &ruleSeries{
			evaluations: m.ruleEvaluations.WithLabelValues(r.Name), firings: m.ruleFirings.WithLabelValues(r.Name),
			errors: m.ruleErrors.WithLabelValues(r.Name),
		}
		for _, reason := range suppressedReasons() {
			m.ruleSuppressed.WithLabelValues(r.Name, reason)
		}
	}
	m.rulesLoaded.Set(float64(len(s.Rules)))
}

// decided counts what the rules did in one decision.
func (m *metrics) decided(d *rules.Decision) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for name, n := range d.Counts {
		s := m.rules[name]
		if s == nil {
			continue // the set was replaced meanwhile
		}
		s.evaluations.Add(float64(n.Evaluations))
		s.firings.Add(float64(n.Firings))
		s.errors.Add(float64(n.Errors))
		s.counts.Evaluations += uint64(n.Evaluations)
		s.counts.Firings += uint64(n.Firings)
		s.counts.Errors += uint64(n.Errors)
		for held, times := range n.Suppressed {
			m.ruleSuppressed.WithLabelValues(name, string(held)).Add(float64(times))
		}
	}
}

func (m *metrics) ruleCounts(name string) RuleCounts {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if s := m.rules[name]; s != nil {
		return s.counts
	}
	return RuleCounts{}
}

func (m *metrics) received(source string, result Received, n int) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.sources[source] {
		m.journal.post(source, m.now())
		m.eventsReceived.WithLabelValues(source, string(result)).Add(float64(n))
	}
}

func (m *metrics) attempted(action string, f *ifsev.Failure, took time.Duration) {
	if action == ifsev.ActionProbe {
		return // it has metrics of its own
	}
	result, reason := resultSuccess, ifsev.ReasonNone
	if f != nil {
		result, reason = resultFailure, f.Reason
	}
	m.actionAttempts.WithLabelValues(action, result, string(reason)).Inc()
	m.actionDuration.WithLabelValues(action).Observe(took.Seconds())
}

func (m *metrics) delivered(action string, since time.Duration) {
	if action == ifsev.ActionProbe {
		return
	}
	m.actionDeliveries.WithLabelValues(action, resultDelivered, string(ifsev.ReasonNone)).Inc()
	m.eventToDelivery.WithLabelValues(action).Observe(max(0, since.Seconds()))
}

func (m *metrics) dead(action string, reason ifsev.FailureReason) {
	if action == "" || action == ifsev.ActionProbe {
		return // it could not be read; the log says so
	}
	m.actionDeliveries.WithLabelValues(action, resultDead, string(reason)).Inc()
}

func (m *metrics) reloaded(ok bool, at time.Time) {
	m.journal.reload(ok, at)
	if !ok {
		m.reloadSuccessful.Set(0)
		return
	}
	m.reloadSuccessful.Set(1)
	m.reloadTimestamp.Set(float64(at.UnixMilli()) / 1000)
}

func (m *metrics) restarted(loop string) { m.loopRestarts.WithLabelValues(loop).Inc() }

// factory makes metrics and registers them. Names are the program's own, so that a second registration under one
// registry is a mistake of the caller's, and panics.
type factory struct{ registry prometheus.Registerer }

func (f factory) counters(name, help string, labels ...string) *prometheus.CounterVec {
	v := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	f.registry.MustRegister(v)
	return v
}

func (f factory) gauges(name, help string, labels ...string) *prometheus.GaugeVec {
	v := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, labels)
	f.registry.MustRegister(v)
	return v
}

func (f factory) gauge(name, help string) prometheus.Gauge {
	return f.gauges(name, help).WithLabelValues()
}

func (f factory) histograms(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	v := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels)
	f.registry.MustRegister(v)
	return v
}

func (f factory) histogram(name, help string, buckets []float64) prometheus.Histogram {
	v := prometheus.NewHistogram(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets})
	f.registry.MustRegister(v)
	return v
}
