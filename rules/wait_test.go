package rules

import (
	"strings"
	"testing"
	"time"

	"github.com/ifsev/ifsev"
)

const waits = `
rules:
  asks:
    if: severity == 1
    then:
      - page: alice
      - wait: 10m
      - page: bob
        if: not acknowledged
      - note: "waited, ${open_for}"
`

func TestWait(t *testing.T) {
	t.Parallel()
	s := tell(t, waits).declare(ifsev.Declaration{Title: "x", Severity: 1}).saw("0s asks", "0s page alice")
	// It begins when the step before it is done.
	s.until("1m").outcome(s.last.Deliveries[0], &ifsev.Receipt{}, nil).saw()
	if f := s.doc.Firings[0]; !f.Until.Equal(storyStart.Add(11*time.Minute)) || f.Delivery != "" || !s.doc.Wake.Equal(f.Until) {
		t.Errorf("%+v, wake %v", f, s.doc.Wake)
	}
	s.until("10m59s").change(sev(3)).saw() // what happens meanwhile does not end it
	s.until("12m").saw("11m page bob")
	if dl := s.last.Deliveries[0]; !dl.AcceptedAt.Equal(storyStart.Add(11 * time.Minute)) {
		t.Errorf("due since %v", dl.AcceptedAt)
	}
	if s.doc.Firings[0].Until != (time.Time{}) || !s.doc.Wake.IsZero() {
		t.Errorf("%+v", s.doc)
	}
}

// A stop in the middle, or a reload, changes nothing; what follows is done as of the instant it was due.
func TestWaitSurvives(t *testing.T) {
	t.Parallel()
	s := tell(t, waits).delivering().declare(ifsev.Declaration{Title: "x", Severity: 1}).saw("0s asks", "0s page alice")
	s.use(nothingYet)
	s.until("5m").decide()
	s.skip("3h").decide()
	s.saw("3h page bob")
	if at := s.last.Deliveries[0].AcceptedAt.Sub(storyStart); at != 10*time.Minute {
		t.Errorf("it was due at %v", at)
	}
}

func TestWaitSeesTheIncidentAsItIsThen(t *testing.T) {
	t.Parallel()
	s := tell(t, `
rules:
  r:
    if: severity == 1
    then: [{wait: "${severity == 1 ? 20m : 1h}"}, {note: "${open_for}"}, {wait: 40m}, {note: "${open_for}"}]
`).declare(ifsev.Declaration{Title: "x", Severity: 1})
	s.skip("5h").decide()
	var notes []string
	for _, ev := range s.last.Events {
		notes = append(notes, ev.Data.String("text"))
	}
	if got := strings.Join(notes, " "); got != "20m 1h" {
		t.Errorf("noted %q", got)
	}
	if len(s.doc.Firings) != 0 {
		t.Errorf("%+v", s.doc.Firings)
	}
}

// In on_error, with nothing to wait for, and beyond what may be.
func TestWaitInOtherPlaces(t *testing.T) {
	t.Parallel()
	s := tell(t, `
rules:
  fails:
    when: declared
    then:
      - assign: {role: owner, to: commander}
        continue: true
        on_error: [{wait: 5m}, {page: alice}]
      - page: bob
  none: {when: declared, then: [{wait: "${until(declared_at)}"}, {page: carol}]}
  ever: {when: declared, then: [{wait: "${open_for + 20000h}"}, {page: carol}]}
`).delivering().declare(ifsev.Declaration{Title: "x"}).saw("0s fails", "0s failed fails", "0s none", "0s ever", "0s failed ever", "0s page carol")
	s.until("1h").saw("5m page alice", "5m page bob")
}

// A run that waits is unfinished.
func TestWaitAndMode(t *testing.T) {
	t.Parallel()
	s := tell(t, `
rules:
  r: {when: noted, if: 'event.actor.kind == "person"', mode: restart, then: [{wait: 10m}, {page: alice}]}
`).declare(ifsev.Declaration{Title: "x"}).change(ifsev.Change{Note: "a"}).until("8m").change(ifsev.Change{Note: "b"})
	s.until("1h").saw("0s r", "8m r", "18m page alice")
	s.change(ifsev.Change{Note: "c"}).until("65m").change(cancel("r")).until("3h").saw("1h r")
}

func TestWaitIsPlanned(t *testing.T) {
	t.Parallel()
	s := tell(t, waits).delivering().declare(ifsev.Declaration{Title: "x", Severity: 1}).until("1m")
	wantLines(t, s.plan(20), "10m asks: page bob; note waited, 10m")
}
