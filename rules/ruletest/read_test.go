package ruletest

import (
	"strings"
	"testing"
)

// Every mistake is told at its place, with what to write.
func TestMistakes(t *testing.T) {
	t.Parallel()
	const before = "tests:\n  x:\n    " // of what is indented by four
	for _, c := range []struct{ text, place, message, hint string }{
		{"", "rules_test.yaml", "there are no tests in this file", "below tests:"},
		{"test: {}", "1:1", `a test file has no key "test"`, "did you mean tests?"},
		{"rules: {a: {if: severity == 1}}\ntests: {x: {}}", "1:8", "`rules` names the rule files", "in a file of their own"},
		{"tests: {x: }", "1:9", "the test says nothing", "write incident and timeline"},
		{before + "incident: {}", "2:3", "the test has no timeline", "write timeline:"},
		{before + "incident: {}\n    timeline: {at: 5m}", "4:15", "`timeline` is a list", "begin each with `- `"},
		{before + "incident: {}\n    timeline: [{at: 5m}]", "2:3", "expects nothing, so it cannot fail", "add fired, actions or expect"},
		{before + "incidnt: {}\n    timeline: [{at: 5m, fired: []}]", "3:5", `a test has no key "incidnt"`, "did you mean incident?"},
		{before + "name: x\n    timeline: [{at: 5m, fired: []}]", "3:5", `a test has no key "name"`, "the name of a test is its key"},
		{before + "start: noon\n    timeline: [{at: 5m, fired: []}]", "3:12", `"noon" is no time`, "2026-03-27T09:00"},
		{before + "only: [status-pge]\n    timeline: [{at: 5m, fired: []}]", "3:12", `these tests know no rule "status-pge"`, "did you mean status-page?"},
		{before + "timeline: [{at: 5m, fired: [unacknowleged]}]", "3:33", `no rule "unacknowleged"`, "did you mean unacknowledged?"},
		{before + "timeline: [{at: 5m, fired: [asleep]}]", "3:33", `"asleep" is out of service`, "enabled: false"},
		{before + "only: status-page\n    timeline: [{at: 5m, fired: [unacknowledged]}]", "4:33", "is not in force in this test", "name it under only"},
		{before + "timeline: [{at: 5m, fired: {a: 1}}]", "3:32", "`fired` is a list of rules", "write fired: [NAME]"},
		{before + "incident: {severity: 7}\n    timeline: [{at: 5m, fired: []}]", "3:26", `severity "7" is not known`, ""},
		{before + "incident: {tag: x}\n    timeline: [{at: 5m, fired: []}]", "3:16", `an incident has no key "tag"`, "did you mean tags?"},
		{before + "incident: {status: closed}\n    timeline: [{at: 5m, fired: []}]", "3:16", `an incident has no key "status"`, "do: {set: {status"},
		{before + "incident: {fields: {regoin: eu}}\n    timeline: [{at: 5m, fired: []}]", "3:25", `there is no custom field "regoin"`, "did you mean region?"},
		{before + "incident: {fields: {region: asia}}\n    timeline: [{at: 5m, fired: []}]", "3:33", "want eu or us", ""},
		{before + "incident: {fields: {customers: many}}\n    timeline: [{at: 5m, fired: []}]", "3:36", "want a whole number", ""},
		{before + "incident: {title: ' '}\n    timeline: [{at: 5m, fired: []}]", "3:15", "title is required", ""},
		{before + "incident: {}\n    incidents: {incident: {}}\n    timeline: [{at: 5m, fired: []}]", "4:17", "two incidents are called", "another name"},
		{before + "timeline: [{fired: []}]", "3:16", `the key "at" is missing`, ""},
		{before + "timeline: [{at: soon, fired: []}]", "3:21", `bad duration "soon"`, ""},
		{before + "timeline: [{at: 5m, fired: []}, {at: 4m, fired: []}]", "3:42", "lies before the entry above, which is at 5m", "order of time"},
		{before + "timeline: [{at: 5m, fires: []}]", "3:25", `has no key "fires"`, "write fired"},
		{before + "timeline: [{at: 5m, do: {ack: bob}, fired: []}]", "3:16", "the test has no incident", "add incident:"},
		{before + "incidents: {a: {}, b: {}}\n    timeline: [{at: 5m, do: {ack: bob}, fired: []}]", "4:16", "does not say which incident", "add incident: a"},
		{before + "incidents: {first: {}}\n    timeline: [{at: 5m, incident: frist, fired: []}]", "4:35", `no incident "frist"`, "did you mean first?"},
		{before + "incidents: {first: {}}\n    timeline: [{at: 5m, incident: INC-2, fired: []}]", "4:35", `no incident "INC-2"`, ""},
		{before + "incident: {}\n    timeline: [{at: 5m, do: {acknowlege: }, fired: []}]", "4:30", `nobody can do "acknowlege"`, "did you mean acknowledge?"},
		{before + "incident: {}\n    timeline: [{at: 5m, do: {severity: 1}, fired: []}]", "4:30", `nobody can do "severity"`, "write set: {severity"},
		{before + "incident: {}\n    timeline: [{at: 5m, do: {page: bob}, fired: []}]", "4:30", `nobody can do "page"`, "only actions inside the incident"},
		{before + "incident: {}\n    timeline: [{at: 5m, do: {wait: 5m}, fired: []}]", "4:30", "nobody waits in a test", "say when with at"},
		{before + "incident: {}\n    timeline: [{at: 5m, do: {}, fired: []}]", "4:29", "`do` says nothing", "write do: {ack: alice}"},
		{before + "incident: {}\n    timeline: [{at: 5m, do: {add_oncall: databse}, fired: []}]", "4:42", "databse", "did you mean database?"},
		{before + "incident: {}\n    timeline: [{at: 5m, do: {set: {sevrity: 1}}, fired: []}]", "4:36", `set has no argument "sevrity"`, "did you mean severity?"},
		{before + "timeline: [{at: 5m, post: {source: an, file: payload.json}, fired: []}]", "3:40", `there is no source "an"`, "did you mean am?"},
		{before + "timeline: [{at: 5m, post: {source: am}, fired: []}]", "3:31", "needs either a file or a body", ""},
		{before + "timeline: [{at: 5m, post: {source: am, file: lost.json}, fired: []}]", "3:50", "the payload cannot be read: no such file", "folder of the test file"},
		{before + "timeline: [{at: 5m, post: {source: am, bdy: {}}, fired: []}]", "3:44", `post has no key "bdy"`, "did you mean body?"},
		{before + "incident: {}\n    timeline: [{at: 5m, actions: [pge bob]}]", "4:35", `there is no action "pge"`, "did you mean page?"},
		{before + "incident: {}\n    timeline: [{at: 5m, actions: [{page: {too: bob}}]}]", "4:43", `page has no argument "too"`, "did you mean to?"},
		{before + "incident: {}\n    timeline: [{at: 5m, actions: [{page: bob, note: x}]}]", "4:35", "one action with its arguments", "write - page:"},
		{before + "incident: {}\n    timeline: [{at: 5m, expect: }]", "4:33", "`expect` says nothing", "write expect: {severity: 1}"},
		{before + "incident: {}\n    timeline: [{at: 5m, expect: {sevrity: 1}}]", "4:34", `an incident has no "sevrity"`, "did you mean severity?"},
		{before + "incident: {}\n    timeline: [{at: 5m, expect: {status: opne}}]", "4:42", "want open, mitigated, closed or invalid", "did you mean open?"},
		{before + "incident: {}\n    timeline: [{at: 5m, expect: {acknowledged: maybe}}]", "4:48", "want true or false", ""},
		{before + "incident: {}\n    timeline: [{at: 5m, expect: {open_for: 5m}}]", "4:34", "open_for runs with the time", "expect: open_for > 20m"},
		{before + "incident: {}\n    timeline: [{at: 5m, expect: {fields.regoin: eu}}]", "4:34", `no custom field "regoin"`, "did you mean region?"},
		{before + "incident: {}\n    timeline: [{at: 5m, expect: {closed_at: late}}]", "4:45", "neither a time nor how long after the start", "write it like 20m"},
		{before + "incident: {}\n    timeline: [{at: 5m, expect: sevrity == 1}]", "4:33", "unknown name sevrity", "did you mean severity?"},
		{before + "mock: {webhok: {error: x}}\n    timeline: [{at: 5m, fired: []}]", "3:12", `neither an action nor a destination "webhok"`, "did you mean webhook?"},
		{before + "mock: {'page:secondry': {error: x}}\n    timeline: [{at: 5m, fired: []}]", "3:12", "neither an action nor a destination", "did you mean page:secondary?"},
		{before + "mock: {note: {error: x}}\n    timeline: [{at: 5m, fired: []}]", "3:12", "note is done inside the incident", ""},
		{before + "mock: {status-pag/then: {error: x}}\n    timeline: [{at: 5m, fired: []}]", "3:12", `no rule in force is called "status-pag"`, "did you mean status-page?"},
		{before + "mock: {status-page/webhook: {error: x}}\n    timeline: [{at: 5m, fired: []}]", "3:12", `has no step "webhook"`, "then[0]"},
		{before + "mock: {webhook: {eror: x}}\n    timeline: [{at: 5m, fired: []}]", "3:22", `a mock has no key "eror"`, "did you mean error?"},
		{before + "mock: {webhook: {times: 2}}\n    timeline: [{at: 5m, fired: []}]", "3:22", `"times" says how an error goes`, "add error:"},
		{before + "mock: {webhook: {error: x, reason: tired}}\n    timeline: [{at: 5m, fired: []}]", "3:40", "want timeout, network", ""},
		{before + "mock: {webhook: {outputs: {bdy: x}}}\n    timeline: [{at: 5m, fired: []}]", "3:32", `webhook has no output "bdy"`, "did you mean body?"},
		{before + "mock: {webhook: {outputs: {status: fine}}}\n    timeline: [{at: 5m, fired: []}]", "3:40", "want a whole number", ""},
	} {
		_, problems := suiteOf(t, theRules+"  asleep: {if: severity == 4, then: [mitigate], enabled: false}\n", c.text)
		text := problems.Text()
		if len(problems) == 0 || !strings.Contains(text, c.place+": ") && c.place != "rules_test.yaml" || !strings.Contains(text, c.message) || !strings.Contains(text, c.hint) {
			t.Errorf("%s\nwant %s: %s (%s), got\n%s", c.text, c.place, c.message, c.hint, text)
		}
	}
}

