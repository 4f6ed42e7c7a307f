package ifsev

import (
	"crypto/sha256"
	"time"
)

// The actions of deliveries that no step names: by them one document of the store tells another something. Steps name
// ActionDeclare and ActionRelate themselves.
const (
	ActionJoin    = "ifsev.join"   // an incident to a group: this happened here
	ActionSpend   = "ifsev.spend"  // an incident to a group: may this be done?
	ActionTell    = "ifsev.tell"   // a group to an incident: so many have come together
	ActionRelate  = "ifsev.relate" // an incident to another: how it stands to it
	ActionDeclare = "declare"
)

// DestinationInward is the destination of all of them.
const DestinationInward = "ifsev"

// InwardRetry is how deliveries within the store are retried: nothing but the store itself can keep them from
// succeeding.
func InwardRetry() Retry { return Retry{Min: time.Second, Max: time.Minute, MaxAge: Week} }

// Inward is what a delivery says that stays within the store: it is for another incident, or for a group, and is
// decided there like anything that comes from outside. Exactly one of Join, Spend, Tell, Relate,
// Declare and Probe is set.
type Inward struct {
	// Group is the ID of the group that Join, Spend and Probe are for.
	Group string `json:"group,omitempty"`
	// Incident is the ID of the incident Tell is for, or the name of the one Relate is for, such as INC-4.
	Incident string `json:"incident,omitempty"`

	Join    *Join        `json:"join,omitempty"`
	Spend   *Spend       `json:"spend,omitempty"`
	Tell    *Gathered    `json:"tell,omitempty"`
	Relate  *Relation    `json:"relate,omitempty"`
	Declare *Declaration `json:"declare,omitempty"`
	// Probe measures the way, and is for the group alone.
	Probe *Probe `json:"probe,omitempty"`

	// Cause and Depth are those of the events it leads to.
	Cause string `json:"cause,omitempty"`
	Depth int    `json:"depth,omitempty"`
}

// IsInward reports whether the delivery stays within the store.
func (d *Delivery) IsInward() bool { return d.Inward != nil }

// Relations between incidents, as the one that keeps them sees the other.
const (
	RelatedParent = "parent"
	RelatedChild  = "child"
	RelatedTo     = "related"
)

// RelatedAs lists the ways incidents can be related.
func RelatedAs() []string { return []string{RelatedParent, RelatedChild, RelatedTo} }

// Relation is how another incident stands to the one that keeps it.
type Relation struct {
	// Incident is the other's name, such as INC-4.
	Incident string `json:"incident"`
	// As is what the other is: parent, child or related.
	As string `json:"as"`
}

// Mirror is the same relation as the other incident keeps it.
func (r Relation) Mirror(name string) Relation {
	switch r.As {
	case RelatedParent:
		return Relation{name, RelatedChild}
	case RelatedChild:
		return Relation{name, RelatedParent}
	}
	return Relation{name, RelatedTo}
}

// derivedUUID makes an incident-like ID out of what it is derived from, in the partition of these parts.
func derivedUUID(parts ...string) string {
	sum := sha256.Sum256([]byte(DerivedID("doc", parts...)))
	var uuid [16]byte
	copy(uuid[:], sum[:])
	uuid[6] = uuid[6]&0x0f | 0x80 // version 8: our own making
	uuid[8] = uuid[8]&0x3f | 0x80
	return NewIncidentID(uuid, Partition(sum[16]%Partitions))
}

// DeclaredID is the ID of the incident that a delivery declares: the same however often it is attempted.
func DeclaredID(delivery string) string { return derivedUUID("declared", delivery) }
