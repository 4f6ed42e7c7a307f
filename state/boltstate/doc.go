// Package boltstate is the embedded store: one file under a directory, durable when a write is answered, for one
// process. It puts bbolt's tables under package kv, which holds the meaning, and imports nothing else of ifsev.
//
// Every write goes to one goroutine. While one transaction is being synced to disk, the writes that arrive wait, and
// all of them go into the next one; each is checked by itself, and one that fails does not harm the others:
//
//	Commit ─┐
//	Claim  ─┼─► ops ─► gather ─► one transaction ─► fsync ─► each is answered
//	Retry  ─┘            ▲                            │
//	                     └── what arrived meanwhile ──┘
package boltstate