// All mistakes of a file are told at once.
func TestAllMistakesAtOnce(t *testing.T) {
	t.Parallel()
	_, problems := suiteOf(t, theRules, `
tests:
  a: {incident: {sev: 1}, timeline: [{at: 5m, fired: [nobody]}]}
  b: {incident: {severity: 1}, timeline: [{at: x, expect: severity = 1}]}
`)
	if len(problems) != 4 {
		t.Errorf("%d problems:\n%s", len(problems), problems.Text())
	}
}

func TestHead(t *testing.T) {
	t.Parallel()
	f, problems := Open("x_test.yaml", []byte("rules: [a.yaml, ../b]\nconfig: c.yaml\ntests: {a: {}, b: {}}\n"))
	if len(problems) > 0 || len(f.Rules) != 2 || f.Rules[1].Text != "../b" || f.Config.Text != "c.yaml" || f.Tests != 2 {
		t.Errorf("%+v %v", f, problems)
	}
	if f, problems := Open("x_test.yaml", []byte("rules: a.yaml\ntests: {a: {}}\n")); len(problems) > 0 || len(f.Rules) != 1 {
		t.Errorf("%+v %v", f, problems)
	}
	if _, problems := Open("x_test.yaml", []byte("a: [")); len(problems) == 0 {
		t.Error("what is no YAML opens")
	}
}

