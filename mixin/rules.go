package mixin

import "time"

// ruleAlerts are about rules, and about what comes in for them.
func ruleAlerts() []Alert {
	return []Alert{
		{
			Name: "IfsevRulesFail", Severity: Warning,
			Expr:        `sum by (SITE, rule) (increase(ifsev_rule_errors_total[15m])) > 0`,
			Summary:     "The rule {{ $labels.rule }} cannot be evaluated",
			Description: "It failed about {{ $value | humanize }} times in the last 15 minutes; what it should have done was not done.",
			Why: "What `ifsev check` accepts seldom fails: every failure is a case its author did not think of. It goes away " +
				"15 minutes after the last one.",
		},
		{
			Name: "IfsevReloadFailed", Severity: Warning, For: 10 * time.Minute,
			Expr:        `min by (SITE, instance) (ifsev_rules_last_reload_successful) == 0`,
			Summary:     "The rules or the configuration on disk are wrong",
			Description: "{{ $labels.instance }} refused them as a whole; the old ones are in use.",
			Why:         "Nothing has stopped: the rules in use go on. Ten minutes let whoever made the mistake see it and put it right.",
		},
		{
			Name: "IfsevRulesDisagree", Severity: Warning, For: 15 * time.Minute,
			Expr:        `min by (SITE, instance) (ifsev_rules_from_own_files) == 0`,
			Summary:     "Replicas have different rule files",
			Description: "{{ $labels.instance }} goes by rules that another replica loaded, not by its own files.",
			Why: "While a new set is rolled out some replicas have the old files. That takes minutes; a quarter of an hour is " +
				"more than a ConfigMap and a rolling update need.",
		},
		{
			Name: "IfsevSourceRefused", Severity: Warning,
			Expr:        `sum by (SITE, source) (increase(ifsev_events_received_total{result=~"rejected|unauthorized"}[15m])) > 5`,
			Summary:     "What {{ $labels.source }} posts is refused",
			Description: "About {{ $value | humanize }} posts in the last 15 minutes: alerts may be lost on their way in.",
			Why: "One or two are somebody who tries something out. More than five in 15 minutes is a tool with a wrong secret or " +
				"a form that is not understood; most tools do not try again after a 4xx.",
		},
	}
}
