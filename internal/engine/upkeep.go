package engine

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// upkeep are the metrics of what keeps the store in order.
type upkeep struct {
	backups    *prometheus.CounterVec
	lastBackup prometheus.Gauge

	archived, removed, archiveFailures prometheus.Counter

	journal *journal
}

func newUpkeep(f factory, j *journal) upkeep {
	u := upkeep{
		journal:    j,
		backups:    f.counters("ifsev_backups_total", "Backups of the embedded store, by how they went.", "result"),
		lastBackup: f.gauge("ifsev_backup_last_success_timestamp_seconds", "When the embedded store was last backed up; 0 if this process has not yet."),
	}
	u.archived = f.counter("ifsev_archived_incidents_total", "Closed incidents that were written to the archive, and read again.")
	u.removed = f.counter("ifsev_removed_incidents_total", "Closed incidents that left the store.")
	u.archiveFailures = f.counter("ifsev_archive_failures_total", "Times closed incidents could not be archived or removed.")
	for _, result := range []string{resultSuccess, resultFailure} {
		u.backups.WithLabelValues(result)
	}
	return u
}

// CountBackup counts a backup of the store that was made at the instant, or failed.
func (e *Engine) CountBackup(err error, at time.Time) {
	u := &e.metrics.upkeep
	u.journal.backedUp(err)
	if err != nil {
		u.backups.WithLabelValues(resultFailure).Inc()
		return
	}
	u.backups.WithLabelValues(resultSuccess).Inc()
	u.lastBackup.Set(float64(at.UnixMilli()) / 1000)
}

func (f factory) counter(name, help string) prometheus.Counter {
	c := prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
	f.registry.MustRegister(c)
	return c
}
