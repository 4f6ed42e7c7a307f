package sim

// across are rules that concern several incidents. The check knows them by name, so each must mean the same in every
// set it is in.
var across = []string{
	`
  burst:
    when: noted
    window: {last: 15s, count: 3}
    then:
      - webhook: {to: status, json: {notes: "${window.count}", of: "${window.incidents}"}}
`, `
  storm:
    when: declared
    window: {by: tags, last: 40s, count: 2}
    then:
      - id: parent
        declare: {severity: 2, title: "storm of ${window.key}", key: "storm-${window.key}", children: "${window.incidents}"}
      - note: "part of ${steps.parent.name}, ${steps.parent.created}"
`, `
  service:
    when: [acknowledged, severity_changed]
    window: {by: service, last: 50s, count: 2}
    then: [page: bob]
`, `
  thrifty:
    when: severity_changed
    budget: {firings: 1, in: 40s, digest: [{webhook: {to: status, json: {held: "${held.count}"}}}]}
    then: [{webhook: {to: slow, json: {severity: "${severity}"}}}]
`, `
  frugal:
    when: tagged
    mode: queue
    budget: {firings: 2, in: 30s, per: rule}
    then: [{page: bob}, {webhook: {to: status, json: {}}}]
`, `
  sparing:
    when: noted
    mode: queue
    budget: {deliveries: 2, in: 25s, per: target, digest: [{webhook: {to: status, json: {held: "${held.count}"}}}]}
    then:
      - page: alice
      - webhook: {to: slow, json: {}}
        if: status == "open"
      - page: bob
`, `
  careful:
    if: severity <= 2
    rearm: when_false
    budget: {firings: 1, in: 20s, per: rule, digest: [page: bob]}
    after: {10s: [page: alice]}
    then: [page: bob]
    otherwise: [{webhook: {to: status, json: {better: true}}}]
`, `
  report:
    when: {schedule: "1,3 0 1 1 *", each: false}
    if: status == "open"
    then: [{webhook: {to: status, json: {open: "${selected.incidents}"}}}]
`, `
  split:
    when: tagged
    if: service == "shop"
    cooldown: 20s
    then:
      - id: child
        declare: {title: "a part of INC-${number}", parent: "INC-${number}", related: [INC-1]}
        continue: true
      - webhook: {to: status, json: {child: "${steps.child.name}"}}
`, `
  kin:
    when: acknowledged
    then:
      - {relate: {incident: INC-1, as: parent}, continue: true}
      - {relate: INC-2, continue: true}
      - {relate: {incident: INC-99, as: child}, continue: true}
`,
}

// sparing is the rule whose deliveries have a budget.
const sparing = "sparing"

// cancelled are rules whose plans people cancel.
var cancelled = []string{"ladder", "nag", "waits", "careful", "frugal", "sparing", "report", "cron", "r0", "r1"}