func TestStart(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"2026-03-27T09:00:00+01:00": "2026-03-27T08:00:00Z", "2026-03-27T09:00": "2026-03-27T09:00:00Z", "2026-03-27": "2026-03-27T00:00:00Z", "2026-03-27 09:00": "2026-03-27T09:00:00Z",
	} {
		passes(t, theRules, "tests: {x: {start: '"+text+"', incident: {}, timeline: [{at: 0s, expect: {declared_at: '"+want+"'}}]}}")
	}
}

// Whatever stands in a file, reading it and running it does not panic.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		"tests: {x: {incident: {severity: 1}, timeline: [{at: 40m, fired: [status-page]}]}}",
		"tests:\n  x:\n    mock: {webhook: {error: 503, times: 2}}\n    incidents: {a: {at: 1m}, b: {}}\n    timeline:\n      - {at: 1m, incident: a, do: {set: {severity: 2}, by: bob}, expect: severity == 2}\n",
		"tests: {x: {timeline: [{at: 1m, post: {source: am, file: payload.json}, actions: [page bob, {page: {to: x}}], expect: {tags: []}}]}}",
		"rules: [a]\nconfig: b\ntests: {}", "tests: {x: {incident: [], timeline: {}}}", "tests: [a]",
	} {
		f.Add(seed)
	}
	w := testWorld(f)
	set := load(f, w, theRules)
	payload := func(string) ([]byte, error) { return []byte(firingPayload), nil }
	f.Fuzz(func(t *testing.T, text string) {
		file, problems := Open("rules_test.yaml", []byte(text))
		if len(problems) > 0 {
			return
		}
		suite, problems := file.Read(set, w, payload)
		if (suite == nil) == (len(problems) == 0) {
			t.Fatalf("a suite with problems, or neither: %v", problems)
		}
		for _, p := range problems {
			_ = p.Caret()
		}
		if suite != nil {
			for _, test := range suite.tests {
				for _, e := range test.timeline {
					if e.at.Hours() > 100 {
						return // right, but long
					}
				}
			}
			Run([]*Suite{suite}, Options{Workers: 1})
		}
	})
}
