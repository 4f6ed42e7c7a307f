// Package sim runs whole replicas of ifsev in a simulated world and looks whether what is promised holds. It is made
// for tests.
//
// The engine's own code runs, not a model of it. Everything that the engine does at the same time takes turns here: a
// scheduler says who goes on, each time somebody waits, asks the store or calls a receiver. Which of them goes on, what
// goes wrong, how long anything takes and what is drawn by lot all comes of one seed, and time is virtual; so a seed
// that fails fails again, step by step.
//
//	seed ─► world: rules, senders, receivers, replicas with clocks that are wrong
//	          │  director: crashes, restarts, reloads, lost leases; times of more and of less trouble
//	          ▼
//	        scheduler ── turns ──► engine ─► port (faults, delays) ─► memstate
//	          │                                   │
//	          │                                 watch: what was committed, handed out, performed
//	          ▼
//	        trouble ends, the world comes to rest ─► check
//
// What incidents tell each other and groups, and groups them, is seen on its way too: what a window counts is reckoned
// anew, and what a budget grants, holds back and tells must come out even.
//
// Run must be called in a bubble of testing/synctest: that is where the virtual clock is.
package sim
