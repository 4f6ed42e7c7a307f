package rules

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/ifsev/ifsev"
)

// story is one incident going through decisions in virtual time, as the engine would make them.
type story struct {
	t    *testing.T
	set  *Set
	sets map[int64]*Set
	doc  ifsev.Document
	now  time.Time
	log  []string // what fired and was delivered since it was last read, each with the time since the start
	last Decision
	ids  int
	n    int // decisions
	// delivers means that every delivery succeeds at once; else none ends but by outcome.
	delivers bool
}

var storyStart = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func tell(t *testing.T, text string) *story {
	t.Helper()
	s := &story{t: t, now: storyStart, sets: map[int64]*Set{}}
	s.use(text)
	return s
}

// use takes a rule set over, as a reload does.
func (s *story) use(text string) {
	s.t.Helper()
	w := storyWorld()
	set, problems, _ := Load([]Source{{Name: "story.yaml", Text: text}}, w)
	if len(problems) > 0 {
		s.t.Fatal(problems)
	}
	set.Epoch = int64(len(s.sets) + 1)
	s.sets[set.Epoch] = set
	s.set = set
}

func storyWorld() World {
	day := func(people ...string) ifsev.Rotation {
		return ifsev.Rotation{People: people, Start: storyStart.Add(-time.Hour), Every: ifsev.Day}
	}
	return World{
		Actions: []ifsev.ActionSpec{
			{Kind: "page", Short: "to", Args: []ifsev.FieldSpec{
				{Name: "to", Type: ifsev.TypeString, Required: true, Names: ifsev.NamesTarget}, {Name: "text", Type: ifsev.TypeString},
			}},
			{Kind: "webhook", Short: "to", Connection: "webhook", Args: []ifsev.FieldSpec{
				{Name: "to", Type: ifsev.TypeString, Names: ifsev.NamesConnection}, {Name: "json", Type: ifsev.TypeAny},
			}, Outputs: []ifsev.FieldSpec{{Name: "status", Type: ifsev.TypeInt}, {Name: "body", Type: ifsev.TypeString}}},
		},
		Connections: []ifsev.Connection{{Name: "hook", Kind: "webhook"}},
		Directory: &ifsev.Directory{
			People:    map[string]ifsev.Person{"alice": {}, "bob": {}, "carol": {}},
			Rotations: map[string]ifsev.Rotation{"database": day("alice", "bob"), "secondary": day("bob"), "manager": day("carol")},
			Roles:     []string{"commander", "owner"},
		},
		Severities: ifsev.DefaultSeverities(), Fields: []ifsev.FieldSpec{{Name: "issue", Type: ifsev.TypeString}}, Zone: time.UTC,
	}
}

// decide makes one decision now and remembers what came of it.
func (s *story) decide(subs ...Submission) Decision {
	s.t.Helper()
	in := Input{Document: s.doc, Submissions: subs, Now: s.now, SetAt: func(e int64) *Set { return s.sets[e] }}
	if old := s.sets[s.doc.Epoch]; old != nil {
		in.Previous = old.Manifest()
	}
	d := s.set.Decide(in)
	if s.n++; s.n%8 != 1 {
		// Once in a while is enough to see that deciding again gives the same.
	} else if again := s.set.Decide(in); asJSON(s.t, again) != asJSON(s.t, d) {
		s.t.Fatalf("the same input decided twice differs:\n%s\n%s", asJSON(s.t, d), asJSON(s.t, again))
	}
	s.doc = throughJSON(s.t, d.Document)
	for _, ev := range d.Events {
		switch ev.Type {
		case ifsev.RuleFired:
			s.note(ev.Data.String("rule") + branchSuffix(ev.Data.String("branch")))
		case ifsev.ActionFailed:
			s.note("failed " + ev.Data.String("rule"))
		}
	}
	for _, dl := range d.Deliveries {
		s.note(dl.Action + " " + dl.Args.String("to"))
	}
	if s.delivers {
		for _, dl := range d.Deliveries {
			s.outcome(dl, &ifsev.Receipt{}, nil)
		}
	}
	s.last = d
	return d
}

func (s *story) delivering() *story {
	s.delivers = true
	return s
}

func branchSuffix(branch string) string {
	if branch == branchThen {
		return ""
	}
	return " " + branch
}

// verdictOf answers what a rule said in a decision.
func verdictOf(t *testing.T, d Decision, rule string) Verdict {
	t.Helper()
	for _, v := range d.Verdicts {
		if v.Rule == rule {
			return v
		}
	}
	t.Fatalf("no verdict of %s", rule)
	return Verdict{}
}

