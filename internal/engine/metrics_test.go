package engine

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

func TestMetricsAreAllThereFromTheStart(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start(twoRules, func(o *Options) { o.Version, o.Commit = "1.2.3", "abc" })
		problems, err := testutil.GatherAndLint(e.registry)
		if err != nil || len(problems) > 0 {
			t.Errorf("lint: %v, %v", problems, err)
		}
		families, err := e.registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		series := map[string]int{}
		for _, f := range families {
			series[f.GetName()] = len(f.GetMetric())
		}
		kinds, reasons := len(inwardActions()), len(ifsev.FailureReasons())
		for _, a := range e.opts.Actions {
			if !a.Inside {
				kinds++
			}
		}
		ops := len(operations())
		for name, want := range map[string]int{
			"ifsev_events_received_total": 5, "ifsev_auth_failures_total": 4, "ifsev_rule_evaluations_total": 2, "ifsev_rule_firings_total": 2,
			"ifsev_rule_errors_total": 2, "ifsev_rule_suppressed_total": 12, "ifsev_rule_evaluation_seconds": 1,
			"ifsev_action_attempts_total": kinds * reasons, "ifsev_action_deliveries_total": kinds * reasons,
			"ifsev_action_duration_seconds": kinds, "ifsev_event_to_delivery_seconds": kinds,
			"ifsev_outbox_pending": kinds, "ifsev_outbox_dead": kinds, "ifsev_outbox_oldest_seconds": kinds,
			"ifsev_timers_pending": 1, "ifsev_timer_lag_seconds": 1, "ifsev_timer_overdue_oldest_seconds": 1,
			"ifsev_incidents": 20, "ifsev_store_operations_seconds": ops, "ifsev_store_errors_total": ops,
			"ifsev_rules_loaded": 1, "ifsev_rules_last_reload_successful": 1, "ifsev_rules_last_reload_timestamp_seconds": 1,
			"ifsev_archived_incidents_total": 1, "ifsev_removed_incidents_total": 1, "ifsev_archive_failures_total": 1,
			"ifsev_backups_total": 2, "ifsev_backup_last_success_timestamp_seconds": 1,
			"ifsev_rules_from_own_files": 1, "ifsev_replicas": 1, "ifsev_partitions_leased": 1, "ifsev_store_clock_offset_seconds": 1, "ifsev_store_findings": len(state.FindingKinds()),
			"ifsev_invariant_violations": len(state.Invariants()), "ifsev_invariant_repairs_total": len(state.Invariants()), "ifsev_invariant_checks_total": 1,
			"ifsev_synthetic_seconds": len(stages()), "ifsev_synthetic_last_success_timestamp_seconds": 1, "ifsev_synthetic_failures_total": 1,
			"ifsev_heartbeat_last_success_timestamp_seconds": 1, "ifsev_heartbeat_failures_total": 1,
			"ifsev_store_room_ratio": 1, "ifsev_store_shedding": 1,
			"ifsev_build_info": 1, "ifsev_loop_restarts_total": len(loops()),
		} {
			if series[name] != want {
				t.Errorf("%s has %d series, want %d", name, series[name], want)
			}
			delete(series, name)
		}
		if len(series) > 0 {
			t.Errorf("metrics nobody knows of: %v", series)
		}
	})
}

func TestMetricsCount(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start(twoRules)
		e.declare(ifsev.Declaration{Severity: 2, Tags: []string{"database"}})
		w.pass(21 * time.Minute)
		m := e.metrics
		for name, c := range map[string]struct{ got, want float64 }{
			"firings of the first":  {testutil.ToFloat64(m.ruleFirings.WithLabelValues("database-oncall")), 1},
			"firings of the second": {testutil.ToFloat64(m.ruleFirings.WithLabelValues("database-slow")), 1},
			"attempts":              {testutil.ToFloat64(m.actionAttempts.WithLabelValues("page", "success", "")), 1},
			"deliveries":            {testutil.ToFloat64(m.actionDeliveries.WithLabelValues("page", "delivered", "")), 1},
			"rules":                 {testutil.ToFloat64(m.rulesLoaded), 2},
		} {
			if c.got != c.want {
				t.Errorf("%s: %v, want %v", name, c.got, c.want)
			}
		}
		if n := e.RuleCounts("database-slow"); n.Firings != 1 || n.Evaluations < 2 {
			t.Errorf("%+v", n)
		}
		if n := e.RuleCounts("unknown"); n != (RuleCounts{}) {
			t.Errorf("%+v", n)
		}
		err := testutil.GatherAndCompare(e.registry, strings.NewReader(`
# HELP ifsev_incidents Incidents that are kept.
# TYPE ifsev_incidents gauge
`+incidentsWith("1", "open")), "ifsev_incidents")
		if err != nil {
			t.Error(err)
		}
	})
}

