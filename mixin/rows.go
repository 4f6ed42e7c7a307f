package mixin

// lines is a panel of lines over time.
func lines(title, unit, description string, queries ...Query) Panel {
	return Panel{Title: title, Unit: unit, Description: description, Queries: queries}
}

// stat is a panel of one value.
func stat(title, unit, description, expr string) Panel {
	return Panel{Title: title, Unit: unit, Description: description, Stat: true, Queries: []Query{{expr, ""}}}
}

// from colours a panel: orange from warn on, red from bad on.
func (p Panel) from(warn, bad float64) Panel { p.Warn, p.Bad = warn, bad; return p }

// below colours a panel: red below bad, orange below warn.
func (p Panel) below(warn, bad float64) Panel { p.Warn, p.Bad, p.Low = warn, bad, true; return p }

func (p Panel) stacked() Panel { p.Stacked = true; return p }

func (p Panel) wide(n int) Panel { p.Wide = n; return p }

// nowRow is the answer to "is all well?".
func nowRow() Row {
	return Row{"Now", []Panel{
		stat("Replicas", "short", "Replicas that Prometheus reaches.", `count(ifsev_build_info{SEL})`).below(1, 1),
		stat("Open incidents", "short", "Incidents that are open.", `sum(max by (severity, status) (ifsev_incidents{SEL, status="open"}))`),
		stat("Oldest delivery", "s", "How long the oldest delivery has been waiting.", `max(ifsev_outbox_oldest_seconds{SEL})`).from(120, 900),
		stat("Given up", "short", "Deliveries on the dead list: ifsev deliveries list --dead.", `sum(max by (action) (ifsev_outbox_dead{SEL}))`).from(1, 10),
		stat("Oldest deadline", "s", "How long the oldest deadline has been due.", `max(ifsev_timer_overdue_oldest_seconds{SEL})`).from(5, 30),
		stat("Partitions led", "short", "Of 64: in those nobody leads, nothing goes out.", `sum(ifsev_partitions_leased{SEL})`).below(64, 64),
	}}
}

func intakeRow() Row {
	return Row{"Intake", []Panel{
		lines("What sources post", "ops", "By what became of it.", Query{`sum by (source, result) (rate(ifsev_events_received_total{SEL}[$__rate_interval]))`, "{{source}} {{result}}"}).stacked().wide(12),
		lines("Refused", "ops", "A wrong secret, a form that is not understood, or no room for what can be done without.", Query{`sum by (source, result) (rate(ifsev_events_received_total{SEL, result=~"rejected|unauthorized|shed"}[$__rate_interval]))`, "{{source}} {{result}}"}).wide(12),
		lines("Without a right token or secret", "ops", "By where they came in; limited: too many from one address.",
			Query{`sum by (door, result) (rate(ifsev_auth_failures_total{SEL}[$__rate_interval]))`, "{{door}} {{result}}"}).wide(12),
		lines("Incidents", "short", "Incidents that are kept, closed ones left out.", Query{`max by (severity, status) (ifsev_incidents{SEL, status=~"open|mitigated"})`, "severity {{severity}} {{status}}"}).stacked().wide(12),
	}}
}

