package rules

import (
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules/calendar"
	"github.com/ifsev/ifsev/rules/lang"
)

// Source is one rule file.
type Source struct {
	// Name is what errors call it.
	Name string `json:"name"`
	Text string `json:"text"`
}

// World is what a rule set is checked against and runs in. It does not change once a set is made of it.
type World struct {
	// Actions are the kinds that lead outside; the inside ones are the package's own.
	Actions     []ifsev.ActionSpec
	Connections []ifsev.Connection
	Directory   *ifsev.Directory
	Severities  ifsev.Severities
	// Fields are the custom fields an incident may have.
	Fields []ifsev.FieldSpec
	// Calendars are those of the configuration, known in every file beside its own.
	Calendars map[string]*calendar.Calendar
	// Zone is the time zone where a file names none.
	Zone *time.Location
	// URL is where the daemon can be reached by people; links are made of it.
	URL string
}

// Set is a checked and compiled rule set. It does not change, and is safe for concurrent use.
type Set struct {
	// Hash tells sets apart: the same files under the same configuration have the same hash.
	Hash string
	// FilesHash is the hash without the silences that were added while a daemon ran.
	FilesHash string
	// Epoch is the set's number in the store; 0 until the store has given it one.
	Epoch int64
	// Rules are the enabled ones, in the order of files and of their place in them.
	Rules []*Rule
	// Disabled are those with enabled: false, for people to see.
	Disabled []*Rule
	// Silences hold rules back, in the order of files.
	Silences []Silence
	World    World

	byName map[string]*Rule
	places map[string]int // of the enabled rules in Rules
	reads  *readIndex
	needs  *needIndex
	// lookAtAll has every rule looked at whatever it reads; for the test that holds the two against each other.
	lookAtAll bool
	words     *vocabulary
	files     []Source
	packs     int
	// scope knows the defines of all files, in the time zone of the world.
	scope *lang.Scope
}

// Rule is one rule, compiled.
type Rule struct {
	Name, Description, Owner string
	// Runbook and Labels are for people alone.
	Runbook string
	Labels  map[string]string
	// File and Line say where it is written; of a rule of a pack, in the pack.
	File string
	Line int
	// Use, when not nil, says where the pack is used that it is a rule of.
	Use *Use
	// Hash changes when anything about the rule changes that matters to deciding.
	Hash string
	// When lists the event types of an event rule; empty for a rule that watches the state.
	When []ifsev.EventType
	// Schedule, when not nil, says when the rule runs, by itself, on each active incident.
	Schedule *Schedule
	// Roll has the schedule run once in all, on one of the incidents it selects, and not on each.
	Roll bool
	// Window, when not nil, has an event rule fire once enough events have come together.
	Window *Window
	// Budget, when not nil, bounds how often it fires or how much it delivers.
	Budget *Budget
	// If is the condition; nil means true (only for event rules).
	If    *lang.Condition
	For   time.Duration
	Then  []Step
	After []Rung
	// Otherwise are the steps for when the condition stops holding after the rule has fired.
	Otherwise []Step
	Every     time.Duration
	Max       int
	Rearm     Rearm
	// Backfill rules also fire for what already held when they were loaded.
	Backfill bool
	Mode     Mode
	// Shadow rules say what they would do, and do nothing.
	Shadow   bool
	Cooldown time.Duration
}

// Rearm says when a state rule that has fired may fire again.
type Rearm string

// The ways to arm a rule again.
const (
	RearmEpisode   Rearm = "episode"    // when the incident is reopened
	RearmWhenFalse Rearm = "when_false" // when its condition has become false
	RearmNever     Rearm = "never"
)

// Rung is one step of a ladder: what is done once the condition has held for Delay.
type Rung struct {
	Delay time.Duration
	Steps []Step
}

// Step is one action of a rule, compiled.
type Step struct {
	// ID is the user's, or empty; Place is where it stands, such as then[0] or after[5m][1].on_error[0].
	ID, Place string
	Spec      *ifsev.ActionSpec
	Args      Args
	// If, when not nil, decides whether the step is done at all.
	If *lang.Expression
	// Each, when not nil, gives the list for each element of which the step is done, in order.
	Each     *lang.Expression
	Retry    ifsev.Retry
	Timeout  time.Duration
	OnError  []Step
	Continue bool
	Line     int
}

// Rule answers the enabled rule of that name, or nil.
func (s *Set) Rule(name string) *Rule { return s.byName[name] }

// Manifest is the hash of each enabled rule by name: what a later set needs to know which rules are new.
func (s *Set) Manifest() map[string]string {
	m := make(map[string]string, len(s.Rules))
	for _, r := range s.Rules {
		m[r.Name] = r.Hash
	}
	return m
}

// steps answers the steps of a branch as Firing.Branch names it; nil if the rule has no such branch.
func (r *Rule) steps(branch string) []Step {
	switch branch {
	case branchThen:
		return r.Then
	case branchOtherwise:
		return r.Otherwise
	case branchDigest:
		return r.Budget.digest()
	}
	for _, g := range r.After {
		if branch == g.branch() {
			return g.Steps
		}
	}
	return nil
}

// ruleOf answers the rule of a firing; nil where the set, or the rule in it, cannot be had any more.
func (s *Set) ruleOf(f *ifsev.Firing) *Rule {
	if s == nil {
		return nil
	}
	return s.Rule(f.Rule)
}

const branchThen = "then"

func (g *Rung) branch() string { return "after[" + ifsev.FormatDuration(g.Delay) + "]" }
