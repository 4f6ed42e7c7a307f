package mixin

import "time"

// selfWatchAlerts are about what ifsev finds out about itself.
func selfWatchAlerts() []Alert {
	return []Alert{
		{
			Name: "IfsevSyntheticFails", Severity: Critical, For: 2 * time.Minute,
			Expr:        `sum by (SITE) (increase(ifsev_synthetic_failures_total[10m])) > 1.5`,
			Summary:     "Synthetic events do not go the whole way",
			Description: "About {{ $value | humanize }} in ten minutes: what is real does not either, in some of the partitions at least.",
			Why: "One a minute goes through all that a real event meets, but for the receiver, and has 30 s for it. One that fails may be a " +
				"replica that ended; two in ten minutes are none.",
		},
		{
			Name: "IfsevInvariantViolated", Severity: Critical, For: 3 * time.Minute,
			Expr:        `sum by (SITE, invariant) (ifsev_invariant_violations{invariant=~"wake|delivery|lane|overdue"}) > 0`,
			Summary:     "Something that is to be done is not: {{ $labels.invariant }}",
			Description: "{{ $value }} places in the store where it is not as it must be; the log names each.",
			Why: "It is 0 as long as ifsev does what it promises. It is looked at every minute, and an index that was wrong is " +
				"made anew at once: what is still there after three looks stays.",
		},
		{
			Name: "IfsevRecordViolated", Severity: Warning, For: 3 * time.Minute,
			Expr:        `sum by (SITE, invariant) (ifsev_invariant_violations{invariant=~"summary|chain"}) > 0`,
			Summary:     "An incident or its timeline is not what was written",
			Description: "{{ $value }} places in the store ({{ $labels.invariant }}); the log names each.",
			Why:         "Nothing is delayed by it. Somebody changed the store by other means than ifsev, or lost a part of it; three looks rule out a moment between two writes.",
		},
		{
			Name: "IfsevIndexRepaired", Severity: Warning,
			Expr:        `sum by (SITE, invariant) (increase(ifsev_invariant_repairs_total[1h])) > 0`,
			Summary:     "An index of the store was wrong and was made anew",
			Description: "About {{ $value | humanize }} entries in the last hour ({{ $labels.invariant }}): what they stand for came late.",
			Why:         "It must never happen and has been put right. Somebody should find out why; it goes away after an hour.",
		},
		{
			Name: "IfsevHeartbeatFails", Severity: Warning, For: 5 * time.Minute,
			Expr: `
sum by (SITE, instance) (increase(ifsev_heartbeat_failures_total[15m])) > 0
  and
time() - max by (SITE, instance) (ifsev_heartbeat_last_success_timestamp_seconds) > 600
`,
			Summary:     "The heartbeat does not arrive",
			Description: "The receiver takes none of {{ $labels.instance }}, and may soon say that ifsev is dead.",
			Why: "Most receivers are asked to wait for five to ten minutes; one beat that is lost is none to speak of. A replica that is not " +
				"well sends none and counts none: other alerts say why.",
		},
	}
}
