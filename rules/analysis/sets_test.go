package analysis

import (
	"strings"
	"testing"
)

// said is all that is reported, one finding a line, each with its code.
func said(t *testing.T, text string) string {
	t.Helper()
	errs, warnings := Check(load(t, text))
	var lines []string
	for _, p := range errs {
		lines = append(lines, "ERROR "+p.Code+": "+p.Message)
	}
	for _, p := range warnings {
		lines = append(lines, p.Code+": "+p.Message)
	}
	return strings.Join(lines, "\n")
}

// loopSets are rule sets with what is said of their loops: ERROR, warning, or nothing.
var loopSets = []struct{ name, rules, want string }{
	{"ping pong", `
  up:
    when: severity_changed
    if: severity == 3
    then: [set: {severity: 2}]
  down:
    when: severity_changed
    if: severity == 2
    then: [set: {severity: 3}]`, "ERROR"},
	{"one way", `
  up:
    when: severity_changed
    if: severity == 3
    then: [set: {severity: 2}]
  down:
    when: severity_changed
    if: severity == 2
    then: [set: {severity: 1}]`, ""},
	{"a note answers notes", `
  echo:
    when: noted
    then: [note: again]`, "ERROR"},
	{"a note answers the notes of people", `
  echo:
    when: noted
    if: event.actor.kind == "person"
    then: [note: again]`, ""},
	{"a note answers the notes of others", `
  echo:
    when: noted
    if: event.by != "echo"
    then: [note: again]`, ""},
	{"two that answer each other", `
  a:
    when: noted
    if: event.by != "a"
    then: [note: a]
  b:
    when: noted
    if: event.by != "b"
    then: [note: b]`, "ERROR"},
	{"with a cooldown", `
  echo:
    when: noted
    cooldown: 1m
    then: [note: again]`, ""},
	{"a constant does not come back", `
  title:
    when: updated
    then: [set: {title: fixed}]`, ""},
	{"two constants", `
  a:
    when: updated
    then: [set: {title: a}]
  b:
    when: updated
    then: [set: {title: b}]`, "ERROR"},
	{"a template", `
  a:
    when: updated
    then: [set: {title: "${title}!"}]`, "ERROR"},
	{"worse and worse, which ends", `
  a:
    when: severity_changed
    then: [set: {severity: "${max(1, severity - 1)}"}]`, ""},
	{"to and fro in one template", `
  a:
    when: severity_changed
    then: [set: {severity: "${severity == 1 ? 2 : 1}"}]`, "ERROR"},
	{"state rules fire once", `
  a:
    if: severity == 1
    then: [set: {severity: 2}]
  b:
    if: severity == 2
    then: [set: {severity: 1}]`, ""},
	{"state rules that are armed again", `
  a:
    if: severity == 1
    rearm: when_false
    then: [set: {severity: 2}]
  b:
    if: severity == 2
    rearm: when_false
    then: [set: {severity: 1}]`, "ERROR"},
	{"once an episode, and reopened", `
  a:
    if: status == "open"
    then: [close: done]
  b:
    when: closed
    then: [reopen: not done]`, "ERROR"},
	{"closed and reopened by an alert", `
  a:
    if: status == "open" and firing_alerts == 0
    rearm: when_false
    then: [close: done]
  b:
    when: alert
    if: status == "closed"
    then: [reopen: not done]`, ""},
	{"what no rule changes excludes", `
  a:
    when: status_changed
    if: firing_alerts == 0
    then: [mitigate]
  b:
    when: status_changed
    if: firing_alerts > 0
    then: [set: {status: open}]`, ""},
	{"tags on and off", `
  a:
    when: tagged
    then: [remove_tags: [x]]
  b:
    when: untagged
    then: [add_tags: [x]]`, "ERROR"},
	{"tags that stay", `
  a:
    when: tagged
    then: [add_tags: [x]]
  b:
    when: tagged
    then: [add_tags: [y]]`, ""},
	{"every firing is answered by one", `
  a:
    when: rule_fired
    then: [note: hello]
  b:
    when: declared
    then: [note: hello]`, "ERROR"},
	{"firings of one rule", `
  a:
    when: rule_fired
    if: event.rule == "b"
    then: [note: hello]
  b:
    when: declared
    then: [note: hello]`, ""},
	{"every delivery is answered by one", `
  a:
    when: delivered
    then: [webhook: {to: status, json: {}}]
  b:
    when: declared
    then: [webhook: {to: status, json: {}}]`, "ERROR"},
	{"failures are answered by what may fail", `
  a:
    when: action_failed
    then: [webhook: {to: status, json: {}}]
  b:
    when: declared
    then: [webhook: {to: status, json: {}}]`, "loop"},
	{"failures of others are answered", `
  a:
    when: action_failed
    if: event.rule != "a"
    then: [webhook: {to: status, json: {}}]
  b:
    when: declared
    then: [webhook: {to: status, json: {}}]`, ""},
	{"failures of one action are answered by another", `
  a:
    when: action_failed
    if: event.action == "webhook"
    then: [page: alice]
  b:
    when: declared
    then: [webhook: {to: status, json: {}}]`, ""},
	{"slow, but without end", `
  a:
    if: severity == 1
    for: 5m
    rearm: when_false
    then: [set: {severity: 2}]
  b:
    if: severity == 2
    for: 5m
    rearm: when_false
    then: [set: {severity: 1}]`, "ERROR"},
	{"a reminder that sets itself back", `
  a:
    if: status == "open" and since(last_activity_at) > 1h
    rearm: when_false
    then: [note: still here]`, "loop"},
	{"a reminder", `
  a:
    if: status == "open" and since(last_update_at) > 1h
    rearm: when_false
    every: 1h
    then: [note: still here]`, ""},
	{"acknowledged and taken back", `
  a:
    when: reopened
    then: [acknowledge]
  b:
    when: acknowledged
    then: [close: x, reopen: y]`, "ERROR"},
	{"two with their own customers", `
  a:
    when: updated
    if: fields.region == "eu" and service == "x"
    then: [set: {fields.customers: 1}]
  b:
    when: updated
    if: fields.region == "us" and service == "x"
    then: [set: {fields.customers: 2}]`, ""},
	{"otherwise", `
  a:
    if: severity == 1
    rearm: when_false
    then: [set: {severity: 2}]
    otherwise: [set: {severity: 1}]`, "ERROR"},
	{"a storm with a window", `
  storm-1:
    when: declared
    window: {by: tags, last: 10m, count: 5}
    then: [declare: {title: Storm, children: "${window.incidents}"}]`, ""},
	{"a storm without one", `
  storm-2:
    when: declared
    then: [declare: {title: Storm}]`, "ERROR"},
	{"a cooldown is one incident's", `
  storm-3:
    when: declared
    cooldown: 10m
    then: [declare: {title: Storm}]`, "ERROR"},
	{"one that declares what it does not look at", `
  storm-4:
    when: declared
    if: severity == 3
    then: [declare: {title: Storm, severity: 2}]`, ""},
	{"one that says no severity", `
  storm-5:
    when: declared
    if: severity == 3
    then: [declare: Storm]`, "ERROR"},
	{"one that tags what it declares", `
  storm-6:
    when: declared
    if: not ("storm" in tags)
    then: [declare: {title: Storm, tags: [storm]}]`, ""},
	{"one that tags it otherwise", `
  storm-7:
    when: declared
    if: not ("storm" in tags)
    then: [declare: {title: Storm, tags: [x]}]`, "ERROR"},
	{"a key", `
  storm-8:
    when: declared
    then: [declare: {title: Storm, key: storm}]`, ""},
	{"a key that is another one each time", `
  storm-9:
    when: declared
    then: [declare: {title: Storm, key: "storm-${number}"}]`, "ERROR"},
	{"people declare, and not rules", `
  storm-10:
    when: declared
    if: event.actor.kind == "person"
    then: [declare: {title: Storm}]`, ""},
	{"a rule that watches the state looks anew at each incident", `
  worst-11:
    if: severity == 1
    then: [declare: {title: Storm, severity: 1}]`, "ERROR"},
	{"what is known of the one is not known of the other", `
  worst-12:
    if: severity == 1
    then: [declare: {title: Storm, severity: 2}]
  bad-13:
    if: severity == 2
    then: [declare: {title: Storm, severity: 1}]`, "ERROR"},
	{"a budget of the rule", `
  storm-14:
    when: declared
    budget: {firings: 5, in: 1h, per: rule}
    then: [declare: {title: Storm}]`, ""},
	{"a digest tells of what was held back", `
  told-15:
    when: [acknowledged, held_back]
    budget: {firings: 1, in: 1h}
    then: [note: x]`, "loop"},
}

func TestLoops(t *testing.T) {
	t.Parallel()
	for _, c := range loopSets {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, line := range strings.Split(said(t, "rules:"+c.rules+"\n"), "\n") {
				if strings.Contains(line, "loop:") {
					got = append(got, line)
				}
			}
			all := strings.Join(got, "\n")
			switch {
			case c.want == "" && all != "":
				t.Errorf("nothing should be said, and this is: %s", all)
			case c.want == "ERROR" && !strings.HasPrefix(all, "ERROR "):
				t.Errorf("this is a loop for certain; said is: %q", all)
			case c.want == "loop" && !strings.HasPrefix(all, "loop: "):
				t.Errorf("this may be a loop; said is: %q", all)
			}
		})
	}
}
