package mixin

import "time"

// replicaAlerts are about the processes themselves.
func replicaAlerts() []Alert {
	return []Alert{
		{
			Name: "IfsevDown", Severity: Critical, For: 2 * time.Minute,
			Expr:        `absent(ifsev_build_info)`,
			Summary:     "No ifsev answers",
			Description: "Prometheus sees no ifsev at all: alerts are not taken and nobody is paged.",
			Why: "A restart takes seconds, and tools that post try again for minutes. After two minutes it does not come back by " +
				"itself. It also fires where Prometheus was never told of ifsev.",
		},
		{
			Name: "IfsevInstanceDown", Severity: Warning, For: 5 * time.Minute,
			Expr: `
up == 0
  and on (SITE, instance)
max_over_time(ifsev_build_info[1d])
`,
			Summary:     "{{ $labels.instance }} does not answer",
			Description: "It was an ifsev within the last day, and Prometheus still looks for it. The other replicas do its work, if there are any.",
			Why: "With several replicas one that is away is no fault: the others take over within 10 s. Five minutes are longer than a " +
				"rolling update. Where there is one, IfsevDown fires as well.",
		},
		{
			Name: "IfsevPartitionsUnled", Severity: Critical, For: 2 * time.Minute,
			Expr: `
sum by (SITE) (ifsev_partitions_leased) < 64
  and
count by (SITE) (ifsev_partitions_leased) >= max by (SITE) (ifsev_replicas)
`,
			Summary:     "Nobody sees to some of the incidents",
			Description: "Only {{ $value }} of the 64 partitions are polled: in the others deliveries and deadlines wait.",
			Why: "A partition that is left is taken over within 10 s; two minutes are twelve times that. The second half keeps " +
				"it quiet where Prometheus does not reach every replica and so cannot know.",
		},
		{
			Name: "IfsevFaults", Severity: Warning,
			Expr:        `sum by (SITE, loop) (increase(ifsev_loop_restarts_total[1h])) > 0`,
			Summary:     "A fault in ifsev itself: {{ $labels.loop }}",
			Description: "That part was started again about {{ $value | humanize }} times in the last hour and goes on. The log has the stack.",
			Why:         "It must never happen, and the daemon goes on after it: somebody should report it, and nobody need be woken. It goes away after an hour.",
		},
	}
}
