package ruletest

import (
	"strings"
	"testing"
	"time"

	"github.com/ifsev/ifsev"
)

// The tests of the page on the language pass as they are written there; each names the rule it is about.
func TestTheTestsOfTheLanguage(t *testing.T) {
	t.Parallel()
	passes(t, theRules, `
tests:
  ladder stops at the acknowledgement:
    start: 2026-03-27T09:00:00+01:00
    incident: {severity: 2}
    timeline:
      - {at: 4m59s, fired: []}
      - {at: 5m, fired: [unacknowledged], actions: ["page secondary"]}
      - {at: 7m, do: {ack: alice}}
      - {at: 30m, fired: []}
  a failed action falls back:
    only: [status-page]
    incident: {severity: 1}
    mock: {webhook: {error: "503 unavailable"}}
    timeline:
      - {at: 40m, fired: [status-page], actions: ["page comms"]}
`)
}

// A delivery that fails is given up at the end of its age, not before and not after.
func TestGivingUpInVirtualTime(t *testing.T) {
	t.Parallel()
	passes(t, theRules, `
tests:
  at its age:
    only: status-page
    incident: {severity: 1}
    mock: {webhook: {error: "503 unavailable"}}
    timeline:
      - {at: 31m59s, fired: [status-page], all_actions: [webhook status]}
      - {at: 32m, fired: [], all_actions: [{page: {to: comms, text: "Status page refused: 503 unavailable"}}]}
  at once where it is not worth it:
    only: status-page
    incident: {severity: 1}
    mock: {webhook: {error: 404 not found}}
    timeline: [{at: 2m, fired: [status-page], all_actions: [webhook, page comms]}]
  unless it is said otherwise:
    only: status-page
    incident: {severity: 1}
    mock: {"status-page/then[0]": {error: 404 not found, permanent: false}}
    timeline: [{at: 31m, all_actions: [webhook]}, {at: 32m, all_actions: [page comms]}]
  at once if it is said so:
    only: status-page
    incident: {severity: 1}
    mock: {"webhook:status": {error: gone, permanent: true, reason: timeout}}
    timeline: [{at: 2m, all_actions: [webhook, page comms Status page refused, ], fired: [status-page]}]
`)
}

func TestMocks(t *testing.T) {
	t.Parallel()
	const kit = `
rules:
  kit:
    if: severity == 1
    then:
      - id: room
        chat.open: {channel: "#ops"}
      - note: "${steps.room.id} ${steps.room.channel} ${steps.room.members} ${steps.room.new} ${steps.room.ttl}"
      - id: hook
        webhook: {to: audit}
      - note: "${steps.hook.status} ${steps.hook.body}"
  news:
    when: action_failed
    then: [note: "${event.reason} ${event.attempts}"]
`
	passes(t, kit, `
tests:
  what is not mocked answers something of the right type:
    incident: {severity: 1}
    timeline: [{at: 0s, fired: [kit], actions: ["note ‹id› #ops 1 true 1m", "note 200 ‹body›"]}]
  outputs:
    incident: {severity: 1}
    mock: {kit/room: {outputs: {id: C42, members: 7, new: false}}, "webhook:audit": {outputs: {body: fine}}}
    timeline: [{at: 0s, actions: ["note C42 #ops 7 false 1m", "note 200 fine"]}]
  the nearest mock counts:
    incident: {severity: 1}
    mock: {webhook: {error: 404 kind}, "webhook:audit": {error: 404 destination}, kit/hook: {outputs: {body: step}}}
    timeline: [{at: 0s, actions: ["note 200 step"]}]
  the place of a step is as good as its id:
    incident: {severity: 1}
    mock: {"kit/then[2]": {outputs: {body: place}}}
    timeline: [{at: 0s, actions: ["note 200 place"]}]
  an outage that ends:
    incident: {severity: 1}
    mock: {webhook: {error: 503 busy, times: 3}}
    timeline:
      - {at: 6s, actions: [chat.open]}
      - {at: 7s, all_actions: ["note 200 ‹body›"]}
  what failed is told with its reason and its attempts:
    incident: {severity: 1}
    mock: {webhook: {error: 403 forbidden}}
    timeline: [{at: 0s, fired: [kit, news], actions: [note auth 1]}]
  a text without a status is attempted again:
    incident: {severity: 1}
    mock: {webhook: {error: connection reset, reason: network}}
    timeline: [{at: 59m59s, fired: [kit]}, {at: 1h, fired: [news], actions: [note network 21]}]
`)
}

// Who is not there cannot be paged, in tests as in the daemon.
func TestPagingNobody(t *testing.T) {
	t.Parallel()
	passes(t, "rules:\n  lead:\n    if: severity == 1\n    then: [{id: p, page: commander}, note: \"paged ${steps.p.person}\"]\n  failed: {when: action_failed, then: [note: \"${event.error}\"]}\n", `
tests:
  nobody:
    incident: {severity: 1}
    timeline: [{at: 0s, fired: [lead, failed], actions: ["note nobody holds the role …assign it first"]}]
  somebody:
    incident: {severity: 1, commander: bob}
    timeline: [{at: 0s, fired: [lead], actions: ["note paged bob"]}]
`)
}