func (s *story) note(what string) {
	s.log = append(s.log, ifsev.FormatDuration(s.now.Sub(storyStart))+" "+what)
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// throughJSON is what a store does to a document.
func throughJSON(t *testing.T, doc ifsev.Document) ifsev.Document {
	t.Helper()
	var out ifsev.Document
	if err := json.Unmarshal([]byte(asJSON(t, doc)), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// until lets the time pass up to an instant after the start, deciding at every wake on the way.
func (s *story) until(offset string) *story {
	s.t.Helper()
	d, err := ifsev.ParseDuration(offset)
	if err != nil {
		s.t.Fatal(err)
	}
	end := storyStart.Add(d)
	for range 100_000 {
		if s.doc.Wake.IsZero() || s.doc.Wake.After(end) {
			s.now = end
			return s
		}
		if !s.doc.Wake.After(s.doc.DecidedAt) {
			s.t.Fatalf("the wake %v does not lie after the decision %v", s.doc.Wake, s.doc.DecidedAt)
		}
		s.now = s.doc.Wake
		s.decide()
	}
	s.t.Fatal("too many wakes")
	return s
}

// skip is a daemon that is down: time passes and nothing is decided.
func (s *story) skip(offset string) *story {
	s.t.Helper()
	d, err := ifsev.ParseDuration(offset)
	if err != nil {
		s.t.Fatal(err)
	}
	s.now = storyStart.Add(d)
	return s
}

func (s *story) id() string { s.ids++; return fmt.Sprint("sub", s.ids) }

func (s *story) declare(d ifsev.Declaration) *story {
	s.t.Helper()
	return s.submit(Submission{Change: &ifsev.Change{Declare: &d}, IncidentID: "inc", Number: 1})
}

func (s *story) change(c ifsev.Change) *story {
	s.t.Helper()
	return s.submit(Submission{Change: &c})
}

func (s *story) submit(sub Submission) *story {
	s.t.Helper()
	sub.ID = s.id()
	if sub.Actor.Kind == "" {
		sub.Actor = ifsev.Actor{Kind: ifsev.PersonActor, Name: "alice"}
	}
	s.decide(sub)
	return s
}

// outcome ends the i-th delivery of the last decision that had any.
func (s *story) outcome(dl ifsev.Delivery, r *ifsev.Receipt, f *ifsev.Failure) *story {
	s.t.Helper()
	return s.submit(Submission{Outcome: &ifsev.Outcome{Delivery: dl, Attempts: 1, Receipt: r, Failure: f}, Actor: systemActor})
}

// saw holds what happened since it was last asked against what should have.
func (s *story) saw(want ...string) *story {
	s.t.Helper()
	if diff := cmp.Diff(want, s.log, cmp.Transformer("empty", func(l []string) []string { return append([]string{}, l...) })); diff != "" {
		s.t.Error(diff)
	}
	s.log = nil
	return s
}

const twoRules = `
rules:
  database-oncall:
    if: severity <= 2 and "database" in tags
    then:
      - add_oncall: database
      - page: database
  database-slow:
    if: oncall_added("database") and status == "open" and open_for > 20m
    then:
      - set: {severity: "${max(1, severity - 1)}"}
`

func sev(n ifsev.Severity) ifsev.Change { return ifsev.Change{Severity: &n} }

func status(st ifsev.Status) ifsev.Change { return ifsev.Change{Status: &st} }

func TestTheCommonExample(t *testing.T) {
	t.Parallel()
	s := tell(t, twoRules).declare(ifsev.Declaration{Title: "x", Severity: 2, Tags: []string{"database"}})
	s.saw("0s database-oncall", "0s page database")
	if inc := s.doc.Incident; inc.Severity != 2 || !slices.Contains(inc.Responders, "alice") {
		t.Errorf("%+v", inc)
	}
	s.until("20m")
	s.saw() // open_for > 20m is not yet true at twenty minutes sharp
	if want := storyStart.Add(20*time.Minute + 1); !s.doc.Wake.Equal(want) {
		t.Errorf("the next wake is %v, want %v", s.doc.Wake, want)
	}
	s.until("21m").saw("20m database-slow")
	if s.doc.Incident.Severity != 1 || !s.doc.Wake.IsZero() {
		t.Errorf("severity %d, wake %v", s.doc.Incident.Severity, s.doc.Wake)
	}
	s.until("10d").saw()
}

func TestADeadlineSurvivesTheDaemonBeingDown(t *testing.T) {
	t.Parallel()
	s := tell(t, twoRules).declare(ifsev.Declaration{Title: "x", Severity: 2, Tags: []string{"database"}})
	s.saw("0s database-oncall", "0s page database")
	s.skip("3h").decide()
	s.saw("3h database-slow")
}

// What was true for a while in the middle of a stop is seen as it was then.
func TestCatchingUpSeesEveryInstant(t *testing.T) {
	t.Parallel()
	s := tell(t, `
rules:
  lunch:
    if: between("12:00", "13:00")
    then: [{page: alice}]
`).declare(ifsev.Declaration{Title: "x"}).saw()
	s.skip("8h").decide()
	s.saw("8h lunch", "8h page alice")
}

func TestLadder(t *testing.T) {
	t.Parallel()
	const ladder = `
rules:
  unacknowledged:
    if: severity <= 2 and not acknowledged
    after:
      5m: [page: secondary]
      10m: [page: manager]
`
	s := tell(t, ladder).declare(ifsev.Declaration{Title: "x", Severity: 1}).until("4m59s").saw()
	s.until("6m").saw("5m unacknowledged after[5m]", "5m page secondary")
	s.until("1h").saw("10m unacknowledged after[10m]", "10m page manager")

	s = tell(t, ladder).declare(ifsev.Declaration{Title: "x", Severity: 1}).until("7m")
	s.saw("5m unacknowledged after[5m]", "5m page secondary")
	s.change(ifsev.Change{Acknowledge: "alice"}).until("1h").saw()
	if !s.doc.Wake.IsZero() {
		t.Errorf("an acknowledged ladder still wakes at %v", s.doc.Wake)
	}
	// Before its first rung a ladder that fell starts again from the bottom.
	s = tell(t, ladder).declare(ifsev.Declaration{Title: "x", Severity: 1}).until("4m").change(sev(3)).until("6m").change(sev(2)).until("10m59s").saw()
	s.until("11m").saw("11m unacknowledged after[5m]", "11m page secondary")
}

func TestFor(t *testing.T) {
	t.Parallel()
	s := tell(t, `
rules:
  lasting:
    if: severity == 1
    for: 2m
    then: [{page: alice}]
`).declare(ifsev.Declaration{Title: "x", Severity: 1}).until("1m59s").change(sev(2)).until("2m").change(sev(1)).until("3m59s").saw()
	s.until("5m").saw("4m lasting", "4m page alice")
}

func TestRearm(t *testing.T) {
	t.Parallel()
	rule := func(rearm string) string {
		return "rules:\n  r:\n    if: severity == 1\n    rearm: " + rearm + "\n    then: [{page: alice}]\n"
	}
	for rearm, want := range map[string][]string{
		"episode":    {"0s r", "0s page alice", "4m r", "4m page alice"},
		"when_false": {"0s r", "0s page alice", "2m r", "2m page alice"},
		"never":      {"0s r", "0s page alice"},
	} {
		t.Run(rearm, func(t *testing.T) {
			t.Parallel()
			s := tell(t, rule(rearm)).delivering().declare(ifsev.Declaration{Title: "x", Severity: 1})
			s.until("1m").change(sev(2)).until("2m").change(sev(1)).until("3m").change(status(ifsev.StatusClosed))
			s.until("4m").change(status(ifsev.StatusOpen)).until("5m").saw(want...)
		})
	}
}

// A rule that fires on every rising edge does so where a reopening makes its condition true, and only there.
func TestRearmWhenFalseOverAReopening(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rule string
		want []string
	}{
		"true all the while":          {`{if: '"x" in tags', rearm: when_false, then: [page: alice]}`, []string{"0s r", "0s page alice"}},
		"false while it was closed":   {`{if: '"x" in tags and status == "open"', rearm: when_false, then: [page: alice]}`, []string{"0s r", "0s page alice", "2m r", "2m page alice"}},
		"the ladder goes on":          {`{if: '"x" in tags', rearm: when_false, after: {30s: [page: alice], 3m: [page: bob]}}`, []string{"30s r after[30s]", "30s page alice", "3m r after[3m]", "3m page bob"}},
		"repetitions go on":           {`{if: '"x" in tags', rearm: when_false, every: 90s, max: 3, then: [page: alice]}`, []string{"0s r", "0s page alice", "1m30s r", "1m30s page alice", "3m r", "3m page alice"}},
		"once an episode, for choice": {`{if: '"x" in tags', then: [page: alice]}`, []string{"0s r", "0s page alice", "2m r", "2m page alice"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := tell(t, "rules:\n  r: "+c.rule+"\n").delivering().declare(ifsev.Declaration{Title: "x", Severity: 1, Tags: []string{"x"}})
			s.until("1m").change(status(ifsev.StatusClosed)).until("2m").change(status(ifsev.StatusOpen)).until("1h").saw(c.want...)
		})
	}
}

func TestEveryAndMax(t *testing.T) {
	t.Parallel()
	s := tell(t, `
rules:
  nag:
    if: severity <= 2 and since(last_update_at) >= 30m
    every: 30m
    max: 3
    rearm: when_false
    then: [{page: alice}]
`).delivering().declare(ifsev.Declaration{Title: "x", Severity: 1}).until("65m")
	s.saw("30m nag", "30m page alice", "1h nag", "1h page alice")
	s.change(ifsev.Change{Note: "we are on it"}).until("1h34m").saw()
	s.until("5h").saw("1h35m nag", "1h35m page alice", "2h5m nag", "2h5m page alice", "2h35m nag", "2h35m page alice")
	if v := s.last.Counts["nag"]; v == nil {
		t.Error("no counts")
	}
}

// After a long stop people get one reminder, not all that were missed.
func TestMissedRepetitionsAreOne(t *testing.T) {
	t.Parallel()
	s := tell(t, `
rules:
  nag:
    if: status == "open"
    every: 30m
    then: [{page: alice}]
`).delivering().declare(ifsev.Declaration{Title: "x"}).saw("0s nag", "0s page alice")
	s.skip("3h10m").decide()
	s.saw("3h10m nag", "3h10m page alice")
	s.until("3h40m").saw("3h30m nag", "3h30m page alice")
}

// A first firing that comes late is the reminder too: nothing else is told at the same instant, and what follows keeps
// to the times it would have had.
func TestALateFirstFiringIsNotRepeatedAtOnce(t *testing.T) {
	t.Parallel()
	rule := func(more string) string {
		return "rules:\n  r: {if: severity == 2, every: 5m, max: 4, " + more + "then: [page: alice]}\n"
	}
	const silence = "silences:\n  - {if: severity == 2, until: 2026-03-02 09:32}\n"
	declared := ifsev.Declaration{Title: "x", Severity: 2}
	for name, c := range map[string]struct {
		act  func(t *testing.T) *story
		want []string
	}{
		"in time": {func(t *testing.T) *story { return tell(t, rule("")).delivering().declare(declared) }, []string{"0s", "5m", "10m", "15m"}},
		"a silence that ends": {
			func(t *testing.T) *story { return tell(t, rule("")+silence).delivering().declare(declared) }, []string{"32m", "35m", "40m", "45m"},
		},
		"a silence that ends when one is due": {
			func(t *testing.T) *story {
				return tell(t, rule("")+strings.ReplaceAll(silence, "09:32", "09:30")).delivering().declare(declared)
			}, []string{"30m", "35m", "40m", "45m"},
		},
		"a silence that ends, and for": {
			func(t *testing.T) *story { return tell(t, rule("for: 1m, ")+silence).delivering().declare(declared) }, []string{"32m", "36m", "41m", "46m"},
		},
		"a stop": {
			func(t *testing.T) *story {
				return tell(t, rule("for: 2m, ")).delivering().declare(declared).skip("33m").decided()
			}, []string{"33m", "37m", "42m", "47m"},
		},
		"a stop over the end of a silence": {
			func(t *testing.T) *story {
				return tell(t, rule("")+silence).delivering().declare(declared).skip("47m").decided()
			}, []string{"47m", "50m", "55m", "1h"},
		},
		"a cooldown that ends in a silence": {
			func(t *testing.T) *story {
				s := tell(t, rule("rearm: when_false, cooldown: 3m, ")+"silences:\n  - {if: '\"quiet\" in tags', until: 2026-03-02 09:32}\n").delivering().declare(declared).saw("0s r", "0s page alice")
				return s.until("1m").change(sev(3)).until("2m").change(sev(2)).change(ifsev.Change{AddTags: []string{"quiet"}})
			}, []string{"32m", "33m", "38m", "43m"},
		},
		"a reload that backfills": {
			func(t *testing.T) *story {
				s := tell(t, "rules: {}\n").delivering().declare(declared).until("12m")
				s.use(rule("backfill: true, "))
				return s.decided()
			}, []string{"12m", "17m", "22m", "27m"},
		},
		"a reload that adds steps to a ladder": {
			func(t *testing.T) *story {
				s := tell(t, "rules:\n  r: {if: severity == 2, after: {1h: [page: alice]}}\n").delivering().declare(declared).until("12m")
				s.use(rule(""))
				return s.decided()
			}, []string{"12m", "15m", "20m", "25m"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var want []string
			for _, at := range c.want {
				want = append(want, at+" r", at+" page alice")
			}
			c.act(t).until("3h").saw(want...)
		})
	}
}

func (s *story) decided() *story {
	s.t.Helper()
	s.decide()
	return s
}

func TestCooldown(t *testing.T) {
	t.Parallel()
	s := tell(t, `
rules:
  state:
    if: severity == 1
    rearm: when_false
    cooldown: 10m
    then: [{page: alice}]
  event:
    when: noted
    cooldown: 10m
    then: [{page: bob}]
`).delivering().declare(ifsev.Declaration{Title: "x", Severity: 1}).saw("0s state", "0s page alice")
	s.until("1m").change(sev(2)).until("2m").change(sev(1)).saw()
	if c := s.last.Counts["state"]; c.Suppressed[HeldCooldown] != 1 {
		t.Errorf("suppressed %v", c.Suppressed)
	}
	s.change(ifsev.Change{Note: "a"}).saw("2m event", "2m page bob")
	s.until("5m").change(ifsev.Change{Note: "b"}).saw()
	s.until("12m").saw("10m state", "10m page alice") // still true when the cooldown ends
	s.change(ifsev.Change{Note: "c"}).saw("12m event", "12m page bob")
}

// A cooldown comes between one time the condition holds and the next, not between what is asked for while it does.
func TestCooldownLeavesRepetitionsAndRungsAlone(t *testing.T) {
	t.Parallel()
	s := tell(t, `
rules:
  nag: {if: severity == 2, rearm: when_false, every: 5m, max: 2, cooldown: 1h, then: [page: alice]}
  ladder: {if: severity == 2, rearm: when_false, after: {1m: [page: bob], 2m: [page: carol]}, cooldown: 1h}
`).delivering().declare(ifsev.Declaration{Title: "x", Severity: 2}).until("10m")
	s.saw("0s nag", "0s page alice", "1m ladder after[1m]", "1m page bob", "2m ladder after[2m]", "2m page carol", "5m nag", "5m page alice")
	s.change(sev(3)).until("20m").change(sev(2)).until("3h")
	s.saw("1h2m ladder after[1m]", "1h2m ladder after[2m]", "1h2m page bob", "1h2m page carol", "1h5m nag", "1h5m page alice", "1h10m nag", "1h10m page alice")
}

func TestEventRules(t *testing.T) {
	t.Parallel()
	s := tell(t, `
rules:
  worse:
    when: severity_changed
    if: event.to < event.from
    then:
      - note: "SEV${event.from} to SEV${event.to}"
  over:
    when: [status_changed]
    if: event.to == "closed"
    then: [{page: alice}]
`).declare(ifsev.Declaration{Title: "x", Severity: 3}).change(sev(4)).saw()
	s.change(sev(1)).saw("0s worse")
	if last := s.last.Events[len(s.last.Events)-1]; last.Type != ifsev.Noted || last.Data.String("text") != "SEV4 to SEV1" || last.Actor.Name != "worse" || last.Depth != 1 {
		t.Errorf("%+v", last)
	}
	s.change(status(ifsev.StatusClosed)).saw("0s over", "0s page alice")
}

// Rules that set each other off reach a fixed point in one decision, each event with its cause.
func TestChainInOneDecision(t *testing.T) {
	t.Parallel()
	s := tell(t, `
rules:
  a:
    if: '"start" in tags'
    then: [{add_tags: [middle]}]
  b:
    if: '"middle" in tags'
    then: [{set: {severity: 1}}]
  c:
    when: severity_changed
    then: [{note: done}]
`).declare(ifsev.Declaration{Title: "x", Severity: 3, Tags: []string{"start"}}).saw("0s a", "0s b", "0s c")
	byID := map[string]ifsev.Event{}
	for _, ev := range s.last.Events {
		byID[ev.ID] = ev
	}
	last := s.last.Events[len(s.last.Events)-1]
	var path []string
	for ev, ok := last, true; ok; ev, ok = byID[ev.Cause] {
		path = append(path, string(ev.Type))
	}
	want := []string{"noted", "rule_fired", "severity_changed", "rule_fired", "tagged", "rule_fired", "declared"}
	if diff := cmp.Diff(want, path); diff != "" {
		t.Error(diff)
	}
}

func TestLoopsEnd(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"two rules that undo each other": `
rules:
  up:
    if: severity == 2
    rearm: when_false
    then: [{set: {severity: 1}}]
  down:
    if: severity == 1
    rearm: when_false
    then: [{set: {severity: 2}}]
`,
		"a rule that answers itself": `
rules:
  echo:
    when: noted
    then: [{note: again}]
`,
		"rules that breed": `
rules:
  one:
    when: noted
    then: [{note: a}, {note: b}]
  two:
    when: noted
    then: [{note: c}, {note: d}]
`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := tell(t, text).declare(ifsev.Declaration{Title: "x", Severity: 2}).change(ifsev.Change{Note: "n"})
			told := 0
			s.log = nil
			for _, ev := range s.last.Events {
				if ev.Data.String("reason") == "chain" {
					told++
				}
			}
			if total := len(s.last.Events); total > 2*maxEvents {
				t.Errorf("%d events", total)
			}
			if name != "two rules that undo each other" && told != 1 {
				t.Errorf("the end of the chain was told %d times", told)
			}
			// The incident goes on: the next change is decided as usual.
			s.change(ifsev.Change{AddTags: []string{"z"}})
			if !slices.Contains(s.doc.Incident.Tags, "z") {
				t.Error("the incident is stuck")
			}
		})
	}
}

