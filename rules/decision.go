package rules

import (
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules/lang"
)

// Input is what a decision is made of.
type Input struct {
	// Document is what is kept of the incident; its zero value for one that is about to be declared.
	Document ifsev.Document
	// Submissions are decided in order, together.
	Submissions []Submission
	// Now is the instant of the decision; it never lies before the document's DecidedAt (Decide sees to it).
	Now time.Time
	// Previous is the manifest of the set the document was last decided under; nil if it is not known.
	Previous map[string]string
	// SetAt answers an older set by epoch, for firings that began under it; nil if it cannot be had.
	SetAt func(epoch int64) *Set
	// Rival names the incident that is active under the document's key in its place: while there is one, this one is not
	// reopened. Empty where there is none, or where nobody has looked.
	Rival string
	// Watcher is told what is looked at and done on the way; nil if nobody wants to know. It changes nothing.
	Watcher Watcher
}

// Submission is one thing to be decided: exactly one of Change, Alert, Outcome and Inward is set; none of them means
// that only time has passed.
type Submission struct {
	// ID identifies it; events made of it carry IDs derived from it. Required unless only time has passed.
	ID     string
	Actor  ifsev.Actor
	Change *ifsev.Change
	Alert  *ifsev.Alert
	// Repeat means that this report of the alert was taken before: it tells only that the alert is still what it was.
	Repeat  bool
	Outcome *ifsev.Outcome
	// Inward is what another document of the store tells this one.
	Inward *ifsev.Inward
	// Cause and Depth are those of the events that a Change from another incident makes.
	Cause string
	Depth int
	// IncidentID and Number are those of the incident to be declared, should this be the first of its events.
	IncidentID string
	Number     int64
	// AcceptedAt is when it was accepted from outside.
	AcceptedAt time.Time
	// TraceParent is handed to the deliveries it leads to.
	TraceParent string
}

// Decision is everything that follows from an input, to be written as a whole.
type Decision struct {
	Document ifsev.Document
	// Events are new in the timeline, in order.
	Events []ifsev.Event
	// Verdicts hold one for each rule looked at, the last if it was looked at several times; Noteworthy says which
	// must be recorded.
	Verdicts []Verdict
	// Deliveries are to be put in the outbox, in order.
	Deliveries []ifsev.Delivery
	// Replies answer the submissions, one for each.
	Replies []Reply
	// Evaluations and Suppressed count, by rule; Fired likewise.
	Counts map[string]*Counts
}

// Counts is what metrics want to know of one rule in one decision.
type Counts struct {
	Evaluations, Firings, Errors int
	Suppressed                   map[Held]int
}

// Reply answers one submission.
type Reply struct {
	// Alert is what became of an alert.
	Alert ifsev.AlertResultKind
	// Err says why a change was refused; nothing of it was done.
	Err error
	// Changed says whether it made any event.
	Changed bool
	// Outputs is what whoever asked may go on with; nil where nobody did.
	Outputs ifsev.Data
}

// VerdictKind is the answer of a rule.
type VerdictKind string

// The verdicts.
const (
	VerdictFired VerdictKind = "fired"
	VerdictTrue  VerdictKind = "true" // it holds, and has fired or waits for its time
	VerdictFalse VerdictKind = "false"
	VerdictHeld  VerdictKind = "held"
	VerdictError VerdictKind = "error"
)

// Held says what held a firing back.
type Held string

// What can hold a firing back.
const (
	HeldNot      Held = ""
	HeldCooldown Held = "cooldown"
	HeldLimit    Held = "limit"    // max firings, or the depth of the chain
	HeldWaiting  Held = "waiting"  // for, after or every: not yet
	HeldSpent    Held = "spent"    // it has fired and is not armed again
	HeldBaseline Held = "baseline" // it already held when the rule was loaded
	HeldShadow   Held = "shadow"   // the rule only says what it would do
	HeldSilenced Held = "silenced" // a silence holds it back
	HeldMode     Held = "mode"     // an earlier run is unfinished, and the rule says skip
	HeldWindow   Held = "window"   // it was counted; it fires once enough have come together
	HeldBudget   Held = "budget"   // its budget is used up
	// HeldCancelled: somebody cancelled what it had pending, and it is not armed again.
	HeldCancelled Held = "cancelled"
)

// SuppressedBy lists what Counts.Suppressed counts by.
func SuppressedBy() []Held {
	return []Held{HeldCooldown, HeldLimit, HeldShadow, HeldSilenced, HeldMode, HeldBudget}
}

// Verdict is the recorded answer of one rule to one event or instant.
type Verdict struct {
	Rule string      `json:"rule"`
	Kind VerdictKind `json:"verdict"`
	Held Held        `json:"held_by,omitempty"`
	// At is the instant of the verdict; Event is the seq of the event that was looked at, 0 for the passing of time.
	At    time.Time `json:"at"`
	Event int64     `json:"event,omitempty"`
	Error string    `json:"error,omitempty"`
	// Reason is what people gave for holding it back.
	Reason string `json:"reason,omitempty"`
	// ChangesAt is the next instant at which the rule's answer can change by time alone; zero if it cannot.
	ChangesAt time.Time `json:"changes_at,omitzero"`
	// Firing is the firing's ID, if it fired and was not held back by shadow.
	Firing string `json:"firing,omitempty"`
	// Atoms are the parts of the condition with their values; taken when the verdict is recorded.
	Atoms []lang.Atom `json:"atoms,omitempty"`
	// History are the changes of what the rule says, in order: in a Decision those that were made by it, of a recorded
	// verdict the last MaxHistory, this one among them.
	History []Past `json:"-"`
	// Noteworthy verdicts are recorded: it fired, failed, was held back, or changed.
	Noteworthy bool `json:"-"`
}
