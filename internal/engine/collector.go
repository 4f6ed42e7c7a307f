package engine

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

const (
	statsKeep = 10 * time.Second // how old what is counted in the store may be
	statsWait = 2 * time.Second
)

// collector tells what is in the store. While the store is away it tells what it last saw.
type collector struct {
	stats   func(context.Context) (state.Stats, error)
	now     func() time.Time
	actions []string
	desc    map[string]*prometheus.Desc

	mu   sync.Mutex
	at   time.Time
	last state.Stats
}

func newCollector(o *Options, stats func(context.Context) (state.Stats, error)) *collector {
	c := &collector{stats: stats, now: o.Now, actions: delivered(o), desc: map[string]*prometheus.Desc{}}
	for _, d := range []struct {
		name, help string
		labels     []string
	}{
		{"ifsev_incidents", "Incidents that are kept.", []string{"severity", "status"}},
		{"ifsev_outbox_pending", "Deliveries that wait, are in flight or are retried.", []string{"action"}},
		{"ifsev_outbox_dead", "Deliveries that were given up and wait for somebody to act.", []string{"action"}},
		{"ifsev_outbox_oldest_seconds", "Age of the oldest pending delivery.", []string{"action"}},
		{"ifsev_timers_pending", "Incidents that wait for an instant.", nil},
		{"ifsev_timer_overdue_oldest_seconds", "How long the oldest deadline has been due; 0 if none is.", nil},
	} {
		c.desc[d.name] = prometheus.NewDesc(d.name, d.help, d.labels, nil)
	}
	o.Registry.MustRegister(c)
	return c
}

// Describe implements prometheus.Collector.
func (c *collector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range c.desc {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (c *collector) Collect(ch chan<- prometheus.Metric) {
	s, now := c.get()
	gauge := func(name string, value float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(c.desc[name], prometheus.GaugeValue, value, labels...)
	}
	for sev := ifsev.WorstSeverity; sev <= ifsev.MildestSeverity; sev++ {
		for _, st := range ifsev.Statuses() {
			gauge("ifsev_incidents", float64(s.Incidents[state.Class{Severity: sev, Status: st}]), strconv.Itoa(int(sev)), string(st))
		}
	}
	for _, a := range c.actions {
		o := s.Outbox[a]
		gauge("ifsev_outbox_pending", float64(o.Pending), a)
		gauge("ifsev_outbox_dead", float64(o.Dead), a)
		gauge("ifsev_outbox_oldest_seconds", age(o.Oldest, now), a)
	}
	gauge("ifsev_timers_pending", float64(s.Wakes))
	gauge("ifsev_timer_overdue_oldest_seconds", age(s.OldestWake, now))
}

// age is how long ago an instant was; 0 if it is none, or still to come.
func age(at, now time.Time) float64 {
	if at.IsZero() {
		return 0
	}
	return max(0, now.Sub(at).Seconds())
}

// get answers what is in the store, as of a moment ago, and the time.
func (c *collector) get() (state.Stats, time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	if c.at.IsZero() || now.Sub(c.at) >= statsKeep {
		// A scrape comes with no context; it must not hang where the store does.
		ctx, cancel := context.WithTimeout(context.Background(), statsWait)
		defer cancel()
		if s, err := c.stats(ctx); err == nil {
			c.at, c.last = now, s
		}
	}
	return c.last, now
}

var _ prometheus.Collector = (*collector)(nil)