func TestStepsGoOnWithTheOutcome(t *testing.T) {
	t.Parallel()
	s := tell(t, `
rules:
  kit:
    if: severity == 1
    then:
      - id: hook
        webhook: {to: hook, json: {title: "${title}"}}
      - set: {fields.issue: "${steps.hook.body}"}
      - page: alice
      - note: "${steps.hook.status}"
`).declare(ifsev.Declaration{Title: "x", Severity: 1}).saw("0s kit", "0s webhook hook")
	hook := s.last.Deliveries[0]
	if hook.Destination == "" || hook.Step != "hook" || hook.Facts.SeverityName != "SEV1" || hook.Number != 1 {
		t.Errorf("%+v", hook)
	}
	s.until("1m").outcome(hook, &ifsev.Receipt{Status: 200, Outputs: ifsev.Data{"status": 200, "body": "OPS-1"}}, nil).saw("1m page alice")
	if s.doc.Incident.Fields.String("issue") != "OPS-1" || len(s.doc.Firings) != 1 {
		t.Errorf("%v %v", s.doc.Incident.Fields, s.doc.Firings)
	}
	s.outcome(s.last.Deliveries[0], &ifsev.Receipt{}, nil).saw()
	if last := s.last.Events[len(s.last.Events)-1]; last.Data.String("text") != "200" || len(s.doc.Firings) != 0 {
		t.Errorf("%+v, %d firings", last, len(s.doc.Firings))
	}
	// An outcome that comes again finds nothing to go on with.
	s.outcome(hook, &ifsev.Receipt{}, nil).saw()
}

