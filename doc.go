// Package ifsev is the domain of an incident process: incidents, the events that change them, who is on call,
// what a rule decided and what must still be delivered.
//
// It holds types and pure functions only: no I/O, no clock, no randomness; everything it needs to know comes in as
// an argument. It imports the standard library and nothing else. Data passes through it in one direction:
//
//	Change or Alert ──► Events ──► Apply ──► Incident        (change.go, alert.go, apply.go)
//	Incident + rule state ──► Document, what a store keeps   (document.go)
//	a step to the outside ──► Delivery ──► Outcome           (delivery.go)
package ifsev
