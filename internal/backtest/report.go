package backtest

import (
	"time"

	"github.com/ifsev/ifsev/internal/record"
)

// Basis says what a candidate is held against.
type Basis string

// What a candidate can be held against.
const (
	BasisReplayed Basis = "replayed" // what the rules of then decide, played again in the same way
	BasisRecorded Basis = "recorded" // the firings in the record, because the rules of then are not known or do not load
)

// Report is what a backtest found.
type Report struct {
	Incidents int `json:"incidents"`
	Events    int `json:"events"`
	// From and To are the first and the last recorded instant; absent where there is none.
	From  time.Time `json:"from,omitzero"`
	To    time.Time `json:"to,omitzero"`
	Basis Basis     `json:"basis"`
	// Rules are those of the candidate in their order, then those it does not have.
	Rules []*RuleDiff `json:"rules"`
	// Imagined counts the candidate's deliveries that were never really made, and count as delivered at once.
	Imagined int `json:"imagined"`
	// Unexplained are recorded firings that the rules of then do not make again, and those they make that are not in the
	// record: a daemon that was down, or another configuration. They are in neither side of the comparison.
	Unexplained []Unexplained `json:"unexplained,omitempty"`
	// Ignored counts events of kinds that are not known here.
	Ignored int `json:"ignored,omitempty"`
}

// RuleDiff is how often one rule fired before and after, and where the two differ.
type RuleDiff struct {
	Rule   string `json:"rule"`
	Before int    `json:"before"`
	After  int    `json:"after"`
	// Added fire in addition, Gone no longer.
	Added []Firing `json:"added,omitempty"`
	Gone  []Firing `json:"gone,omitempty"`
	// Moved fire at another instant, and Changed at the same do something else.
	Moved   []Moved `json:"moved,omitempty"`
	Changed []Moved `json:"changed,omitempty"`
}

// Empty reports whether the rule fires as before.
func (d *RuleDiff) Empty() bool {
	return len(d.Added) == 0 && len(d.Gone) == 0 && len(d.Moved) == 0 && len(d.Changed) == 0
}

// Empty reports whether nothing differs.
func (r *Report) Empty() bool {
	for _, d := range r.Rules {
		if !d.Empty() {
			return false
		}
	}
	return true
}

// Firing is a rule that fires on an incident.
type Firing struct {
	Incident string `json:"incident"`
	Number   int64  `json:"number"`
	// Imagined says that the incident never was: it is one that rules declare.
	Imagined bool      `json:"imagined,omitempty"`
	Rule     string    `json:"rule"`
	Branch   string    `json:"branch"`
	At       time.Time `json:"at"`
	// Actions are its steps in words, as far as they are done; unknown where only the record tells of it.
	Actions []string `json:"actions,omitempty"`
}

// Moved is a firing as it was and as it would be.
type Moved struct {
	Before Firing `json:"before"`
	After  Firing `json:"after"`
}

// Unexplained is a firing that is in the record alone, or that the rules of then make alone.
type Unexplained struct {
	Firing
	// Recorded says that it is the record which has it.
	Recorded bool `json:"recorded"`
}

// count notes an incident that was played.
func (r *Report) count(h *record.History, ignored, imagined int) {
	r.Incidents++
	r.Events += len(h.Events)
	r.Ignored += ignored
	r.Imagined += imagined
	for i := range h.Events {
		at := h.Events[i].At
		if r.From.IsZero() || at.Before(r.From) {
			r.From = at
		}
		if at.After(r.To) {
			r.To = at
		}
	}
}