func TestOnErrorAndContinue(t *testing.T) {
	t.Parallel()
	const rule = `
rules:
  status-page:
    if: severity == 1
    then:
      - webhook: {to: hook}
        %s
        on_error:
          - page: secondary
            text: "refused: ${error.message}"
      - note: after
`
	for name, c := range map[string]struct {
		keyword string
		noted   bool
	}{"stops": {"timeout: 5s", false}, "continues": {"continue: true", true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := tell(t, fmt.Sprintf(rule, c.keyword)).declare(ifsev.Declaration{Title: "x", Severity: 1}).saw("0s status-page", "0s webhook hook")
			s.outcome(s.last.Deliveries[0], nil, &ifsev.Failure{Text: "503", Reason: ifsev.ReasonServer}).saw("0s failed status-page", "0s page secondary")
			if got := s.last.Deliveries[0].Args.String("text"); got != "refused: 503" {
				t.Error(got)
			}
			s.outcome(s.last.Deliveries[0], &ifsev.Receipt{}, nil)
			noted := slices.ContainsFunc(s.last.Events, func(ev ifsev.Event) bool { return ev.Type == ifsev.Noted })
			if noted != c.noted || len(s.doc.Firings) != 0 {
				t.Errorf("noted %v, firings %v", noted, s.doc.Firings)
			}
		})
	}
}

