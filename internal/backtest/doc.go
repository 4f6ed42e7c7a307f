// Package backtest decides what was recorded of incidents again, in virtual time, with other rules, and says which
// firings there would have been in addition and which no longer. It performs nothing.
//
//	record.History ─► inputs    what came from outside, with its instant: requests, alerts, how deliveries ended
//	               ─► replay    by the rules that were in force then ─┐
//	               └► replay    by the candidate                     ─┴─► compare ─► Report
//
// Both are played by the same Decide and the same clock that is never late, so a difference comes of the rules alone.
// What a rule did then is not played: it is decided anew. A delivery that was really made ends as it did; one that was
// not counts as delivered at once.
//
// Where rules look across incidents, a stage plays all of them together: what one tells another, or a group, is decided at
// once, in the order of time.
package backtest
