// Package engine is the loop: it takes what happens, decides what follows, writes it in one commit, and carries out
// what must reach the outside. It owns every goroutine below the HTTP server, the clock and the metric names.
//
//	Submit, SubmitAlerts ──► mailbox of the incident ──► Decide ──► Commit ──► answers
//	                              ▲      ▲                            │ outbox, wake
//	timekeeper: wakes due ────────┘      │                            ▼
//	courier: Claim ──► Performer ──► outcome (or Retry) ◄── destinations due
//
// One incident is decided by one goroutine at a time in this process (its mailbox); between processes the revision of
// the commit decides. Leases only say who polls.
//
// The package imports rules, actions and state, and never internal/api, cmd or a backend.
package engine
