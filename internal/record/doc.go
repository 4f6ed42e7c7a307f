// Package record writes down what was recorded of incidents as JSON lines, and reads it again: what `ifsev export`
// prints and `ifsev backtest --from` and `ifsev import events` take.
//
//	{"ifsev": {"version": 2, "at": …, "since": …, "world": {…}}}          once, first
//	{"rules": {"epoch": 3, "at": …, "hash": …, "files": [{name, text}]}}   for each rule set that was in force; a set
//	                                                                       that came back has no files, they are above
//	{"incident": ID, "number": 42, "event": {…}}                           for each event, those of one incident together
//	                                                                       and in order of seq
//	{"incident": ID, "number": 42, "kept": {…}}                            after them: its document, its verdicts and its
//	                                                                       revisions; version 1 has none
//	{"end": {"incidents": 17, "events": 2311}}                             once, last: without it the text broke off
//
// There are no secrets in it: neither events nor rules hold any, and of the configuration it says only what rules are
// checked against. Of people it knows the names rules call them by, not how they are reached.
package record

import (
	"encoding/json"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules"
)

// Version is the version of the format that is written, and the newest that is read.
const Version = 2

// MediaType is what the text is called over HTTP.
const MediaType = "application/jsonl"

// Header is what the text begins with.
type Header struct {
	Version int `json:"version"`
	// At is when it was written. Incidents that were declared before Since are not in it; zero means that all are.
	At    time.Time `json:"at"`
	Since time.Time `json:"since,omitzero"`
	World World     `json:"world"`
}

// RuleSet is a rule set that was in force.
type RuleSet struct {
	Epoch int64 `json:"epoch"`
	// At is when it was taken into use; zero where that was not recorded.
	At   time.Time `json:"at,omitzero"`
	Hash string    `json:"hash"`
	// Files are what it was made of, Manifest the hash of each of its rules.
	Files    []rules.Source    `json:"files,omitempty"`
	Manifest map[string]string `json:"manifest,omitempty"`
}

// History is all that was recorded of one incident.
type History struct {
	ID     string
	Number int64
	// Events are in order of seq; Bodies are the same as they were committed, byte for byte.
	Events []ifsev.Event
	Bodies []json.RawMessage
	// Kept is what was kept beside them; nil in a record of version 1.
	Kept *Kept
}

// Kept is what a store keeps of an incident beside its events.
type Kept struct {
	// Rev is its revision, that of its last commit.
	Rev string `json:"rev"`
	// Bound means that its dedup key leads to it: no later incident has it.
	Bound bool `json:"bound,omitempty"`
	// Document is as it was committed, byte for byte.
	Document json.RawMessage `json:"document"`
	Commits  []Commit        `json:"commits"`
	// Verdicts are the last of each rule.
	Verdicts map[string]json.RawMessage `json:"verdicts,omitempty"`
}

// Commit is one link of the chain of revisions.
type Commit struct {
	Rev string `json:"rev"`
	// Doc is the hash of the document that was committed, Events how many events were with it.
	Doc    string `json:"doc"`
	Events int    `json:"events,omitempty"`
}

// End counts what was written.
type End struct {
	Incidents int `json:"incidents"`
	Events    int `json:"events"`
}

// line is one line: exactly one of Header, Rules, Event, Kept and End is set.
type line struct {
	Header   *Header         `json:"ifsev,omitempty"`
	Rules    *RuleSet        `json:"rules,omitempty"`
	Incident string          `json:"incident,omitempty"`
	Number   int64           `json:"number,omitempty"`
	Event    json.RawMessage `json:"event,omitempty"`
	Kept     *Kept           `json:"kept,omitempty"`
	End      *End            `json:"end,omitempty"`
}