func rulesRow() Row {
	return Row{"Rules", []Panel{
		lines("Firings", "ops", "", Query{`sum by (rule) (rate(ifsev_rule_firings_total{SEL}[$__rate_interval])) > 0`, "{{rule}}"}).stacked(),
		lines("Held back", "ops", "Firings that did not happen, by why.", Query{`sum by (rule, reason) (rate(ifsev_rule_suppressed_total{SEL}[$__rate_interval])) > 0`, "{{rule}}: {{reason}}"}),
		lines("Errors", "ops", "Conditions and texts that could not be evaluated.", Query{`sum by (rule) (rate(ifsev_rule_errors_total{SEL}[$__rate_interval])) > 0`, "{{rule}}"}),
		lines("Evaluations", "ops", "The ten rules that are looked at most.", Query{`topk(10, sum by (rule) (rate(ifsev_rule_evaluations_total{SEL}[$__rate_interval])))`, "{{rule}}"}),
		lines("Time to decide", "s", "What follows for one incident.", quantiles("ifsev_rule_evaluation_seconds", "")...),
		lines("Rules in use", "short", "On each replica.",
			Query{`max by (instance) (ifsev_rules_loaded{SEL})`, "rules of {{instance}}"}),
		stat("Last reload", "dateTimeFromNow", "When rules were last loaded.", `max(ifsev_rules_last_reload_timestamp_seconds{SEL}) * 1000`).wide(8),
		stat("Reloads that stand", "short", "1: that of every replica succeeded. 0: one refused its files and goes on with the old ones.", `min(ifsev_rules_last_reload_successful{SEL})`).below(1, 1).wide(8),
		stat("Rules from own files", "short", "0: a replica goes by the rules of another, its own files are older or wrong.", `min(ifsev_rules_from_own_files{SEL})`).below(1, 1).wide(8),
	}}
}

func deliveriesRow() Row {
	return Row{"Deliveries, by action", []Panel{
		lines("Attempts", "ops", "", Query{`sum by (action, result) (rate(ifsev_action_attempts_total{SEL}[$__rate_interval]))`, "{{action}} {{result}}"}).stacked(),
		lines("Failed attempts, by reason", "ops", "", Query{`sum by (action, reason) (rate(ifsev_action_attempts_total{SEL, result="failure"}[$__rate_interval])) > 0`, "{{action}}: {{reason}}"}),
		lines("Ended", "ops", "Delivered, or given up.", Query{`sum by (action, result) (rate(ifsev_action_deliveries_total{SEL}[$__rate_interval])) > 0`, "{{action}} {{result}}"}),
		lines("From event to delivery, 99 of 100", "s", "From accepting what happened to the receiver's accepting what followed.",
			Query{`histogram_quantile(0.99, sum by (action, le) (rate(ifsev_event_to_delivery_seconds_bucket{SEL}[$__rate_interval])))`, "{{action}}"}),
		lines("One attempt, 99 of 100", "s", "How long receivers take.",
			Query{`histogram_quantile(0.99, sum by (action, le) (rate(ifsev_action_duration_seconds_bucket{SEL}[$__rate_interval])))`, "{{action}}"}),
		lines("Oldest that waits", "s", "", Query{`max by (action) (ifsev_outbox_oldest_seconds{SEL})`, "{{action}}"}).from(120, 900),
		lines("Waiting", "short", "In the outbox: waiting, in flight, or retried.", Query{`max by (action) (ifsev_outbox_pending{SEL})`, "{{action}}"}).stacked().wide(12),
		lines("Dead list", "short", "Given up; they wait for somebody to act.", Query{`max by (action) (ifsev_outbox_dead{SEL})`, "{{action}}"}).stacked().wide(12),
	}}
}

func timersRow() Row {
	return Row{"Timers", []Panel{
		lines("Waiting", "short", "Incidents that wait for an instant.", Query{`max(ifsev_timers_pending{SEL})`, "deadlines"}),
		lines("Oldest that is due", "s", "", Query{`max(ifsev_timer_overdue_oldest_seconds{SEL})`, "overdue"}).from(5, 30),
		lines("Lateness", "s", "How long after its instant a deadline was dealt with.", quantiles("ifsev_timer_lag_seconds", "")...),
	}}
}

// quantiles are half of a histogram and 99 of 100; by is a label and a comma, or nothing.
func quantiles(metric, by string) []Query {
	ask := func(q string) string {
		return "histogram_quantile(" + q + ", sum by (" + by + "le) (rate(" + metric + "_bucket{SEL}[$__rate_interval])))"
	}
	return []Query{{ask("0.5"), "half"}, {ask("0.99"), "99 of 100"}}
}