func TestReload(t *testing.T) {
	t.Parallel()
	const old = `
rules:
  slow:
    if: status == "open" and open_for > 20m
    then: [{page: alice}]
  gone:
    if: status == "open" and open_for > 30m
    then: [{page: alice}]
`
	s := tell(t, old).declare(ifsev.Declaration{Title: "x", Severity: 1}).until("5m").saw()
	s.use(`
rules:
  slow:
    if: status == "open" and open_for > 20m
    then: [{page: bob}]
  already:
    if: severity == 1
    then: [{page: carol}]
  later:
    if: status == "open" and open_for > 10m
    then: [{page: carol}]
`)
	s.decide()
	s.saw() // "already" held before it was loaded
	s.until("1h").saw("10m later", "10m page carol", "20m slow", "20m page bob")
}

// A changed rule that has begun to count keeps its count.
func TestReloadKeepsALadder(t *testing.T) {
	t.Parallel()
	const ladder = "rules:\n  l:\n    if: %s\n    after:\n      5m: [page: secondary]\n"
	s := tell(t, fmt.Sprintf(ladder, "severity == 1")).declare(ifsev.Declaration{Title: "x", Severity: 1}).until("3m").saw()
	s.use(fmt.Sprintf(ladder, "severity <= 2"))
	s.decide()
	s.until("1h").saw("5m l after[5m]", "5m page secondary")
}