// incidentsWith is every series of ifsev_incidents, with one incident in one of them.
func incidentsWith(severity, status string) string {
	var b strings.Builder
	for _, sev := range []string{"1", "2", "3", "4", "5"} {
		for _, st := range []string{"closed", "invalid", "mitigated", "open"} {
			n := " 0"
			if sev == severity && st == status {
				n = " 1"
			}
			b.WriteString(`ifsev_incidents{severity="` + sev + `",status="` + st + `"}` + n + "\n")
		}
	}
	return b.String()
}

func TestSeriesFollowTheRules(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start(twoRules)
		if _, err := e.Use(t.Context(), w.rules("  other:\n    if: severity == 1\n    then: [{note: x}]\n"), nil); err != nil {
			t.Fatal(err)
		}
		if n := testutil.CollectAndCount(e.metrics.ruleFirings); n != 1 {
			t.Errorf("%d series of firings, want that of the one rule", n)
		}
		if n := testutil.CollectAndCount(e.metrics.ruleSuppressed); n != 6 {
			t.Errorf("%d series of held back firings", n)
		}
		e.ReloadFailed(errors.New("bad file"))
		if got := testutil.ToFloat64(e.metrics.reloadSuccessful); got != 0 {
			t.Errorf("last reload successful: %v", got)
		}
	})
}

func TestTheStoreIsMeasured(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start("")
		inc := e.declare(ifsev.Declaration{})
		w.store.set(func(p *probe) { p.before = func(state.Commit) error { return state.ErrFull } })
		_, _ = e.note(inc.ID, "n") // that it fails is shown elsewhere
		if got := testutil.ToFloat64(e.metrics.storeErrors.WithLabelValues("commit")); got != 1 {
			t.Errorf("%v errors of commits", got)
		}
		if _, err := e.Incident(t.Context(), state.Ref{Number: 99}); err == nil {
			t.Error("no error")
		}
		if got := testutil.ToFloat64(e.metrics.storeErrors.WithLabelValues("load")); got != 0 {
			t.Errorf("%v errors of loads: what is not there is no error of the store", got)
		}
	})
}

func TestStatsAreKeptWhileTheStoreIsAway(t *testing.T) {
	t.Parallel()
	asked, now := 0, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var fail error
	c := &collector{now: func() time.Time { return now }, stats: func(context.Context) (state.Stats, error) {
		asked++
		return state.Stats{Wakes: asked}, fail
	}}
	look := func(wait time.Duration, want int) {
		t.Helper()
		now = now.Add(wait)
		if s, _ := c.get(); s.Wakes != want {
			t.Errorf("%d, want %d", s.Wakes, want)
		}
	}
	look(0, 1)
	look(9*time.Second, 1)
	look(2*time.Second, 2)
	fail = state.ErrUnavailable
	look(time.Minute, 2)
	fail = nil
	look(time.Second, 4)
}

func TestUnconfiguredSourcesAreNotCounted(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start("")
		e.CountRejected("stranger", ReceivedUnauthorized)
		e.CountRejected("prom", ReceivedUnauthorized)
		if n := testutil.CollectAndCount(e.metrics.eventsReceived); n != 5 {
			t.Errorf("%d series", n)
		}
		if got := testutil.ToFloat64(e.metrics.eventsReceived.WithLabelValues("prom", "unauthorized")); got != 1 {
			t.Errorf("%v", got)
		}
		e.UseSources([]string{"prom", "stranger"})
		e.CountRejected("stranger", ReceivedUnauthorized)
		if got := testutil.ToFloat64(e.metrics.eventsReceived.WithLabelValues("stranger", "unauthorized")); got != 1 {
			t.Errorf("%v of a source that is configured now", got)
		}
		e.UseSources([]string{"stranger"})
		if n := testutil.CollectAndCount(e.metrics.eventsReceived); n != 5 {
			t.Errorf("%d series after a source is gone", n)
		}
	})
}

func TestNewSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	if _, err := New(Options{}); err == nil || !strings.Contains(err.Error(), "Store") {
		t.Errorf("%v", err)
	}
}
