package ruletest

import (
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/strictyaml"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/rules/lang"
	"github.com/ifsev/ifsev/triggers"
)

// Suite is a test file that was read against its rules and its world. It does not change, and is safe for concurrent use.
type Suite struct {
	// File is the name of the test file.
	File  string
	set   *rules.Set
	world *World
	tests []*test
}

// Names lists the tests, in the order of the file.
func (s *Suite) Names() []string {
	names := make([]string, len(s.tests))
	for i, t := range s.tests {
		names[i] = t.name
	}
	return names
}

// test is one test.
type test struct {
	name string
	line int
	// set holds the rules in force.
	set       *rules.Set
	start     time.Time
	incidents []declaration
	mocks     mocks
	timeline  []entry
	// limit is after how many decisions it is given up.
	limit int
}

// declaration is an incident that somebody declares.
type declaration struct {
	name string
	at   time.Duration
	by   string
	what ifsev.Declaration
}

// entry is one entry of the timeline.
type entry struct {
	line     int
	at       time.Duration
	incident string
	acts     []act
	post     *post
	// fired, actions and all are nil where nothing is said about them.
	fired   *[]string
	actions *[]wanted
	all     *[]wanted
	fields  []expected
	// holds is a condition that must hold, and said how it is written.
	holds *lang.Condition
	said  string
}

// act is what somebody does; exactly one of act, ack and taskDone says what.
type act struct {
	by       string
	act      *rules.Act
	ack      bool
	taskDone string
}

// post is what a tool posts.
type post struct {
	source  string
	decoder triggers.Decoder
	request triggers.Request
}

// expected is a field of the incident with the value it must have.
type expected struct {
	name string
	want any
}

// Read reads the tests of a file against the rules they are about, and the world. payload reads a file that a test
// posts, relative to the test file. With any problem the suite is nil.
func (f *File) Read(set *rules.Set, w *World, payload func(path string) ([]byte, error)) (*Suite, strictyaml.Problems) {
	r := &reader{set: set, world: w, outside: set.Reader(), kinds: w.kinds(), payload: payload}
	s := &Suite{File: f.Name, set: set, world: w}
	for _, p := range f.tests.Object(&r.Problems).Rest() {
		s.tests = append(s.tests, r.test(p))
	}
	r.Add(r.outside.Problems()...)
	r.Sort()
	if len(r.Problems) > 0 {
		return nil, r.Problems
	}
	return s, nil
}
