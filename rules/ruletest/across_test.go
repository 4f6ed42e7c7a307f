package ruletest

import "testing"

const stormRules = `
rules:
  storm:
    when: declared
    window: {by: tags, last: 10m, count: 3}
    then:
      - id: parent
        declare: {severity: 2, title: "Storm: ${window.count} tagged ${window.key}", children: "${window.incidents}"}
      - note: "${steps.parent.name} ${steps.parent.created} since ${window.since}"
  child: {when: related, if: event.as == "parent", then: [note: "part of ${event.incident}"]}
`

func TestAWindowOverSeveralIncidents(t *testing.T) {
	t.Parallel()
	passes(t, stormRules, `
tests:
  three in ten minutes are a storm, once:
    incidents:
      a: {severity: 3, tags: [db, x]}
      b: {severity: 3, tags: [db], at: 4m}
      c: {severity: 3, tags: [db, x], at: 9m59s}
      d: {severity: 3, tags: [db], at: 12m}
    timeline:
      - {at: 9m58s, fired: []}
      - {at: 9m59s, fired: [storm, child, child, child], actions: ["declare Storm: 3 tagged db", "note INC-4 true since 2026-06-01T09:00:00Z"]}
      - {at: 9m59s, incident: INC-4, expect: {severity: 2, title: "Storm: 3 tagged db", number: 4}}
      - {at: 30m, fired: []}
  too far apart:
    incidents:
      a: {severity: 3, tags: [db]}
      b: {severity: 3, tags: [db], at: 4m}
      c: {severity: 3, tags: [db], at: 10m}
    timeline: [{at: 1h, fired: []}]
  again once the window has been empty:
    incidents:
      a: {severity: 3, tags: [db]}
      b: {severity: 3, tags: [db]}
      c: {severity: 3, tags: [db], at: 1s}
      d: {severity: 3, tags: [db], at: 15m}
      e: {severity: 3, tags: [db], at: 15m}
      f: {severity: 3, tags: [db], at: 16m}
    timeline:
      - {at: 2s, fired: [storm, child, child, child]}
      - {at: 1h, fired: [storm, child, child, child]}
`)
}

func TestBudgets(t *testing.T) {
	t.Parallel()
	passes(t, `
rules:
  told: {when: noted, if: event.by == "tester", budget: {firings: 2, in: 1h}, then: [page: bob]}
  all:
    when: tagged
    budget: {firings: 1, in: 10m, per: rule, digest: [{note: "held ${held.count} of ${held.incidents}"}, {page: alice}]}
    then: [page: bob]
  hooks:
    when: acknowledged
    budget: {deliveries: 1, in: 1h, per: target}
    then: [{webhook: {to: audit}}, {page: bob}, {webhook: {to: status}}]
`, `
tests:
  of an incident:
    only: told
    incident: {severity: 3}
    timeline:
      - {at: 1m, do: [{note: a}, {note: b}, {note: c}, {note: d}], fired: [told, told], actions: [page bob, page bob]}
      - {at: 1h, fired: []}
      - {at: 61m, fired: []}
      - {at: 62m, do: {note: e}, fired: [told], actions: [page bob]}
  of a rule:
    only: all
    incidents: {a: {severity: 3}, b: {severity: 3}}
    timeline:
      - {at: 1m, incident: a, do: {add_tags: [x]}, fired: [all], all_actions: [page bob]}
      - {at: 2m, incident: b, do: {add_tags: [x]}, fired: [], actions: []}
      - {at: 3m, incident: a, do: {add_tags: [y]}, fired: [], actions: []}
      - {at: 11m59s, fired: []}
      - {at: 12m, fired: [all], actions: ["note held 2 of", page alice]}
      - {at: 13m, incident: b, do: {add_tags: [z]}, fired: [all]}
  of deliveries:
    only: hooks
    incidents: {a: {severity: 3}, b: {severity: 3}}
    timeline:
      - {at: 1m, incident: a, do: {ack: bob}, fired: [hooks], all_actions: [webhook audit, page bob, webhook status]}
      - {at: 2m, incident: b, do: {ack: bob}, fired: [hooks], all_actions: []}
`)
}

func TestAScheduleOnceInAll(t *testing.T) {
	t.Parallel()
	passes(t, `
timezone: UTC
rules:
  report:
    when: {schedule: "0 9 * * *", each: false}
    if: severity <= 2
    then: [note: "${selected.count} open: ${join(selected.incidents, \", \")}"]
`, `
tests:
  the oldest speaks for all:
    start: 2026-06-01T08:00:00Z
    incidents: {minor: {severity: 3}, a: {severity: 1}, b: {severity: 2}}
    timeline:
      - {at: 1h, fired: []}
      - {at: 60m5s, fired: [report], actions: ["note 2 open: INC-2, INC-3"]}
      - {at: 24h, fired: []}
      - {at: 26h, fired: [report]}
`)
}

func TestRelate(t *testing.T) {
	t.Parallel()
	passes(t, `
rules:
  r: {when: noted, then: [{relate: {incident: "${event.text}", as: child}, on_error: [{add_tags: [refused]}]}]}
  failed: {when: action_failed, then: [{add_tags: ["${event.reason}"]}]}
`, `
tests:
  told to both:
    incidents: {a: {severity: 3}, b: {severity: 3}}
    timeline:
      - {at: 1m, incident: b, do: {note: INC-1}, expect: [parent == "", 'children == ["INC-1"]']}
      - {at: 2m, incident: a, fired: [], expect: [parent == "INC-2", 'children == []']}
  itself:
    incident: {severity: 3}
    timeline: [{at: 1m, do: {note: INC-1}, expect: {tags: [refused]}}]
  nobody:
    incident: {severity: 3}
    timeline: [{at: 1m, do: {note: INC-9}, fired: [r, failed], expect: {tags: [client]}}]
`)
}
