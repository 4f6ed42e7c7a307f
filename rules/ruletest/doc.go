// Package ruletest runs the tests people write for their rules: the same Decide as in the daemon, in virtual time.
//
//	NAME_test.yaml ─► Open   which rules and configuration it is about
//	               ─► Read   its tests, checked against the set and the world: every mistake at its place
//	Suites         ─► Run    each test by itself, in parallel ─► Report, in the order of the files
//
// Nothing sleeps and nothing is sent: time jumps from wake to wake, and each delivery ends as the test's mocks say. The
// package reads no files and no clock; whoever calls it brings the texts, the world and a way to read payloads.
package ruletest
