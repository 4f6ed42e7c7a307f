package engine

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/ifsev/ifsev/state"
)

// SelfWatch is what a daemon does so that somebody notices when it does not work. It is asked for anew each time.
type SelfWatch struct {
	// Synthetic is how often a probe goes the way of every event; 0 means never.
	Synthetic time.Duration
	// Beat tells somebody outside that all is well, every so often; nil means nobody. Its error holds no secret.
	Beat  func(context.Context) error
	Every time.Duration
}

// selfWatch are the loops that look at whether the others do what they should.
type selfWatch struct {
	auditor   *auditor // nil for a store that cannot be audited
	prober    *prober
	heartbeat *heartbeat
}

func newSelfWatch(e *Engine) *selfWatch {
	o := &e.opts
	w := &selfWatch{prober: newProber(e)}
	if kept, ok := o.Store.(state.Auditor); ok {
		w.auditor = newAuditor(e, kept)
	}
	w.heartbeat = &heartbeat{
		turns: e.turns, conf: e.watched, now: o.Now, log: o.Log, metrics: &e.metrics.watch,
		well: func(ctx context.Context) error {
			if err := e.Ready(ctx); err != nil {
				return err
			}
			return w.auditor.trouble()
		},
	}
	return w
}

// watched answers what there is to do now.
func (e *Engine) watched() SelfWatch {
	if e.opts.SelfWatch == nil {
		return SelfWatch{}
	}
	return e.opts.SelfWatch()
}

// start begins to watch, until ctx ends.
func (w *selfWatch) start(ctx context.Context, crew *crew) {
	if w.auditor != nil {
		crew.loop(ctx, "auditor", w.auditor.run)
	}
	crew.loop(ctx, "prober", w.prober.run)
	crew.loop(ctx, "heartbeat", w.heartbeat.run)
}

// watchRest is the longest until the configuration is looked at again.
const watchRest = time.Minute

// watchMetrics are the metrics of what watches.
type watchMetrics struct {
	violations                              *prometheus.GaugeVec
	repairs                                 *prometheus.CounterVec
	stages                                  *prometheus.HistogramVec
	probed, beaten                          prometheus.Gauge
	probeFailures, beatFailures, documented prometheus.Counter
}

func newWatchMetrics(f factory) watchMetrics {
	m := watchMetrics{
		violations: f.gauges("ifsev_invariant_violations", "Places in the store where what must always be true is not; 0 where all is well.", "invariant"),
		repairs:    f.counters("ifsev_invariant_repairs_total", "Index entries that were wrong and were made anew.", "invariant"),
		stages: f.histograms("ifsev_synthetic_seconds",
			"Time a synthetic event took in each part of its way; of its wake, how late it came.",
			[]float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}, "stage"),
		probed: f.gauge("ifsev_synthetic_last_success_timestamp_seconds", "When a synthetic event last went the whole way; 0 if none has."),
		beaten: f.gauge("ifsev_heartbeat_last_success_timestamp_seconds", "When the receiver of heartbeats last took one; 0 if it has not."),
		probeFailures: f.counters("ifsev_synthetic_failures_total",
			"Synthetic events that did not go the whole way in time.").WithLabelValues(),
		beatFailures: f.counters("ifsev_heartbeat_failures_total", "Heartbeats that were not taken.").WithLabelValues(),
		documented:   f.counters("ifsev_invariant_checks_total", "Documents and lanes that were held against the indexes.").WithLabelValues(),
	}
	for _, i := range state.Invariants() {
		m.violations.WithLabelValues(string(i))
		m.repairs.WithLabelValues(string(i))
	}
	for _, s := range stages() {
		m.stages.WithLabelValues(s)
	}
	return m
}

func stamp(at time.Time) float64 { return float64(at.UnixMilli()) / 1000 }
