// Package kv is the store's promises written once over ordered tables of bytes: what a commit checks and writes, how
// deliveries move, what is due. memstate puts a map under it, boltstate a file; neither knows what the tables mean.
// It imports package state and the root, and no database.
//
// The tables, with their keys; a lane is (partition, destination, incident):
//
//	meta       name                                         counters, newest epochs
//	numbers    incident id                                  its number
//	byNumber   number                                       incident id
//	heads      incident id                                  revision, wake, length of the timeline
//	docs       incident id                                  the document as committed
//	keys       dedup key                                    incident id
//	pages      incident id, last seq, ordinal               one commit of a timeline
//	orphans    partition, ordinal                           entries about no incident
//	verdicts   incident id, rule                            its last verdict
//	summaries  number, highest first                        what lists show
//	marks      day, partition, hash of the inbound id       who took it
//	wakes      partition, instant, incident id
//	items      lane, ordinal                                a delivery; the first of a lane is its head
//	inLane     lane, delivery id                            its ordinal
//	due        partition, destination, instant, incident    the heads only: when it is due or its claim expires
//	dead       partition, delivery id                       a dead delivery and the lane it came from
//	letters    dead or not, action, created, ordinal        where the delivery is, for lists and counting
//	rulesets   epoch                                        hash and body
//	counts     what is counted                              how many
//
// A delivery's way through items and due:
//
//	enqueue ──► behind others (no due) ──► head (due) ──claim──► head (due when the claim expires) ──settle──► gone or dead
//	                                         ▲                     │
//	                                         └────── retry ────────┘
package kv
