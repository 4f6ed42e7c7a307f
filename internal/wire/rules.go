package wire

import (
	"time"

	"github.com/ifsev/ifsev/internal/strictyaml"
)

// Explanation says for each rule why it did or did not fire on one incident.
type Explanation struct {
	Incident string `json:"incident"`
	Number   int64  `json:"number"`
	// At is the instant it was asked for.
	At    time.Time   `json:"at"`
	Rules []Explained `json:"rules"`
	Wake  time.Time   `json:"wake,omitzero"`
}

// Explained is what one rule says about an incident now, what it waits for, and what it last answered.
type Explained struct {
	Rule string `json:"rule"`
	// Verdict is true, false, error or held; absent of an event rule that has not been asked yet.
	Verdict string `json:"verdict,omitempty"`
	// HeldBy says what it waits for or what keeps it from firing: cooldown, limit, waiting, spent, baseline, cancelled,
	// silenced, shadow (it has said that it would have fired), mode (an earlier run was unfinished), window (it is counted,
	// or selected, with others) or budget (which is used up).
	HeldBy string `json:"held_by,omitempty"`
	// Reason is what people gave for silencing it.
	Reason string `json:"reason,omitempty"`
	// Shadow says that the rule performs nothing.
	Shadow bool   `json:"shadow,omitempty"`
	Error  string `json:"error,omitempty"`
	Atoms  []Atom `json:"atoms"`
	// ChangesAt is the next instant at which the condition changes by time alone; absent if it does not.
	ChangesAt time.Time `json:"changes_at,omitzero"`
	// Since is when the condition became true; absent while it is false, or where it held before the rule was loaded.
	Since time.Time `json:"since,omitzero"`
	// FiresAt is when the rule fires next, with which branch of its steps, if nothing but time changes.
	FiresAt time.Time `json:"fires_at,omitzero"`
	Branch  string    `json:"branch,omitempty"`
	// When lists the events an event rule waits for; Schedule is that of a rule that runs by one.
	When     []string `json:"when,omitempty"`
	Schedule string   `json:"schedule,omitempty"`
	Firings  []Firing `json:"firings"`
	// Recorded is the last answer that was worth recording: it fired, failed, was held back or changed.
	Recorded *Recorded `json:"recorded,omitempty"`
	// History are the last changes of its answer, at most 20, oldest first.
	History []Past `json:"history"`
}

// Past is one change of what a rule answers.
type Past struct {
	// Verdict is fired, true, false, error or held.
	Verdict string    `json:"verdict"`
	HeldBy  string    `json:"held_by,omitempty"`
	Reason  string    `json:"reason,omitempty"`
	At      time.Time `json:"at"`
	// Event is the seq of the event that was looked at; absent for the passing of time.
	Event  int64  `json:"event,omitempty"`
	Error  string `json:"error,omitempty"`
	Firing string `json:"firing,omitempty"`
}

// Recorded is an answer of a rule as it was given then.
type Recorded struct {
	// Verdict is fired, true, false, error or held.
	Verdict string    `json:"verdict"`
	HeldBy  string    `json:"held_by,omitempty"`
	Reason  string    `json:"reason,omitempty"`
	At      time.Time `json:"at"`
	// Event is the seq of the event that was looked at; absent for the passing of time.
	Event int64  `json:"event,omitempty"`
	Error string `json:"error,omitempty"`
	Atoms []Atom `json:"atoms"`
}

// Atom is one part of a condition with its value.
type Atom struct {
	Text  string `json:"text"`
	Value string `json:"value,omitempty"`
	// Evaluated is false for what was not looked at because the answer was known without it.
	Evaluated bool `json:"evaluated"`
}

// Firing is one time a rule fired on an incident, and the deliveries it led to.
type Firing struct {
	ID       string    `json:"id"`
	Incident string    `json:"incident"`
	Number   int64     `json:"number"`
	Rule     string    `json:"rule"`
	Branch   string    `json:"branch"`
	At       time.Time `json:"at"`
	// Done says that it has ended: its last step is finished, or it was cancelled or ended by a later run.
	Done bool `json:"done"`
	// Queued says that it has not begun, because an earlier run is unfinished; Until is when its step wait ends.
	Queued bool      `json:"queued,omitempty"`
	Until  time.Time `json:"until,omitzero"`
}

// Rule is a rule of the loaded set.
type Rule struct {
	Name        string   `json:"name"`
	Description string   `json:"description,omitempty"`
	Owner       string   `json:"owner,omitempty"`
	File        string   `json:"file"`
	Line        int      `json:"line"`
	Enabled     bool     `json:"enabled"`
	When        []string `json:"when,omitempty"`
	Schedule    string   `json:"schedule,omitempty"`
	If          string   `json:"if,omitempty"`
	For         string   `json:"for,omitempty"`
	Every       string   `json:"every,omitempty"`
	Max         int      `json:"max,omitempty"`
	Rearm       string   `json:"rearm,omitempty"`
	Cooldown    string   `json:"cooldown,omitempty"`
	Then        []string `json:"then,omitempty"`
	After       []Rung   `json:"after,omitempty"`
	Otherwise   []string `json:"otherwise,omitempty"`
	Mode        string   `json:"mode"`
	Backfill    bool     `json:"backfill,omitempty"`
	Shadow      bool     `json:"shadow,omitempty"`
	Hash        string   `json:"hash"`
	// Evaluations, Firings and Errors count since this process started.
	Evaluations uint64 `json:"evaluations"`
	Firings     uint64 `json:"firings"`
	Errors      uint64 `json:"errors"`
}

// Rung is one step of a ladder: what is done once the condition has held for Delay.
type Rung struct {
	Delay string   `json:"delay"`
	Steps []string `json:"steps"`
}

// RuleSet is the loaded set.
type RuleSet struct {
	Items []Rule `json:"items"`
	// Epoch numbers the set in the store; Hash tells sets apart.
	Epoch int64  `json:"epoch"`
	Hash  string `json:"hash"`
}

// Problem is one mistake in a rule file or the configuration.
type Problem = strictyaml.Problem

// Check is what is wrong with rules that were checked without loading them.
type Check struct {
	OK       bool      `json:"ok"`
	Rules    int       `json:"rules"`
	Errors   []Problem `json:"errors"`
	Warnings []Problem `json:"warnings"`
}

// Reload is what a reload changed.
type Reload struct {
	Epoch     int64    `json:"epoch"`
	Hash      string   `json:"hash"`
	Rules     int      `json:"rules"`
	Added     []string `json:"added"`
	Changed   []string `json:"changed"`
	Removed   []string `json:"removed"`
	Unchanged int      `json:"unchanged"`
	// Timers counts the pending deadlines that were kept.
	Timers   int       `json:"timers"`
	Warnings []Problem `json:"warnings"`
}
