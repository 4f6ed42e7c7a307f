// Package analysis looks at a rule set as a whole: which rules set off which, whether they can do so for ever, and what
// can never happen though somebody wrote it down. It never says anything that is not so: an error has been seen to
// happen, a warning is what the conditions cannot rule out or cannot ever allow.
//
//	rules.Set ──► model: for each rule what it needs (facts), what it changes (effects)
//	                ├── graph     which rule can set off which, through what          graph.go, edges.go
//	                ├── loops     which can go on without end; tried out with Decide  loops.go, values.go, witness.go
//	                └── findings  never, twins, disputes, deadlines, steps
//
// It imports the rules and their language, and never a store, a sender or a source.
package analysis
