package mixin

import "time"

// deliveryAlerts are about what must reach people and tools, and about deadlines.
func deliveryAlerts() []Alert {
	return []Alert{
		{
			Name: "IfsevPagesWait", Severity: Critical, For: time.Minute,
			Expr:        `max by (SITE, action) (ifsev_outbox_oldest_seconds{action=~"page|pagerduty.trigger"}) > 60`,
			Summary:     "Pages do not go out",
			Description: "The oldest delivery of {{ $labels.action }} has been waiting for {{ $value | humanizeDuration }}.",
			Why: "A page is taken within a second where all is well. After a minute something is wrong, and one more minute " +
				"leaves room for a receiver that says no once and is asked again.",
		},
		{
			Name: "IfsevPagesDead", Severity: Critical,
			Expr:        `max by (SITE, action) (ifsev_outbox_dead{action=~"page|pagerduty.trigger"}) > 0`,
			Summary:     "Pages were given up",
			Description: "{{ $value }} deliveries of {{ $labels.action }} are on the dead list: nobody was paged by them.",
			Why:         "One page that reached nobody is one too many, and it stays so until somebody acts: nothing is waited for.",
		},
		{
			Name: "IfsevDeliveriesWait", Severity: Warning, For: 5 * time.Minute,
			Expr:        `max by (SITE, action) (ifsev_outbox_oldest_seconds) > 900`,
			Summary:     "Deliveries of {{ $labels.action }} do not get through",
			Description: "The oldest has been waiting for {{ $value | humanizeDuration }}.",
			Why: "A receiver that is restarted or throttles is back within a quarter of an hour; ifsev tries again meanwhile. " +
				"Deliveries are given up after an hour at the earliest unless their rule says so, which leaves time to act.",
		},
		{
			Name: "IfsevDeliveriesFail", Severity: Warning, For: 10 * time.Minute,
			Expr: `
sum by (SITE, action) (rate(ifsev_action_attempts_total{result="failure"}[10m]))
  /
sum by (SITE, action) (rate(ifsev_action_attempts_total[10m]))
  > 0.5
`,
			Summary:     "Most attempts at {{ $labels.action }} fail",
			Description: "{{ $value | humanizePercentage }} of the attempts of the last ten minutes failed.",
			Why: "Attempts that fail now and then are made again, and nobody need know. More than half over ten minutes, " +
				"for ten minutes, is a receiver that is down or a connection that is wrong.",
		},
		{
			Name: "IfsevDeadDeliveries", Severity: Warning,
			Expr:        `max by (SITE, action) (ifsev_outbox_dead) > 0`,
			Summary:     "Deliveries of {{ $labels.action }} were given up",
			Description: "{{ $value }} of them are on the dead list and wait for somebody to act.",
			Why:         "The dead list is emptied by people alone, so every entry needs one. It is no reason to wake anybody: pages have an alert of their own.",
		},
		{
			Name: "IfsevDeadlinesLate", Severity: Critical, For: time.Minute,
			Expr:        `max by (SITE) (ifsev_timer_overdue_oldest_seconds) > 30`,
			Summary:     "Deadlines are not dealt with",
			Description: "The oldest has been due for {{ $value | humanizeDuration }}: escalations and reminders do not come.",
			Why: "A deadline is dealt with within a second, and within 10 s when a replica dies that led its partition. " +
				"30 s are three times that; the minute lets a restart pass.",
		},
	}
}
