// Package record writes down what was recorded of incidents as JSON lines, and reads it again: what `ifsev export`
// prints and `ifsev backtest --from` takes.
//
//	{"ifsev": {"version": 1, "at": …, "since": …, "world": {…}}}          once, first
//	{"rules": {"epoch": 3, "at": …, "hash": …, "files": [{name, text}]}}   for each rule set that was in force; a set
//	                                                                       that came back has no files, they are above
//	{"incident": ID, "number": 42, "event": {…}}                           for each event, those of one incident together
//	                                                                       and in order of seq
//	{"end": {"incidents": 17, "events": 2311}}                             once, last: without it the text broke off
//
// There are no secrets in it: neither events nor rules hold any, and of the configuration it says only what rules are
// checked against. Of people it knows the names rules call them by, not how they are reached.
package record

import (
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules"
)

// Version is the version of the format that is written, and the newest that is read.
const Version = 1

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
	// Files are what it was made of.
	Files []rules.Source `json:"files,omitempty"`
}

// History is all that was recorded of one incident.
type History struct {
	ID     string
	Number int64
	// Events are in order of seq.
	Events []ifsev.Event
}

// End counts what was written.
type End struct {
	Incidents int `json:"incidents"`
	Events    int `json:"events"`
}

// line is one line: exactly one of Header, Rules, Event and End is set.
type line struct {
	Header   *Header      `json:"ifsev,omitempty"`
	Rules    *RuleSet     `json:"rules,omitempty"`
	Incident string       `json:"incident,omitempty"`
	Number   int64        `json:"number,omitempty"`
	Event    *ifsev.Event `json:"event,omitempty"`
	End      *End         `json:"end,omitempty"`
}
