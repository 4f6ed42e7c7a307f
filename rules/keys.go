package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ifsev/ifsev/internal/strictyaml"
)

// key is one key of a file, a rule or a step: what the reader takes, the schema says and the reference shows.
type key struct {
	Name, Doc string
}

// fileKeys are the top-level keys of a rule file.
func fileKeys() []key {
	return []key{
		{"timezone", "The time zone of the file's hours and days, such as Europe/Berlin; without it that of the configuration."},
		{"calendars", "Business hours by name, for business_hours() and its kin; known in every file of the rule set."},
		{"define", "Named conditions, usable in every expression of the rule set."},
		{"rules", "The rules, by name."},
		{"use", "The packs that are used, each under a name: {pack, with}. Their rules are called NAME.RULE."},
		{"silences", "What holds rules back for a time: a list of {if, until, reason, rules}."},
	}
}

// ruleKeys are the keys of a rule, in the order of the reference.
func ruleKeys() []key {
	return []key{
		{"if", "The condition: one expression, or a list of which all must hold."},
		{"when", "One event type or a list, or {schedule: \"0 9 * * mon-fri\"}. Without it the rule watches the incident's state and fires when `if` becomes true; with it the rule fires on each such event for which `if` holds, or at those times on each active incident for which it holds."},
		{"for", "How long `if` must have stayed true."},
		{"then", "The steps, in order."},
		{"after", "A ladder: durations, each with its own steps, counted from when `if` (and `for`) became true. All rungs end when it turns false."},
		{"otherwise", "The steps for when `if` stops holding after the rule has fired, by a change or by time; once each time."},
		{"every", "Fire again each interval while `if` is true."},
		{"max", "How often it fires at most with `every`."},
		{"rearm", "When it may fire again: episode (the default: once until the incident is reopened), when_false (each time `if` becomes true: to be reopened is not enough), never (once ever)."},
		{"window", "Fire once enough events have come together, on whatever incidents: {by, last, count}; once, until the window has been empty. For rules with `when`."},
		{"budget", "How often it fires, or how much it delivers, at most within a time: {firings: 5, in: 1h, per: rule}; what is beyond is held back and told once."},
		{"cooldown", "The least time between two firings on one incident; the repetitions of `every` and the rungs of `after` go on while `if` holds."},
		{"backfill", "true also fires for incidents for which `if` already holds when the rule is loaded; without it a rule counts from when it was loaded."},
		{"mode", "What a firing does while an earlier run of the rule on the incident is unfinished: queue (the default: it begins when that is finished), skip (its steps are not done), restart (the earlier run ends where it stands)."},
		{"shadow", "true evaluates, records and counts what the rule would have done, and performs nothing."},
		{"description", "What the rule is for."},
		{"owner", "Whose rule it is."},
		{"labels", "Words for people and searches, by name."},
		{"runbook", "Where to read what to do."},
		{"enabled", "false takes the rule out of service; it is still checked."},
	}
}

// windowKeys are the keys of `window`.
func windowKeys() []key {
	return []key{
		{"by", "What the events share: an expression that gives a text or a list of texts, such as tags, service or fields.region. Without it all of them come together."},
		{"last", "The time within which they must come."},
		{"count", "How many there must be, 2 to 1000."},
	}
}

// budgetKeys are the keys of `budget`.
func budgetKeys() []key {
	return []key{
		{"firings", "How many firings there are at most."},
		{"deliveries", "How many outside steps are delivered at most; the others are left out."},
		{"in", "The time in which they are counted; it slides."},
		{"per", "What is counted by itself: incident (the default), rule (all incidents together), or target (with deliveries: each destination, all incidents together)."},
		{"digest", "Steps that tell, once the time is over, what was held back: `held.count`, `held.incidents`, `held.since`. Without it a note in the timeline tells it."},
	}
}

// whenKeys are the keys of `when` where it is no event type.
func whenKeys() []key {
	return []key{
		{"schedule", "When the rule runs: minute, hour, day of the month, month and weekday, as in cron, on the clocks of the file's time zone."},
		{"each", "false runs the rule once in all, on the oldest of the incidents it selects, five seconds later: its steps read selected.count and selected.incidents. Without it the rule runs on each of them."}}
}

// stepKeys are the keys of a step beside its action.
func stepKeys() []key {
	return []key{
		{"id", "The name under which later steps find its outputs: steps.<id>.<output>."},
		{"each", "The step is done for each element of this list, in order: an expression; `item` and `index` are known in the step. At most 100."},
		{"if", "The step is done only if this expression is true then."},
		{"retry", "How it is attempted again: {min, max, max_age, attempts}."},
		{"timeout", "The deadline of one attempt."},
		{"on_error", "Steps for when it has failed for good."},
		{"text", "The action's text, written beside it."},
		{"continue", "true goes on with the next step even if this one has failed."},
	}
}

