package rules

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Of each rule and incident the last verdict is kept, and the last MaxHistory changes of it. The changes lie in a ring:
// each takes the place of the one that was made MaxHistory changes before it, so that keeping one costs one write and
// nothing has to be read first. Which place is next is part of what the rule remembers.

const (
	// MaxHistory is how many changes of its verdict are kept of each rule on each incident.
	MaxHistory = 20
	// maxPastText bounds the texts of a change, in bytes.
	maxPastText = 300
)

// Past is one change of a rule's verdict on an incident: what it said from then on.
type Past struct {
	Kind VerdictKind `json:"verdict"`
	Held Held        `json:"held_by,omitempty"`
	At   time.Time   `json:"at"`
	// Event is the seq of the event that was looked at, 0 for the passing of time.
	Event  int64  `json:"event,omitempty"`
	Error  string `json:"error,omitempty"`
	Reason string `json:"reason,omitempty"`
	Firing string `json:"firing,omitempty"`
	// N counts the changes of the rule's verdict on the incident, from 0.
	N int `json:"n"`
}

// Key is the key it is kept under, beside the rule's name, which is that of its last verdict.
func (p *Past) Key(rule string) string {
	return rule + pastKeyMark + strconv.Itoa(p.N%MaxHistory)
}

// pastKeyMark stands between a rule and a place; no rule's name has one.
const pastKeyMark = "#"

// CutPastKey answers the rule whose change is kept under a key; false where the key is the name of a rule.
func CutPastKey(key string) (rule string, ok bool) {
	rule, _, ok = strings.Cut(key, pastKeyMark)
	return rule, ok
}

// keepPast adds a verdict to its history if the rule says something new with it. Each firing is new.
func (d *decider) keepPast(v *Verdict) {
	p := Past{Kind: v.Kind, Held: v.Held, At: v.At, Event: v.Event, Error: short(v.Error), Reason: short(v.Reason), Firing: v.Firing}
	st := d.doc.Rules[v.Rule]
	said := p.said()
	if said == st.Said && v.Kind != VerdictFired {
		return
	}
	p.N = st.Changes
	st.Said, st.Changes, st.Episode = said, st.Changes+1, d.doc.Incident.Episode
	d.doc.Rules[v.Rule] = st
	if v.History = append(v.History, p); len(v.History) > MaxHistory { // no more than will be kept, however much is caught up with
		v.History = v.History[1:]
	}
}

// said tells what is said apart from what else might be; 0 is what a rule says that has nothing to remember: false.
func (p *Past) said() uint32 {
	if p.Kind == VerdictFalse && p.Held == HeldNot && p.Reason == "" {
		return 0
	}
	h := fnv.New32a()
	_, _ = fmt.Fprintf(h, "%s\n%s\n%s\n%s", p.Kind, p.Held, p.Error, p.Reason)
	return max(1, h.Sum32())
}

func short(text string) string {
	if len(text) <= maxPastText {
		return text
	}
	end := maxPastText
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}

// Record takes a verdict of a decision into the recorded ones, as a store keeps them.
func Record(recorded map[string]Verdict, v Verdict) {
	if !v.Noteworthy {
		return
	}
	kept := map[string]Past{}
	for _, p := range slices.Concat(recorded[v.Rule].History, v.History) {
		kept[p.Key(v.Rule)] = p
	}
	v.History = slices.SortedFunc(maps.Values(kept), Past.Compare)
	recorded[v.Rule] = v
}

// Compare puts changes of one rule's verdict in the order in which they were made. A rule that was taken away for a
// while counts from 0 again.
func (p Past) Compare(q Past) int { return cmp.Or(p.At.Compare(q.At), cmp.Compare(p.N, q.N)) }