// A firing that began under an older set is finished under it.
func TestAFiringKeepsItsSteps(t *testing.T) {
	t.Parallel()
	s := tell(t, "rules:\n  r:\n    if: severity == 1\n    then: [{page: alice}, {page: bob}]\n").declare(ifsev.Declaration{Title: "x", Severity: 1})
	s.saw("0s r", "0s page alice")
	first := s.last.Deliveries[0]
	s.use("rules:\n  other:\n    if: severity == 5\n    then: [{page: carol}]\n")
	s.decide()
	s.outcome(first, &ifsev.Receipt{}, nil).saw("0s page bob")
	second := s.last.Deliveries[0]
	delete(s.sets, 1) // the old set is lost
	s.outcome(second, &ifsev.Receipt{}, nil).saw("0s failed r")
}

func TestAlertsDeclareAndExpire(t *testing.T) {
	t.Parallel()
	s := tell(t, `
rules:
  quiet:
    when: alert_resolved
    if: firing_alerts == 0
    then: [{mitigate: quiet}]
`)
	alert := ifsev.Alert{Source: "am", Key: "am:1", Fingerprint: "1", Status: ifsev.AlertIsFiring, Title: "Disk", Severity: 2, TTL: time.Hour}
	s.submit(Submission{Alert: &alert, IncidentID: "inc", Number: 1, Actor: ifsev.Actor{Kind: ifsev.SourceActor, Name: "am"}})
	if s.last.Replies[0].Alert != ifsev.AlertDeclared || s.doc.Incident.Severity != 2 || s.doc.Incident.Source != "am" {
		t.Errorf("%+v %+v", s.last.Replies, s.doc.Incident)
	}
	s.until("30m").submit(Submission{Alert: &alert})
	if s.last.Replies[0].Alert != ifsev.AlertUpdated {
		t.Errorf("%+v", s.last.Replies)
	}
	s.until("89m").saw()
	s.until("91m").saw("1h30m quiet")
	if s.doc.Incident.Status != ifsev.StatusMitigated {
		t.Error(s.doc.Incident.Status)
	}
}