func TestSeveralIncidents(t *testing.T) {
	t.Parallel()
	passes(t, theRules, `
tests:
  by name:
    incidents:
      first: {severity: 2, title: one}
      second: {severity: 2, title: two, at: 3m}
      minor: {severity: 4}
    timeline:
      - {at: 1m, incident: first, expect: {title: one, number: 1}}
      - {at: 5m, fired: [unacknowledged]}
      - {at: 8m, incident: first, fired: []}
      - {at: 8m, incident: second, do: {ack: bob}, expect: {acknowledged: true, number: 3}}
      - {at: 10m, incident: second, fired: [], actions: []}
      - {at: 1h, fired: []}
  each entry counts what happened since the one before:
    incidents: {a: {severity: 2}, b: {severity: 2}}
    timeline:
      - {at: 5m, fired: [unacknowledged, unacknowledged], actions: [page secondary, page secondary]}
      - {at: 5m, fired: [], all_actions: []}
      - {at: 7m, incident: INC-2, do: {close: enough}}
      - {at: 10m, incident: a, fired: [unacknowledged]}
      - {at: 10m, incident: b, fired: [], expect: {status: closed}}
`)
}

func TestPosts(t *testing.T) {
	t.Parallel()
	passes(t, theRules, `
tests:
  a payload opens an incident:
    timeline:
      - {at: 0s, fired: []}
      - {at: 1m, post: {source: am, file: payload.json}, expect: {severity: 1, tags: [database], source: am, firing_alerts: 1, declared_at: 1m}}
      - {at: 2m, post: {source: am, file: payload.json}, expect: {alerts: 1, number: 1}}      # sent again
      - {at: 6m, fired: [unacknowledged, status-page]}
      - at: 7m
        post: {source: am, body: {alerts: [{status: resolved, fingerprint: a, startsAt: 2026-06-01T09:00:00Z, labels: {}}]}}
        expect: {firing_alerts: 0}
      - {at: 8m, do: {close: over}}
      - at: 9m
        post: {source: am, body: '{"alerts": [{"status": "firing", "fingerprint": "a", "startsAt": "2026-06-01T09:08:00Z", "labels": {"alertname": "Again"}}]}'}
        incident: INC-2
        expect: {title: Again, status: open}
  what resolves without having fired concerns nobody:
    incident: {severity: 4}
    timeline:
      - at: 7m
        post: {source: am, headers: {X-Test: "1"}, body: {alerts: [{status: resolved, fingerprint: b, startsAt: 2026-06-01T09:00:00Z, labels: {}}]}}
        expect: {firing_alerts: 0, number: 1}
`)
}

func TestActs(t *testing.T) {
	t.Parallel()
	passes(t, "rules: {r: {when: noted, if: event.by == \"bob\", then: [add_tags: seen]}}", `
tests:
  people:
    incident: {severity: 3, fields: {region: eu, customers: 3}, subscribers: [carol], by: alice, key: k, service: shop, description: long}
    timeline:
      - {at: 1m, do: {note: hello}, fired: []}
      - {at: 2m, do: {note: hello, by: bob}, fired: [r], expect: {tags: [seen], subscribers: [carol]}}
      - {at: 3m, do: [{add_tags: [x, y], set: {severity: 2, fields.customers: 9}}, {assign: {role: commander, to: alice}}], expect: {tags: [y], severity: SEV2, fields.customers: 9, fields: {region: eu}, commander: alice, roles: {commander: alice}}}
      - {at: 4m, do: {remove_tags: [x, y, seen]}, expect: {tags: [], owner: null, closed_at: null, severity_changed_at: 3m}}
      - {at: 5m, do: {ack: }, expect: [acknowledged, open_for >= 5m, severity == 2]}
`)
}

// What cannot be done ends the test with the reason.
func TestWhatCannotBeDone(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct{ test, want string }{
		"an act that is refused":      {"incident: {severity: 2}\n    timeline: [{at: 1m, do: {task_done: T9}, fired: []}]", "there is no task T9"},
		"an incident before its time": {"incidents: {a: {at: 5m}}\n    timeline: [{at: 1m, do: {ack: bob}, fired: []}]", "there is no incident yet"},
		"one of several":              {"incidents: {a: {}, b: {at: 5m}}\n    timeline: [{at: 1m, incident: b, do: {ack: bob}, fired: []}]", "the incident b has not been declared yet"},
		"too many to choose from":     {"incident: {}\n    timeline: [{at: 1m, post: {source: am, file: payload.json}, fired: []}, {at: 2m, do: {ack: bob}}]", "say which is meant with incident: incident or INC-2"},
		"a payload that is none":      {"timeline: [{at: 1m, post: {source: am, body: hello}, fired: []}]", "am does not understand the payload"},
		"an alert that is none":       {"timeline: [{at: 1m, post: {source: am, body: {alerts: [7]}}, fired: []}]", "am rejects /alerts/0: an alert must be an object"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			report, text := results(t, theRules, "tests:\n  x:\n    "+c.test+"\n")
			f := report.Results[0].Failures
			if len(f) == 0 || f[len(f)-1].What != whatError || !strings.Contains(text, c.want) {
				t.Errorf("%s", text)
			}
		})
	}
}

