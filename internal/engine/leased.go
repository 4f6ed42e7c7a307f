package engine

import "github.com/prometheus/client_golang/prometheus"

// tellLeased registers how many partitions this process polls. It is asked at each scrape, so that a lease that has run
// out because the store is away counts no longer.
func tellLeased(r prometheus.Registerer, l *leases) {
	r.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "ifsev_partitions_leased", Help: "Partitions this replica polls; all replicas together poll 64.",
	}, func() float64 { return float64(len(l.held())) }))
}