// A report that was taken before says only that the alert is still so: it lives on, and no rule hears of it.
func TestARepeatedAlertLivesOn(t *testing.T) {
	t.Parallel()
	s := tell(t, `
rules:
  heard: {when: alert, then: [{note: heard}]}
  over: {when: alert_resolved, then: [{mitigate: over}]}
`)
	alert := ifsev.Alert{Source: "am", Key: "am:1", Fingerprint: "1", Status: ifsev.AlertIsFiring, Title: "Disk", TTL: time.Hour}
	s.submit(Submission{Alert: &alert, Repeat: true, IncidentID: "inc", Number: 1})
	if s.last.Replies[0].Alert != ifsev.AlertDuplicate || s.doc.Incident.Exists() {
		t.Fatalf("of nothing: %+v", s.last.Replies)
	}
	s.submit(Submission{ID: "a", Alert: &alert, IncidentID: "inc", Number: 1}).saw("0s heard")
	gone := alert
	gone.Status = ifsev.AlertIsResolved
	for _, c := range []struct {
		at    string
		alert *ifsev.Alert
		want  ifsev.AlertResultKind
	}{
		{"14m", &alert, ifsev.AlertDuplicate}, {"15m", &alert, ifsev.AlertUpdated}, {"29m", &alert, ifsev.AlertDuplicate},
		{"29m", &gone, ifsev.AlertDuplicate}, {"30m", &alert, ifsev.AlertUpdated},
	} {
		s.until(c.at).submit(Submission{ID: "r" + c.at, Alert: c.alert, Repeat: true}).saw()
		if s.last.Replies[0].Alert != c.want || s.last.Replies[0].Changed != (c.want == ifsev.AlertUpdated) {
			t.Errorf("at %s: %+v", c.at, s.last.Replies[0])
		}
	}
	s.until("89m").saw()
	s.until("91m").saw("1h30m over")
	s.submit(Submission{ID: "late", Alert: &alert, Repeat: true}).saw()
	if s.last.Replies[0].Alert != ifsev.AlertDuplicate {
		t.Errorf("after its time: %+v", s.last.Replies[0])
	}
}

