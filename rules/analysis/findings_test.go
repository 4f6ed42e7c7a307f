package analysis

import (
	"strings"
	"testing"
)

// findings are rules with what is said of them: a code with a part of the message, or nothing.
var findings = []struct{ name, rules, want string }{
	{"two severities", `
  a: {if: severity == 1 and severity == 3, then: [note: x]}`, "never-fires: the rule \"a\" can never fire: `severity == 1` and `severity == 3` are never true together"},
	{"a list of conditions", `
  a:
    if:
      - status == "open"
      - severity == 1
      - status == "closed"
    then: [note: x]`, "`status == \"open\"` and `status == \"closed\"` are never true together"},
	{"closed and no time of it", `
  a: {if: status == "closed" and closed_at == nil, then: [note: x]}`, "are never true together"},
	{"not acknowledged, and the time of it", `
  a: {if: not acknowledged and since(acknowledged_at) > 5m, then: [note: x]}`, "are never true together"},
	{"an event with another value", `
  a: {when: closed, if: event.to == "open", then: [note: x]}`, "never-fires: the rule \"a\" can never fire: `event.to == \"open\"` is never true"},
	{"a field another event has", `
  a: {when: [noted, declared], if: event.type == "noted" and event.title == "x", then: [note: x]}`, "are never true together"},
	{"an updated severity", `
  a: {when: updated, if: event.field == "severity", then: [note: x]}`, "never-fires"},
	{"an updated title", `
  a: {when: updated, if: event.field == "title", then: [add_tags: [x]]}`, ""},
	{"the firing of a rule there is not", `
  a: {when: rule_fired, if: event.rule == "c", then: [note: x]}
  b: {when: declared, then: [note: x]}`, "never-fires: the rule \"a\" can never fire: `event.rule == \"c\"` is never true"},
	{"nothing sets it off", `
  a: {when: delivered, then: [note: x]}
  b: {when: declared, then: [note: x]}`, "no other rule makes an event it looks at"},
	{"deliveries of another rule", `
  a: {when: delivered, then: [note: x]}
  b: {when: declared, then: [page: alice]}`, ""},
	{"the fields of an event, worse", `
  a: {when: severity_changed, if: event.to < event.from, then: [page: alice]}`, ""},
	{"the fields of an event, better", `
  a: {when: severity_changed, if: event.to > event.from, then: [page: alice]}`, ""},
	{"by how much", `
  a: {when: severity_changed, if: event.from - event.to >= 2, then: [page: alice]}`, ""},
	{"as it is now", `
  a: {when: severity_changed, if: event.to == severity, then: [page: alice]}`, ""},
	{"from one status to another", `
  a: {when: status_changed, if: event.from == "closed" and event.to != event.from, then: [page: alice]}`, ""},
	{"a reason with a word", `
  a: {when: status_changed, if: event.reason contains "x", then: [page: alice]}`, ""},
	{"an update to a word", `
  a: {when: updated, if: event.to contains "x", then: [page: alice]}`, ""},
	{"a note with a pattern", `
  a: {when: noted, if: 'event.text matches "(?i)resolved"', then: [page: alice]}`, ""},
	{"an error with a word", `
  a: {when: action_failed, if: event.error contains "x", then: [add_tags: [x]]}`, ""},
	{"the commander is added", `
  a: {when: responder_added, if: event.person == commander, then: [page: alice]}`, ""},
	{"who is on call is added", `
  a: {when: responder_added, if: event.person == oncall("database"), then: [page: alice]}`, ""},
	{"of two events with a field of two kinds", `
  a: {when: [severity_changed, status_changed], if: event.to == 1, then: [page: alice]}`, ""},
	{"of two events with a field of two kinds, and the one", `
  a: {when: [severity_changed, status_changed], if: event.type == "severity_changed" and event.to == 1, then: [page: alice]}`, ""},
	{"a step for what is worse", `
  a: {when: severity_changed, then: [{page: alice, if: event.to < event.from}]}`, ""},
	{"a step for a note with a word", `
  a: {when: noted, then: [{page: alice, if: event.text contains "x"}]}`, ""},
	{"a comparison of fields that another event has", `
  a: {when: [noted, severity_changed], if: event.type == "noted" and event.to < event.from, then: [page: alice]}`, "never-fires"},
	{"a text that another event has", `
  a: {when: [noted, tagged], if: event.type == "tagged" and event.text contains "x", then: [page: alice]}`, "never-fires"},
	{"a pattern of a text that another event has", `
  a: {when: [noted, tagged], if: event.type == "tagged" and event.text matches "x", then: [page: alice]}`, "never-fires"},
	{"worse and better set each other off", `
  worse: {when: severity_changed, if: event.to < event.from, then: [set: {severity: "${min(5, severity + 1)}"}]}
  better: {when: severity_changed, if: event.to > event.from, then: [set: {severity: "${max(1, severity - 1)}"}]}`, "loop: the rules \"worse\" and \"better\" set each other off without end"},
	{"a note of a note", `
  a: {when: noted, if: event.text contains "x", then: [note: "x again"]}`, "loop: the rule \"a\" sets itself off without end"},
	{"switched off by hand", `
  a: {if: false and severity == 1, then: [note: x]}`, "to switch a rule off"},
	{"durations", `
  a: {if: open_for < 5m and open_for > 10m, then: [note: x]}`, "`open_for < 5m` and `open_for > 10m` are never true together"},
	{"a negative age", `
  a: {if: open_for < 0s, then: [note: x]}`, "`open_for < 0s` is never true"},
	{"the same twice", `
  a: {if: severity == 1 and status == "open", then: [note: x]}
  b: {if: "severity==1 and status==\"open\"", then: [note: x]}`, "duplicate: the rules \"a\" and \"b\" have the same condition"},
	{"the same by a define", `
  a: {if: hot, then: [note: x]}
  b: {if: severity == 1, then: [note: x]}`, "duplicate"},
	{"the same but for the steps", `
  a: {if: severity == 1, then: [note: x]}
  b: {if: severity == 1, then: [note: y]}
  c: {if: severity == 1, for: 1m, then: [note: x]}
  d: {when: noted, if: severity == 1, then: [add_tags: [x]]}`, ""},
	{"the same, switched off", `
  a: {if: severity == 1, then: [note: x], enabled: false}
  b: {if: severity == 1, then: [note: x]}`, "duplicate: the rule \"a\" is switched off, and \"b\" says the same"},
	{"two severities are set", `
  a: {if: '"db" in tags', then: [set: {severity: 1}]}
  b: {if: '"web" in tags', then: [set: {severity: 2}]}`, "contradiction: the rules \"a\" and \"b\" can fire together, and they set severity to 1 and to 2"},
	{"not together", `
  a: {if: '"db" in tags and severity == 3', then: [set: {severity: 1}]}
  b: {if: '"web" in tags and severity > 3', then: [set: {severity: 2}]}`, ""},
	{"an escalation", `
  a: {if: open_for > 10m and severity > 1, then: [set: {severity: 2}]}
  b: {if: open_for > 30m and severity > 1, then: [set: {severity: 1}]}`, ""},
	{"an escalation by for", `
  a: {if: severity > 2, for: 10m, then: [set: {severity: 2}]}
  b: {if: severity > 1, for: 30m, then: [set: {severity: 1}]}`, ""},
	{"rungs at the same time", `
  a: {if: severity > 2, after: {10m: [set: {service: a}]}}
  b: {if: severity > 1, after: {10m: [set: {service: b}]}}`, "contradiction"},
	{"the second looks when the first has fired", `
  a: {when: declared, if: '"db" in tags and severity == 3', then: [set: {severity: 1}]}
  b: {when: declared, if: '"web" in tags and severity == 3', then: [set: {severity: 2}]}`, ""},
	{"of one event", `
  a: {when: declared, if: '"db" in tags', then: [set: {service: db}]}
  b: {when: [declared, tagged], if: '"web" in tags', then: [set: {service: web}]}`, "set service to db and to web"},
	{"of different events", `
  a: {when: declared, then: [set: {service: db}]}
  b: {when: tagged, then: [set: {service: web}]}`, ""},
	{"on and off", `
  a: {if: severity == 1, then: [add_tags: [x]]}
  b: {if: status == "open", then: [remove_tags: [x]]}`, "contradiction: the rules \"a\" and \"b\" can fire together, and they put \"x\" on and take it off the tags"},
	{"roles", `
  a: {if: severity == 1, then: [assign: {role: commander, to: alice}]}
  b: {if: status == "open", then: [assign: {role: commander, to: bob}]}`, "give the role commander to alice and to bob"},
	{"mitigated and then closed", `
  a: {when: alert_resolved, then: [mitigate]}
  b: {when: alert_resolved, if: severity == 5, then: [close]}`, ""},
	{"with steps that exclude each other", `
  a:
    if: severity == 1
    then: [{set: {service: a}, if: '"db" in tags'}]
  b:
    if: status == "open"
    then: [{set: {service: b}, if: 'not ("db" in tags)'}]`, ""},
	{"a rung behind the end", `
  a: {if: status == "open" and open_for < 10m, after: {5m: [note: x], 15m: [note: y]}}`, "deadline-never-reached: the rung 15m is never reached: the condition holds for at most 10m (open_for)"},
	{"open_for stands still on what is closed", `
  a: {if: open_for < 10m, after: {15m: [note: y]}}`, ""},
	{"a wait that is too long", `
  a: {if: status == "open" and open_for > 5m and open_for < 10m, for: 6m, then: [note: y]}`, "deadline-never-reached: the rule \"a\" can never fire"},
	{"a wait that just fits", `
  a: {if: status == "open" and open_for >= 5m and open_for <= 10m, for: 5m, then: [note: y]}`, ""},
	{"what an update sets back", `
  a: {if: since(last_update_at) < 10m, for: 15m, then: [note: y]}`, ""},
	{"the acknowledgement is not set back", `
  a: {if: since(acknowledged_at) < 10m, for: 15m, then: [note: y]}`, "deadline-never-reached"},
	{"office hours", `
  a: {if: 'severity == 1 and between("09:00", "17:00")', for: 12h, then: [note: y]}`, "deadline-never-reached"},
	{"outside of office hours", `
  a: {if: 'severity == 1 and not between("09:00", "17:00")', for: 12h, then: [note: y]}`, ""},
	{"the hours of a calendar", `
  a: {if: 'severity == 1 and business_hours("office")', for: 1d, then: [note: y]}`, "deadline-never-reached: the rule \"a\" can never fire: the condition holds for at most 8h (business_hours(\"office\"))"},
	{"within the hours of a calendar", `
  a: {if: 'severity == 1 and business_hours("office")', for: 8h, then: [note: y]}`, ""},
	{"it never repeats", `
  a: {if: status == "open" and open_for < 10m, every: 15m, then: [note: y]}`, "it never fires a second time"},
	{"a cooldown longer than the repetitions are apart", `
  a: {if: severity == 2, every: 5m, max: 4, cooldown: 1h, then: [page: alice]}`, "idle-cooldown: the cooldown of \"a\" does not keep its repetitions apart: it fires every 5m while its condition holds, and not every 1h"},
	{"a cooldown between one time and the next", `
  a: {if: severity == 2, every: 5m, cooldown: 1h, rearm: when_false, then: [page: alice]}
  b: {if: severity == 3, every: 1h, cooldown: 1h, then: [page: alice]}
  c: {when: noted, cooldown: 1h, then: [page: alice]}
  d: {if: severity == 4, after: {5m: [page: alice]}, cooldown: 1h}`, ""},
	{"a step that is never done", `
  a: {if: severity == 1, then: [{note: x, if: "false"}]}`, "unreachable-step: the step note of \"a\" is never done"},
	{"a step for another event", `
  a: {when: severity_changed, if: event.to == 1, then: [{add_tags: [x], if: event.to == 2}]}`, "never true of the events"},
	{"a step for a state that may have changed", `
  a: {when: severity_changed, if: severity == 1, then: [{add_tags: [x], if: severity == 2}]}`, ""},
	{"on_error of what cannot fail", `
  a: {if: severity == 1, then: [{note: x, on_error: [add_tags: [y]]}]}`, "the on_error of note is never needed"},
	{"on_error of what may fail", `
  a: {if: severity == 1, then: [{mitigate: x, on_error: [add_tags: [y]]}, {add_oncall: database, on_error: [add_tags: [z]]}]}`, ""},
	{"mitigated after it was closed", `
  a: {when: alert_resolved, then: [close, mitigate]}`, "unreachable-step: the step mitigate of \"a\" always fails"},
	{"mitigated after a while", `
  a: {when: alert_resolved, then: [close, page: alice, mitigate]}`, ""},
	{"a ladder that ends itself", `
  a: {if: status == "open", after: {5m: [close], 10m: [page: alice]}}`, "unreachable-step: the rung 10m is never reached: the step close in `after[5m]`"},
	{"a ladder that may go on", `
  a: {if: status == "open", after: {5m: [{close: x, if: severity == 5}], 10m: [page: alice]}}`, ""},
	{"a repetition that ends itself", `
  a: {if: severity == 3, every: 5m, then: [set: {severity: 2}]}`, "unreachable-step: it never fires a second time"},
}

func TestFindings(t *testing.T) {
	t.Parallel()
	for _, c := range findings {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			text := "define: {hot: severity == 1}\ncalendars: {office: {days: mon-fri, hours: \"09:00-17:00\"}}\nrules:" + c.rules + "\n"
			errs, warnings := Check(load(t, text))
			got := said(t, text)
			switch {
			case c.want == "" && got != "":
				t.Errorf("nothing should be said, and this is:\n%s", got)
			case !strings.Contains(got+warnings.Text(), c.want):
				t.Errorf("%s\nis not said; said is:\n%s", c.want, got)
			case strings.Count(got, "\n") > 0:
				t.Errorf("too much is said:\n%s", got)
			}
			for _, p := range append(errs, warnings...) {
				if p.Line == 0 || p.Column == 0 || p.Source == "" || p.Hint == "" {
					t.Errorf("where, what and what to do must be said: %+v", p)
				}
			}
		})
	}
}