// A test that never ends is ended.
func TestEndless(t *testing.T) {
	t.Parallel()
	suite, problems := suiteOf(t, "rules: {r: {if: severity >= 2, every: 1s, rearm: when_false, then: [note: again]}}", "tests: {x: {incident: {}, timeline: [{at: 52w, fired: []}]}}")
	if len(problems) > 0 || suite.tests[0].limit != maxDecisions {
		t.Fatal(problems)
	}
	suite.tests[0].limit = 500
	f := Run([]*Suite{suite}, Options{}).Results[0].Failures
	if len(f) != 1 || !strings.HasPrefix(f[0].Message, "more than 500 decisions") {
		t.Errorf("%+v", f)
	}
}

func TestAttempts(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 6, 1, 9, 0, 0, 0, time.UTC)
	fails := &ifsev.Failure{Text: "503"}
	for _, c := range []struct {
		name  string
		retry ifsev.Retry
		mock  mock
		at    time.Duration
		made  int
		fails bool
	}{
		{"succeeds", ifsev.Retry{}, mock{}, 0, 1, false},
		{"succeeds at the third", ifsev.Retry{Min: time.Second}, mock{failure: fails, times: 2}, 3 * time.Second, 3, false},
		{"waits no longer than max", ifsev.Retry{Min: time.Minute, Max: 2 * time.Minute}, mock{failure: fails, times: 4}, 7 * time.Minute, 5, false},
		{"attempts are used up", ifsev.Retry{Min: time.Minute, Attempts: 3}, mock{failure: fails}, 3 * time.Minute, 3, true},
		{"one attempt", ifsev.Retry{Attempts: 1}, mock{failure: fails}, 0, 1, true},
		{"the last is at the end", ifsev.Retry{Min: time.Minute, Max: time.Hour, MaxAge: 10 * time.Minute}, mock{failure: fails}, 10 * time.Minute, 5, true},
		{"the age of messages", ifsev.Retry{}, mock{failure: fails}, time.Hour, 21, true},
		{"for good", ifsev.Retry{}, mock{failure: &ifsev.Failure{Permanent: true}}, 0, 1, true},
		{"too many to reckon", ifsev.Retry{Min: time.Millisecond, Max: time.Millisecond, MaxAge: ifsev.Week}, mock{failure: fails}, ifsev.Week, maxAttempts + 1, true},
		{"max below min", ifsev.Retry{Min: time.Hour, Max: time.Minute}, mock{failure: fails, times: 1}, time.Minute, 2, false},
	} {
		at, made, failure := attempts(&ifsev.Delivery{CreatedAt: start, Retry: c.retry}, c.mock)
		if at.Sub(start) != c.at || made != c.made || (failure != nil) != c.fails {
			t.Errorf("%s: %s, %d attempts, %v", c.name, at.Sub(start), made, failure)
		}
	}
}

func TestFailureOf(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]ifsev.Failure{
		"503 unavailable": {Reason: ifsev.ReasonServer}, "429 slow down": {Reason: ifsev.ReasonRateLimited}, "408 timeout": {Reason: ifsev.ReasonServer},
		"404": {Reason: ifsev.ReasonClient, Permanent: true}, "301 moved": {Reason: ifsev.ReasonClient, Permanent: true},
		"401 who?": {Reason: ifsev.ReasonAuth, Permanent: true}, "reset": {Reason: ifsev.ReasonServer}, "": {Reason: ifsev.ReasonServer},
	} {
		if got := failureOf(text); got.Reason != want.Reason || got.Permanent != want.Permanent || got.Text != text {
			t.Errorf("%q: %+v", text, got)
		}
	}
}

// A rule in shadow fires and does nothing; a wait holds its steps up; one that skips does not begin again.
func TestShadowWaitAndMode(t *testing.T) {
	t.Parallel()
	passes(t, `
rules:
  quiet: {if: severity == 1, shadow: true, then: [page: bob]}
  slow:
    when: noted
    mode: skip
    then: [{page: alice}, {wait: 10m}, {page: bob}]
`, `
tests:
  shadow:
    incident: {severity: 1}
    timeline: [{at: 0s, fired: [quiet], actions: []}]
  wait:
    incident: {severity: 2}
    timeline:
      - {at: 1m, do: {note: a}, fired: [slow], all_actions: [page alice, wait 10m]}
      - {at: 5m, do: {note: b}, fired: [], actions: []}
      - {at: 10m59s, actions: []}
      - {at: 11m, fired: [], all_actions: [page bob]}
`)
}
