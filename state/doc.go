// Package state is the contract between ifsev and where it keeps everything: the interfaces with their promises, the
// values that go in and out, and the revision chain. The backends (memstate, boltstate, redisstate) import this package
// and the root; statetest is the suite each of them passes. It never imports rules, triggers or actions.
//
// How data passes: an incident is loaded with its revision, decided elsewhere, and committed in one atomic write under
// the revision it was loaded with. Deliveries of that decision lie in lanes until they are claimed and settled, and
// the earliest deadline of each incident lies among the wakes until the incident is committed again.
//
//	Load ─► (decide) ─► Commit ─┬─► timeline, verdicts, document, summary
//	  ▲          conflict │     ├─► outbox lanes ─► Due ─► Claim ─► (perform) ─┬─► Retry
//	  └──────────────────-┘     └─► wake         ─► Due ─► (decide) ─► Commit  └─► Commit with a Settlement
package state