func retryKeys() []key {
	return []key{
		{"min", "The shortest wait between two attempts."},
		{"max", "The longest wait between two attempts."},
		{"max_age", "How long after the firing it is given up."},
		{"attempts", "How many attempts there are at most."},
	}
}

func keyNames(keys []key) []string {
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.Name
	}
	return names
}

// The words people know from other tools, and what they are here.
func fileKeyHints() map[string]string {
	return map[string]string{
		"automations": "write rules", "tests": "a file of tests is called NAME_test.yaml and run by `ifsev test`", "uses": "write use", "packs": "write use", "import": "write use", "include": "write use", "includes": "write use", "inputs": "a file with inputs begins with pack: NAME", "silence": "write silences", "mute": "write silences", "mutes": "write silences", "maintenance": "write silences", "rule": "write rules", "groups": "write rules", "tz": "write timezone", "time_zone": "write timezone",
		"calendar": "write calendars", "business_hours": "write calendars", "schedules": "write calendars", "holidays": "write them in a calendar: calendars: {office: {holidays: […]}}",
		"defines": "write define", "definitions": "write define", "conditions": "write define", "vars": "write define",
	}
}

func ruleKeyHints() map[string]string {
	return map[string]string{
		"on": "write `when` for an event; YAML itself reads `on` as true in other tools", "true": "write `when` for an event",
		"trigger": "write `when` for an event, `if` for a condition", "triggers": "write `when` for events, `if` for a condition",
		"event": "write `when`", "events": "write `when`", "schedule": "write when: {schedule: \"0 9 * * mon-fri\"}", "cron": "write when: {schedule: \"0 9 * * mon-fri\"}", "condition": "write `if`", "conditions": "write `if`", "where": "write `if`",
		"unless": "write `if: not (…)`", "do": "write `then`", "action": "write `then` with a list of steps", "actions": "write `then`",
		"steps": "write `then`", "else": "write `otherwise` for when `if` stops holding, or a second rule with `if: not (…)`", "repeat": "write `every`", "interval": "write `every`",
		"limit": "write `max`", "throttle": "write `cooldown`", "disabled": "write `enabled: false`", "concurrency": "write `mode`", "parallel": "write `mode`", "dry_run": "write `shadow: true`", "dryrun": "write `shadow: true`", "test": "write `shadow: true`", "retroactive": "write `backfill: true`", "catchup": "write `backfill: true`", "name": "the rule's name is its key under rules",
		"define": "`define` stands at the top of a file, beside rules", "wait": "write `for`", "delay": "write `for`, or `after` with a ladder",
		"escalate": "write `after` with a ladder of durations", "annotations": "write `description`, `labels` or `runbook`",
	}
}

func stepKeyHints() map[string]string {
	return map[string]string{
		"when": "write `if`", "name": "write `id`", "with": "write the arguments under the action", "uses": "write the action itself as the key",
		"retries": "write `retry: {attempts: …}`", "continue_on_error": "write `continue: true`", "continue-on-error": "write `continue: true`",
		"on_failure": "write `on_error`", "sleep": "the action is wait: 10m", "delay": "the action is wait: 10m", "pause": "the action is wait: 10m", "for_each": "write `each`", "foreach": "write `each`", "with_items": "write `each`", "loop": "write `each`", "catch": "write `on_error`", "fallback": "write `on_error`",
	}
}

// unknownKeys reports the keys that were not taken: with what they are called here where other tools have such a key,
// else with the nearest of the keys there are.
func (l *loader) unknownKeys(o *strictyaml.Object, what string, keys []key, hints map[string]string) {
	for i, p := range o.Rest() {
		if i == maxProblems {
			return
		}
		hint := keyHint(p.Key.Raw(), keys, hints)
		l.errors.Add(p.Key.Problem(fmt.Sprintf("%s has no key %q", what, p.Key.Raw()), hint))
	}
}

func keyHint(name string, keys []key, hints map[string]string) string {
	if hint, ok := hints[name]; ok {
		return hint
	}
	return nearestOf(name, keyNames(keys))
}

// meant reports whether a rule has one of these keys, or an unknown one that is reported as meaning it: then it is not
// missing.
func meant(o *strictyaml.Object, names ...string) bool {
	for _, p := range o.Node().Pairs() {
		written := p.Key.Raw()
		if slices.Contains(names, written) {
			return true
		}
		if slices.Contains(keyNames(ruleKeys()), written) {
			continue
		}
		hint := keyHint(written, ruleKeys(), ruleKeyHints())
		for _, name := range names {
			if strings.Contains(hint, "`"+name+"`") || hint == "did you mean "+name+"?" {
				return true
			}
		}
	}
	return false
}
