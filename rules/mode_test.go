package rules

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/ifsev/ifsev"
)

const answersNotes = `
rules:
  r:
    when: noted
    if: event.actor.kind == "person"
    mode: %s
    then: [{webhook: {to: hook, json: "${event.text}"}}, {add_tags: ["${event.text}"]}, {page: alice}]
`

// notes starts a rule three times while its first delivery has not ended.
func notes(t *testing.T, mode string) (*story, []Decision) {
	t.Helper()
	s := tell(t, fmt.Sprintf(answersNotes, mode)).declare(ifsev.Declaration{Title: "x"})
	var all []Decision
	for _, text := range []string{"a", "b", "c"} {
		s.change(ifsev.Change{Note: text})
		all = append(all, s.last)
	}
	return s, all
}

func sent(d Decision) []any {
	var texts []any
	for _, dl := range d.Deliveries {
		texts = append(texts, dl.Args["json"])
	}
	return texts
}

func success(d Decision) ifsev.Delivery { return d.Deliveries[0] }

func TestQueuedFiringsBeginInOrder(t *testing.T) {
	t.Parallel()
	s, decisions := notes(t, "queue")
	s.saw("0s r", "0s webhook hook", "0s r", "0s r")
	if len(s.doc.Firings) != 3 || s.doc.Firings[0].Queued || !s.doc.Firings[1].Queued || !s.doc.Firings[2].Queued || s.doc.Firings[1].Delivery != "" {
		t.Errorf("%+v", s.doc.Firings)
	}
	// A restart in between changes nothing: the document says whose turn it is.
	s.until("1m").outcome(success(decisions[0]), &ifsev.Receipt{}, nil).saw("1m page alice") // still the first
	s.until("2m").outcome(success(s.last), &ifsev.Receipt{}, nil).saw("2m webhook hook")
	if got := sent(s.last); !slices.Equal(got, []any{"b"}) || s.last.Deliveries[0].CreatedAt != s.now || s.last.Deliveries[0].AcceptedAt != storyStart {
		t.Errorf("%+v", s.last.Deliveries)
	}
	// A run that fails is finished too.
	s.until("3m").outcome(success(s.last), nil, &ifsev.Failure{Text: "no", Reason: ifsev.ReasonClient}).saw("3m failed r", "3m webhook hook")
	s.outcome(success(s.last), &ifsev.Receipt{}, nil).outcome(success(s.last), &ifsev.Receipt{}, nil)
	if len(s.doc.Firings) != 0 || !slices.Equal(s.doc.Incident.Tags, []string{"a", "c"}) {
		t.Errorf("%v %+v", s.doc.Incident.Tags, s.doc.Firings)
	}
}

func TestSkippedFiringsAreTold(t *testing.T) {
	t.Parallel()
	s, decisions := notes(t, "skip")
	s.saw("0s r", "0s webhook hook")
	v := verdictOf(t, decisions[1], "r")
	if v.Kind != VerdictHeld || v.Held != HeldMode || !v.Noteworthy || decisions[1].Counts["r"].Suppressed[HeldMode] != 1 || decisions[1].Counts["r"].Firings != 0 {
		t.Errorf("%+v %+v", v, decisions[1].Counts["r"])
	}
	s.outcome(success(decisions[0]), &ifsev.Receipt{}, nil).outcome(success(s.last), &ifsev.Receipt{}, nil).saw("0s page alice")
	s.change(ifsev.Change{Note: "d"}).saw("0s r", "0s webhook hook")
}

func TestRestartEndsTheEarlierRun(t *testing.T) {
	t.Parallel()
	s, decisions := notes(t, "restart")
	s.saw("0s r", "0s webhook hook", "0s r", "0s webhook hook", "0s r", "0s webhook hook")
	if len(s.doc.Firings) != 1 {
		t.Errorf("%+v", s.doc.Firings)
	}
	fired := func(d Decision) ifsev.Event {
		return d.Events[slices.IndexFunc(d.Events, func(ev ifsev.Event) bool { return ev.Type == ifsev.RuleFired })]
	}
	first, second := fired(decisions[0]), fired(decisions[1])
	if got := second.Data.Strings("ended"); !slices.Equal(got, []string{first.Data.String("firing")}) || first.Data["ended"] != nil {
		t.Errorf("%v", got)
	}
	// Its delivery cannot be called back: the outcome is recorded and leads nowhere.
	s.outcome(success(decisions[0]), &ifsev.Receipt{}, nil).saw()
	if ev := s.last.Events[0]; ev.Type != ifsev.Delivered || len(s.last.Deliveries) != 0 || len(s.doc.Incident.Tags) != 0 {
		t.Errorf("%+v", s.last.Events)
	}
	s.outcome(success(decisions[2]), &ifsev.Receipt{}, nil).saw("0s page alice")
}

