package ifsev

import "time"

// Document is all a store keeps of one incident and hands to the next decision: the incident, what each rule
// remembers about it, and the firings that are not finished.
type Document struct {
	Incident Incident `json:"incident"`
	// Rules holds a state for each rule that has anything to remember; a rule without one is false and has not fired.
	Rules map[string]RuleState `json:"rules,omitempty"`
	// Firings are the unfinished ones, oldest first.
	Firings []Firing `json:"firings,omitempty"`
	// Epoch is the rule set it was last decided under; 0 before the first decision.
	Epoch int64 `json:"epoch"`
	// DecidedAt is the instant up to which every deadline has been looked at.
	DecidedAt time.Time `json:"decided_at"`
	// Wake is the next instant at which anything about it can change by time alone; zero for never.
	Wake time.Time `json:"wake,omitzero"`
	// Group is set where this is no incident's document but a group's; of the rest only DecidedAt and Wake mean anything
	// then.
	Group *Group `json:"group,omitempty"`
}

// ID is the ID the document is kept under: the incident's, or the group's.
func (d *Document) ID() string {
	if d.Group != nil {
		return d.Group.ID
	}
	return d.Incident.ID
}

// RuleState is what a rule remembers about one incident.
type RuleState struct {
	// Holds is the condition's value at DecidedAt.
	Holds bool `json:"holds,omitempty"`
	// Since is the instant at which it became true; zero while false.
	Since time.Time `json:"since,omitzero"`
	// Fired counts the firings of `then` in the present arming; Rungs counts the rungs of `after` that have fired.
	Fired int `json:"fired,omitempty"`
	Rungs int `json:"rungs,omitempty"`
	// Repeat is when `then` was last due in the present arming; the next repetition is counted from it. Of a rule with a
	// schedule it is the last of its instants that was cancelled.
	Repeat time.Time `json:"repeat,omitzero"`
	// Spent means it does not fire again until it is armed again.
	Spent bool `json:"spent,omitempty"`
	// Cancelled means that it is spent because somebody cancelled what it had pending.
	Cancelled bool `json:"cancelled,omitempty"`
	// Owes means that it has fired and its steps for when the condition stops holding have not been begun since.
	Owes bool `json:"owes,omitempty"`
	// FiredAt is when it last fired, in any arming.
	FiredAt time.Time `json:"fired_at,omitzero"`
	// Episode is the incident's episode this state belongs to.
	Episode int `json:"episode,omitempty"`
	// Total counts all firings on this incident; it makes firing IDs unique.
	Total int `json:"total,omitempty"`
	// Held is what last held a firing back, and Error why it could not be evaluated; both empty when all was well.
	Held  string `json:"held,omitempty"`
	Error string `json:"error,omitempty"`
	// Said is a sum of its last recorded verdict, 0 for a plain false; Changes counts how often that changed.
	Said    uint32 `json:"said,omitempty"`
	Changes int    `json:"changes,omitempty"`
}

// Firing is a rule that fired, with how far its steps have come. It is kept until its last step is finished.
type Firing struct {
	// ID is the same however often the firing is decided.
	ID   string `json:"id"`
	Rule string `json:"rule"`
	// Epoch is the rule set whose steps it runs.
	Epoch int64 `json:"epoch"`
	// Branch says which steps: then, otherwise, or after followed by the rung, such as after[5m].
	Branch string `json:"branch"`
	// Step is the place of the step it is at; Fallback is set while that step's on_error runs, with its own place.
	Step     int       `json:"step"`
	Fallback *Fallback `json:"fallback,omitempty"`
	// Each is set while that step is done for each element of a list.
	Each *Each `json:"each,omitempty"`
	// Queued means that it has not begun: an earlier run of its rule is unfinished.
	Queued bool `json:"queued,omitempty"`
	// Delivery is the ID of the delivery it waits for; empty when it waits for none.
	Delivery string `json:"delivery,omitempty"`
	// Asking means that the delivery asks a budget: whether it may begin, if Begun is not set, else whether the step in
	// hand may be delivered.
	Asking bool `json:"asking,omitempty"`
	Begun  bool `json:"begun,omitempty"`
	// Granted means that the budget has granted the delivery of the step in hand.
	Granted bool `json:"granted,omitempty"`
	// Gathered is what a group told; nil where none did.
	Gathered *Gathered `json:"gathered,omitempty"`
	// Until is the instant its step waits for; zero when it waits for none.
	Until time.Time `json:"until,omitzero"`
	// Event is the event that made it fire; its Data is what `event.*` means in the steps.
	Event *Event `json:"event,omitempty"`
	// Outputs are those of finished steps, by step id.
	Outputs map[string]Data `json:"outputs,omitempty"`
	At      time.Time       `json:"at"`
	// AcceptedAt is when the event behind it was accepted from outside.
	AcceptedAt time.Time `json:"accepted_at"`
	// Cause and Depth are handed to the events its steps make.
	Cause string `json:"cause"`
	Depth int    `json:"depth"`
	// CauseSeq is the seq of the event Cause names, while it has not begun.
	CauseSeq int64 `json:"cause_seq,omitempty"`
}

// Fallback is the place within the on_error steps of a failed step.
type Fallback struct {
	Step  int    `json:"step"`
	Error string `json:"error"`
	Each  *Each  `json:"each,omitempty"`
}

// Each is how far a step that is done for each element of a list has come.
type Each struct {
	// Items are the elements as they were when the step began; there is at least one.
	Items List `json:"items"`
	// Index is the place of the element in hand.
	Index int `json:"index"`
}
