package ruletest

import (
	"slices"

	"github.com/ifsev/ifsev/internal/strictyaml"
)

// key is one key of a test file: what is read, what the schema says and the page shows.
type key struct{ name, doc string }

// testKeys are the keys of a test.
func testKeys() []key {
	return []key{
		{"start", "The instant the test begins at, such as 2026-03-27T09:00:00+01:00; without an offset in the time zone of the configuration. The default is 2026-06-01T09:00:00Z, a Monday."},
		{"only", "The rules in force, by name; without it all of the files the tests are about."},
		{"incident", "The incident that is declared at the start: title, severity, tags and the other words of a declaration."},
		{"incidents", "Several incidents by name; `at` says when each is declared."},
		{"mock", "How deliveries end, by action (webhook), by destination (webhook:status, page:secondary) or by step (RULE/STEP). What is not mocked succeeds."},
		{"timeline", "What happens and what is expected, in the order of time."},
	}
}

// incidentKeys are the words of a declaration.
func incidentKeys() []key {
	return []key{
		{"title", "What is wrong, in one line."}, {"description", "What is wrong, at length."},
		{"severity", "1 (the worst) to 5; 3 where it is not given."}, {"tags", "Its tags."}, {"key", "The dedup key."},
		{"service", "The service concerned."}, {"source", "The tool that opened it."}, {"fields", "Custom fields by name."},
		{"commander", "Who commands."}, {"subscribers", "Who wants to be told."},
		{"by", "Who declares it."}, {"at", "How long after the start it is declared."},
	}
}

// mockKeys are the keys of a mock.
func mockKeys() []key {
	return []key{
		{"error", "What the receiver says; it is attempted again as the step's retry says, unless the text begins with a status such as 404 that is not worth it."},
		{"permanent", "true gives it up at the first error, false never before its time; without it the status at the beginning of the error decides."},
		{"reason", "The reason of the failure, as metrics and action_failed have it."},
		{"times", "How many attempts fail before one succeeds; without it all do."},
		{"outputs", "What the receiver answers, as steps.<id> shows it."},
	}
}

// lineKeys are the keys of an entry of the timeline.
func lineKeys() []key {
	return []key{
		{"at", "How long after the start; all that falls due until then happens first."},
		{"incident", "The incident that is meant, by name or number such as INC-2; needed where there are several."},
		{"do", "What somebody does: ack, or any action inside the incident, such as {set: {severity: 1}, by: bob}."},
		{"post", "What a tool posts: {source, file} or {source, body}, read as the daemon would."},
		{"fired", "Exactly the rules that fired since the entry before, in any order; a rule that fired twice stands here twice."},
		{"actions", "Actions that were performed since the entry before, others besides; an empty list means none at all."},
		{"all_actions", "Exactly the actions that were performed since the entry before, in any order."},
		{"expect", "What the incident is like now: fields and their values, or conditions that hold."},
	}
}

// postKeys are the keys of post.
func postKeys() []key {
	return []key{
		{"source", "The source of the configuration it is posted to."}, {"file", "The file with the payload, relative to the test file."},
		{"body", "The payload itself, as YAML or as text."}, {"headers", "Headers of the request."},
	}
}

func keyNames(keys []key) []string {
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.name
	}
	return names
}

// keyHints says what the words of other tools are here.
func keyHints() map[string]string {
	return map[string]string{
		"when": "write at", "after": "write at", "time": "write at", "input": "write incident, post or do", "steps": "write timeline",
		"then": "write fired and actions", "fires": "write fired", "mocks": "write mock", "sev": "write severity", "events": "write timeline", "name": "the name of a test is its key",
		"set": "write do: {set: {…}}", "ack": "write do: {ack: NAME}", "note": "write do: {note: …}", "close": "write do: {close: …}",
		"acknowledged": "declare it, then do: {ack: NAME} at 0s", "status": "declare it, then do: {set: {status: …}} at 0s",
		"responders": "declare it, then do: {add_responders: …} at 0s", "oncalls": "declare it, then do: {add_oncall: …} at 0s",
		"alerts": "post them: timeline: [{at: 0s, post: {source: …, file: …}}]", "owner": "declare it, then do: {assign: {role: owner, to: …}} at 0s",
	}
}

// done reports the keys that are none of these.
func (r *reader) done(o *strictyaml.Object, what string, keys []key) {
	names := keyNames(keys)
	for _, p := range o.Rest() {
		name := p.Key.Raw()
		if slices.Contains(names, name) {
			continue
		}
		hint, known := keyHints()[name]
		if near, ok := strictyaml.Nearest(name, names); ok && !known {
			hint = "did you mean " + near + "?"
		} else if !known {
			hint = "it may be " + orList(names)
		}
		r.Add(p.Key.Problem(what+" has no key "+quoted(name), hint))
	}
}

// Keys lists every key of a test file, at whatever level.
func Keys() []string {
	var names []string
	for _, keys := range [][]key{fileKeys(), testKeys(), incidentKeys(), mockKeys(), lineKeys(), postKeys()} {
		names = append(names, keyNames(keys)...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
