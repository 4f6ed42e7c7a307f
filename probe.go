package ifsev

import (
	"crypto/sha256"
	"strconv"
	"time"
)

const (
	// GroupProbe is the kind of group by which ifsev measures the way of an event.
	GroupProbe GroupKind = "probe"
	// ActionProbe is the action of what a probe delivers to itself.
	ActionProbe = "ifsev.probe"
	// ProbeWake is how long after a probe was decided its wake comes.
	ProbeWake = time.Second
)

// Probe goes the way of every event: it is accepted, decided and committed, leaves a delivery in the outbox that is
// claimed and settled, and a wake. Nothing else comes of it: its document is no incident's, and nobody is told.
type Probe struct {
	// Round tells probes of one document apart.
	Round string `json:"round"`
}

// ProbeID is the ID of the document of the probes of a partition.
func ProbeID(p Partition) string {
	sum := sha256.Sum256([]byte(DerivedID("doc", "probe", strconv.Itoa(int(p)))))
	var uuid [16]byte
	copy(uuid[:], sum[:])
	uuid[6] = uuid[6]&0x0f | 0x80 // version 8: our own making
	uuid[8] = uuid[8]&0x3f | 0x80
	return NewIncidentID(uuid, p)
}

// Probe remembers a probe until its wake comes, and reports whether it is a new one.
func (g *Group) Probe(p *Probe, now time.Time) bool {
	g.Kind, g.Keep = GroupProbe, ProbeWake
	if g.has(p.Round) {
		return false
	}
	g.insert(Member{ID: p.Round, At: now})
	return true
}
