package ifsev

import "time"

// EventType names a kind of fact about an incident.
type EventType string

// The event types. A rule's `when` lists them; the timeline shows them.
const (
	Declared         EventType = "declared"          // number, title, severity, tags and the rest of a Declaration
	Updated          EventType = "updated"           // field, from, to: title, description, service, postmortem or fields.<name>
	SeverityChanged  EventType = "severity_changed"  // from, to: int
	StatusChanged    EventType = "status_changed"    // from, to: string; only for changes that have no type of their own
	Mitigated        EventType = "mitigated"         // from, to, reason
	Closed           EventType = "closed"            // from, to, reason
	Reopened         EventType = "reopened"          // from, to, reason
	Acknowledged     EventType = "acknowledged"      // by
	Tagged           EventType = "tagged"            // tags
	Untagged         EventType = "untagged"          // tags
	ResponderAdded   EventType = "responder_added"   // person
	ResponderRemoved EventType = "responder_removed" // person
	RoleAssigned     EventType = "role_assigned"     // role, from, to
	OncallAdded      EventType = "oncall_added"      // rotation, person
	Subscribed       EventType = "subscribed"        // person
	Noted            EventType = "noted"             // text
	Linked           EventType = "linked"            // url, title
	TaskAdded        EventType = "task_added"        // task, text, assignee
	TaskDone         EventType = "task_done"         // task
	AlertFiring      EventType = "alert"             // the fields of Alert
	AlertResolved    EventType = "alert_resolved"    // the fields of Alert
	Delivered        EventType = "delivered"         // delivery, action, destination, rule, firing, step, attempts, receipt
	ActionFailed     EventType = "action_failed"     // as Delivered, and error, reason
	RuleFired        EventType = "rule_fired"        // rule, firing, branch, ended (the IDs of the firings it ended)
	Related          EventType = "related"           // incident, as (parent, child, related: what the other is), mirrored (the other said so)
	WindowFilled     EventType = "window_filled"     // rule, key, count, incidents
	HeldBack         EventType = "held_back"         // rule, firing, by (budget), step (absent if all of the firing was)
	PlanCancelled    EventType = "plan_cancelled"    // rule, due (when it would have fired; absent if only steps were left), firings (how many unfinished ones ended)
)

// EventTypes lists every event type, in the order of the reference.
func EventTypes() []EventType {
	return []EventType{
		Declared, Updated, SeverityChanged, StatusChanged, Mitigated, Closed, Reopened, Acknowledged, Tagged, Untagged,
		ResponderAdded, ResponderRemoved, RoleAssigned, OncallAdded, Subscribed, Noted, Linked, TaskAdded, TaskDone,
		AlertFiring, AlertResolved, Delivered, ActionFailed, RuleFired, Related, WindowFilled, HeldBack, PlanCancelled,
	}
}

// Is reports whether an event of type t answers to the type a rule asked for: itself, or `status_changed` for each
// of the types that change the status.
func (t EventType) Is(want EventType) bool {
	if t == want {
		return true
	}
	return want == StatusChanged && (t == Mitigated || t == Closed || t == Reopened)
}

// ActorKind says what sort of actor did something.
type ActorKind string

// The kinds of actor.
const (
	PersonActor ActorKind = "person"
	SourceActor ActorKind = "source"
	RuleActor   ActorKind = "rule"
	SystemActor ActorKind = "system"
)

// Actor is who or what made an event happen.
type Actor struct {
	Kind ActorKind `json:"kind"`
	Name string    `json:"name"`
}

// MaxDepth is how many events may follow from one another before a chain of rules is ended.
const MaxDepth = 20

// Event is one fact about one incident; it never changes once it is recorded.
type Event struct {
	// Seq is its place in the incident's timeline, from 1, without gaps.
	Seq int64 `json:"seq"`
	// ID is unique within the incident; for what comes from outside it is the dedup key.
	ID   string    `json:"id"`
	Type EventType `json:"type"`
	// At is when it was decided, UTC.
	At    time.Time `json:"at"`
	Actor Actor     `json:"actor"`
	// Cause is the ID of the event that led to this one; empty for what came from outside.
	Cause string `json:"cause,omitempty"`
	// Depth counts the causes behind it: 0 for what came from outside.
	Depth int  `json:"depth"`
	Data  Data `json:"data,omitempty"`
}
