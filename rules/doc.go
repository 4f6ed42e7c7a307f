// Package rules turns rule files into a checked set, and decides with it: what a change or an instant means for an
// incident. Deciding is pure: everything comes in as arguments, nothing is read from a clock, a file or the network.
//
//	files ──► Load ──► Set ──► Decide(document, changes, now) ──► Decision: document', events, verdicts, deliveries, wake
//
// The expression language is in rules/lang, which alone imports expr. The package never imports triggers, actions or
// state.
package rules