func TestAlertsThatConcernNothing(t *testing.T) {
	t.Parallel()
	for _, a := range []ifsev.Alert{{Status: ifsev.AlertIsResolved, Title: "x"}, {Status: ifsev.AlertIsFiring, RecordOnly: true, Title: "x"}} {
		s := tell(t, twoRules).submit(Submission{Alert: &a, IncidentID: "inc"})
		if s.last.Replies[0].Alert != ifsev.AlertRecorded || s.doc.Incident.Exists() || len(s.last.Events) != 0 {
			t.Errorf("%+v", s.last)
		}
	}
}

func TestRefusedChangeLeavesEverything(t *testing.T) {
	t.Parallel()
	s := tell(t, twoRules).declare(ifsev.Declaration{Title: "x"})
	before := asJSON(t, s.doc)
	s.change(sev(9))
	if s.last.Replies[0].Err == nil || asJSON(t, s.doc) != before {
		t.Errorf("%v\n%s\n%s", s.last.Replies[0].Err, before, asJSON(t, s.doc))
	}
}

func TestInsideActions(t *testing.T) {
	t.Parallel()
	s := tell(t, `
rules:
  all:
    if: '"go" in tags'
    then:
      - add_responders: [bob, secondary, database]
      - assign: {role: commander, to: manager}
      - subscribe: carol
      - link: {url: "https://runbooks.example.com/x", title: Runbook}
      - acknowledge
      - remove_tags: go
      - set: {title: "Now ${lower(title)}", severity: 2, service: db, description: d, fields: {issue: A-1}}
      - mitigate: done
      - close
      - reopen: not done
`).declare(ifsev.Declaration{Title: "X", Severity: 3, Tags: []string{"go"}}).saw("0s all")
	inc := s.doc.Incident
	got := fmt.Sprintln(inc.Responders, inc.Roles, inc.Subscribers, len(inc.Links), inc.Tags, inc.Title, inc.Severity, inc.Service, inc.Fields, inc.Status, inc.Episode)
	if want := "[bob alice] map[commander:carol] [carol] 1 [] Now x 2 db map[issue:A-1] open 2\n"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestAStepThatCannotBeDone(t *testing.T) {
	t.Parallel()
	s := tell(t, `
rules:
  r:
    if: severity == 1
    then:
      - assign: {role: owner, to: commander}
        on_error:
          - note: "could not: ${error.message}"
      - page: alice
`).declare(ifsev.Declaration{Title: "x", Severity: 1}).saw("0s r", "0s failed r")
	last := s.last.Events[len(s.last.Events)-1]
	if !strings.Contains(last.Data.String("text"), "commander") {
		t.Errorf("%+v", last)
	}
}

func TestVerdicts(t *testing.T) {
	t.Parallel()
	s := tell(t, twoRules).declare(ifsev.Declaration{Title: "x", Severity: 2, Tags: []string{"database"}})
	got := map[string]VerdictKind{}
	for _, v := range s.last.Verdicts {
		got[v.Rule] = v.Kind
		if v.Kind == VerdictFired && (len(v.Atoms) == 0 || v.Firing == "") {
			t.Errorf("%+v", v)
		}
	}
	if diff := cmp.Diff(map[string]VerdictKind{"database-oncall": VerdictFired, "database-slow": VerdictFalse}, got); diff != "" {
		t.Error(diff)
	}
}