// The rungs of a ladder do not wait for one another: a page nobody takes must not hold up the next person's. otherwise
// waits for all of them.
func TestRungsDoNotQueue(t *testing.T) {
	t.Parallel()
	const ladder = `
rules:
  l:
    if: not acknowledged
    mode: %s
    then: [{page: alice}]
    after: {5m: [page: bob], 10m: [page: carol]}
    otherwise: [{note: taken}, {page: alice}]
`
	for _, mode := range []string{"queue", "skip"} {
		s := tell(t, fmt.Sprintf(ladder, mode)).declare(ifsev.Declaration{Title: "x"}).until("11m")
		s.saw("0s l", "0s page alice", "5m l after[5m]", "5m page bob", "10m l after[10m]", "10m page carol")
		s.change(ifsev.Change{Acknowledge: "alice"}).saw("11m l otherwise")
		if len(s.doc.Firings) != 4 {
			t.Fatalf("%s: %+v", mode, s.doc.Firings)
		}
		for _, f := range s.doc.Firings[:3] {
			s.saw().outcome(ifsev.Delivery{ID: f.Delivery, Firing: f.ID, Rule: f.Rule}, &ifsev.Receipt{}, nil)
		}
		s.saw("11m page alice")
	}
	s := tell(t, fmt.Sprintf(ladder, "restart")).declare(ifsev.Declaration{Title: "x"}).until("6m").change(ifsev.Change{Acknowledge: "alice"})
	s.saw("0s l", "0s page alice", "5m l after[5m]", "5m page bob", "6m l otherwise", "6m page alice")
	if len(s.doc.Firings) != 1 {
		t.Errorf("%+v", s.doc.Firings)
	}
}

// Repetitions queue, also over a reload: what began under an older set is finished under it, then the newer begins.
func TestRepetitionsQueueOverAReload(t *testing.T) {
	t.Parallel()
	const nag = "rules:\n  nag: {if: status == \"open\", every: 10m, max: 3, then: [{page: %s}]}\n"
	s := tell(t, fmt.Sprintf(nag, "alice")).declare(ifsev.Declaration{Title: "x"}).until("11m").saw("0s nag", "0s page alice", "10m nag")
	first := s.doc.Firings[0]
	s.use(fmt.Sprintf(nag, "bob"))
	s.until("15m").decide()
	s.until("25m").saw("20m nag")
	s.outcome(ifsev.Delivery{ID: first.Delivery, Firing: first.ID}, &ifsev.Receipt{}, nil).saw("25m page alice")
	s.outcome(success(s.last), &ifsev.Receipt{}, nil).saw("25m page bob")
	s.outcome(success(s.last), &ifsev.Receipt{}, nil).saw()
	if len(s.doc.Firings) != 0 {
		t.Errorf("%+v", s.doc.Firings)
	}
}

// Other rules, and other incidents, are never waited for.
func TestOnlyTheSameRuleQueues(t *testing.T) {
	t.Parallel()
	s := tell(t, `
rules:
  a: {when: noted, then: [{page: alice}]}
  b: {when: noted, then: [{page: bob}]}
`).declare(ifsev.Declaration{Title: "x"}).change(ifsev.Change{Note: "n"}).saw("0s a", "0s b", "0s page alice", "0s page bob")
	s.change(cancel("a")).change(ifsev.Change{Note: "m"}).saw("0s a", "0s b", "0s page alice")
	if at := s.doc.Firings; len(at) != 3 || at[2].AcceptedAt.After(s.now.Add(time.Second)) {
		t.Errorf("%+v", at)
	}
}
