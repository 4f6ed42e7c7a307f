// Package faults puts real daemons with real stores through every fault that is promised against, under load, and
// counts: what was accepted and lost, skipped, doubled, out of order or early, and how long senders were kept waiting.
// `make faults` runs all of it and prints the table of promises with its figures; `make e2e` runs a shorter set.
//
// Nothing that counts is asserted by how long it took: latencies are printed, since the machine may be busy.
package faults
