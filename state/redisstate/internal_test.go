package redisstate

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"
	"pgregory.net/rapid"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

// says is an error as a Redis server answers it.
type says string

func (s says) Error() string { return string(s) }

func (s says) RedisError() {}

func TestClassify(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]error{
		"UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)":       state.ErrUnavailable,
		"ERR WAIT cannot be used with replica instances.":                                                    state.ErrUnavailable,
		"NOAUTH Authentication required.":                                                                    denied{},
		"ERR AUTH <password> called without any password configured for the default user.":                   denied{},
		"ERR The user executing the script can't run this command or subcommand script: f_1":                 denied{},
		"ERR This instance has cluster support disabled":                                                     denied{},
		"ERR DB index is out of range":                                                                       denied{},
		"ERR unknown command 'WAITAOF', with args beginning with: '1' '0' '500' ":                            denied{},
		"ERR unknown command `WAITAOF`, with args beginning with: `1`, `0`, `500`, ":                         denied{},
		"ERR unknown command `select`, with args beginning with: `3`, ":                                      denied{},
		"ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.":                        denied{},
		"LOADING Redis is loading the dataset in memory":                                                     state.ErrUnavailable,
		"READONLY You can't write against a read only replica.":                                              state.ErrUnavailable,
		"CLUSTERDOWN The cluster is down":                                                                    state.ErrUnavailable,
		"MASTERDOWN Link with MASTER is down":                                                                state.ErrUnavailable,
		"TRYAGAIN Multiple keys request during rehashing of slot":                                            state.ErrUnavailable,
		"MOVED 3999 127.0.0.1:6381":                                                                          state.ErrUnavailable,
		"NOREPLICAS Not enough good replicas to write.":                                                      state.ErrUnavailable,
		"BUSY Redis is busy running a script.":                                                               state.ErrUnavailable,
		"ERR max number of clients reached":                                                                  state.ErrUnavailable,
		"MISCONF Redis is configured to save RDB snapshots":                                                  state.ErrUnavailable,
		"MISCONF Errors writing to the AOF file: No space left on device":                                    state.ErrFull,
		"OOM command not allowed when used memory > 'maxmemory'.":                                            state.ErrFull,
		"ERR Error running script (call to f_1): @user_script:9: @user_script: 9: -OOM command not allowed":  state.ErrFull,
		"ERR Error running script (call to f_1): @user_script:9: @user_script: 9: -READONLY You can't write": state.ErrUnavailable,
		"WRONGTYPE Operation against a key holding the wrong kind of value":                                  nil,
		"WRONGPASS invalid username-password pair or user is disabled.":                                      denied{},
		"NOPERM this user has no permissions to run the 'evalsha' command":                                   denied{},
		"IFSEV key a holds a string where a hash belongs":                                                    nil,
		"ERR unknown command": nil,
	} {
		got := classify(says(text))
		for _, known := range []error{state.ErrUnavailable, state.ErrFull} {
			if errors.Is(got, known) != errors.Is(want, known) {
				t.Errorf("%s: %v, want %v", text, got, want)
			}
		}
		if stays := errors.As(want, new(denied)); passes(got) != (errors.Is(want, state.ErrUnavailable) && !stays) {
			t.Errorf("%s: tried again: %t", text, passes(got))
		}
	}
	for _, err := range []error{context.DeadlineExceeded, fmt.Errorf("dial tcp: %w", errors.New("refused")), redis.ErrPoolTimeout} {
		if got := classify(err); !errors.Is(got, state.ErrUnavailable) || !errors.Is(got, err) {
			t.Errorf("%v: %v, want ErrUnavailable and the cause", err, got)
		}
	}
	if got := classify(says("READONLY You can't write. script: 16e65, on @user_script:173.")).Error(); !strings.HasSuffix(got, ": READONLY You can't write.") {
		t.Error(got)
	}
	all := fmt.Errorf(nobodyAnswers+"%w", errors.Join(errors.New("a: refused"), errors.New("b: refused")))
	if got := classify(all); !errors.Is(got, all) || !strings.HasSuffix(got.Error(), "no Sentinel answers: a: refused; b: refused") {
		t.Error(got)
	}
	if got := classify(fmt.Errorf("get: %w", redis.ErrClosed)); !errors.Is(got, errClosed) {
		t.Errorf("closed: %v", got)
	}
}

func TestMicrosNeverEarly(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "s"), rapid.Int64Range(0, 999_999_999).Draw(t, "ns"))
		back := instant(micros(at))
		if d := back.Sub(at); d < 0 || d >= time.Microsecond {
			t.Fatalf("%s became %s", at, back)
		}
		if f := float64(micros(at)); int64(f) != micros(at) {
			t.Fatalf("a score cannot hold %d", micros(at))
		}
	})
	for at, want := range map[time.Time]int64{
		{}:               0,
		time.Unix(-1, 0): 0,
		time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC): maxInstant,
	} {
		if got := micros(at); got != want {
			t.Errorf("%s: %d, want %d", at, got, want)
		}
	}
}

func TestPagesKeepEveryByte(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		doc := rapid.SliceOf(rapid.Byte()).Draw(t, "doc")
		var entries []state.Entry
		for range rapid.IntRange(0, 4).Draw(t, "entries") {
			entries = append(entries, state.Entry{
				Seq: rapid.Int64Range(0, math.MaxInt64).Draw(t, "seq"), Body: rapid.SliceOfN(rapid.Byte(), 1, 50).Draw(t, "body"),
			})
		}
		want := state.Page{Rev: state.NextRev("", doc, entries), DocSum: state.DocSum(doc), Entries: entries}
		b, err := encodePage(want.Rev, doc, entries)
		if err != nil {
			t.Fatal(err)
		}
		got, err := decodePage("12 3 " + string(b))
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Fatalf("%v (-want +got):\n%s", err, diff)
		}
		if err := state.Verify([]state.Page{got}, want.Rev); err != nil {
			t.Fatal(err)
		}
		if cut := rapid.IntRange(0, len(b)-1).Draw(t, "cut"); len(entries) > 0 {
			if p, err := decodePage("12 3 " + string(b[:cut])); err == nil {
				t.Fatalf("a page that ends after %d of %d bytes is read as %+v", cut, len(b), p)
			}
		}
	})
}

func FuzzDecodePage(f *testing.F) {
	for _, seed := range []string{"", "1 1 {}\n", "1 1 {\"entries\":[[1,2]]}\nab", "1 1 {\"entries\":[[1,-2]]}\n", "\n{", "1 1 {\"entries\":[[1,9223372036854775807]]}\nab"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, stored string) {
		page, err := decodePage(stored)
		if err != nil && !errors.Is(err, errPage) {
			t.Errorf("%v", err)
		}
		size := 0
		for _, e := range page.Entries {
			size += len(e.Body)
		}
		if err == nil && size > len(stored) {
			t.Errorf("%d bytes of bodies out of %d", size, len(stored))
		}
	})
}

func TestMarksAndClassesAreReadBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := state.Taken{Incident: rapid.String().Draw(t, "incident"), Sum: string(rapid.SliceOf(rapid.Byte()).Draw(t, "sum"))}
		if got, err := takenOf(takenText(want)); err != nil || got != want {
			t.Fatalf("%+v, %v, want %+v", got, err, want)
		}
		class := state.Class{Severity: ifsev.Severity(rapid.IntRange(0, 5).Draw(t, "severity")), Status: ifsev.Status(rapid.String().Draw(t, "status"))}
		if got, err := classOf(className(class)); err != nil || got != class {
			t.Fatalf("%+v, %v, want %+v", got, err, class)
		}
	})
	for _, bad := range []string{"", ":", "x:y", "9:short", "-1:a"} {
		if _, err := takenOf(bad); err == nil {
			t.Errorf("%q is read as a mark", bad)
		}
	}
	if _, err := classOf("open"); err == nil {
		t.Error("a class without severity is read")
	}
}

func TestAnswersThatAreNotAsExpected(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		v    any
		read func(*answer)
	}{
		"no list":          {"text", func(*answer) {}},
		"ends early":       {[]any{"1"}, func(a *answer) { a.text(); a.text() }},
		"no number":        {[]any{"one"}, func(a *answer) { a.integer() }},
		"no text":          {[]any{[]any{}}, func(a *answer) { a.text() }},
		"no list in it":    {[]any{"1"}, func(a *answer) { a.err = a.list().err }},
		"a list after all": {[]any{}, func(a *answer) { a.err = a.list().err }},
	} {
		a := reading(c.v)
		c.read(a)
		if a.err == nil {
			t.Errorf("%s: no error", name)
		}
		if a.more() || a.text() != "" || a.integer() != 0 || !a.instant().IsZero() {
			t.Errorf("%s: something is read after the error", name)
		}
	}
	a := reading([]any{int64(7), "1.7e+15", nil, "0"})
	if a.text() != "7" || a.integer() != 17e14 || a.text() != "" || !a.instant().IsZero() || a.err != nil || a.more() {
		t.Errorf("a good answer is misread: %v", a.err)
	}
}

func TestPartitionOfCommit(t *testing.T) {
	t.Parallel()
	id := ifsev.NewIncidentID([16]byte{}, 7)
	key := "k"
	for ifsev.PartitionOfKey(key) != 7 {
		key += "k"
	}
	for name, c := range map[string]struct {
		commit state.Commit
		want   string // of the error; empty if it is right
	}{
		"of an incident":          {state.Commit{ID: id, Key: key}, ""},
		"of none":                 {state.Commit{Partition: 7}, ""},
		"a claim of the same":     {state.Commit{ID: id, Settle: &state.Settlement{Claim: state.Claim{Partition: 7}}}, ""},
		"no such partition":       {state.Commit{Partition: 64}, "partition 64"},
		"a negative one":          {state.Commit{Partition: -1}, "partition -1"},
		"an ID that is none":      {state.Commit{ID: "INC-1"}, "INC-1"},
		"a key from elsewhere":    {state.Commit{ID: id, Key: key + "x"}, "its key belongs to partition"},
		"a claim from elsewhere":  {state.Commit{ID: id, Settle: &state.Settlement{Claim: state.Claim{Partition: 8}}}, "the claim to settle"},
		"of none, the rest aside": {state.Commit{Partition: 7, Key: key + "x"}, ""},
	} {
		p, err := partitionOf(&c.commit)
		if c.want == "" && (err != nil || p != 7) || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %d, %v, want %q", name, p, err, c.want)
		}
	}
}

// TestScriptsSayWhatTheyTake holds the headers of the scripts to the house's rule.
func TestScriptsSayWhatTheyTake(t *testing.T) {
	t.Parallel()
	files, err := sources.ReadDir("lua")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		name := strings.TrimSuffix(f.Name(), ".lua")
		text := source(name)
		want := []string{"-- " + f.Name() + " ", "\n-- KEYS  1 ", "\n-- answer "}
		if strings.Contains(text, "ARGV[") {
			want = append(want, "\n-- ARGV  1 ")
		}
		if name == "lib" {
			want = want[:1]
		}
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%s: the header does not say %q", f.Name(), strings.TrimSpace(w))
			}
		}
		if strings.Contains(text, "KEYS[2]") {
			t.Errorf("%s: takes more keys than the base", f.Name())
		}
	}
}

// slow is the deadline of a context that does not notice when its time is up.
type slow time.Time

func (s slow) Deadline() (time.Time, bool) { return time.Time(s), true }

func (slow) Done() <-chan struct{} { return nil }

func (slow) Err() error { return nil }

func (slow) Value(any) any { return nil }

// TestAConnectionMayNoticeFirst: what a try says that was cut short is kept from people, also if the context is slow.
func TestAConnectionMayNoticeFirst(t *testing.T) {
	t.Parallel()
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	if !over(canceled) || !over(slow(time.Now())) {
		t.Error("the time is up, and over says it is not")
	}
	if over(t.Context()) || over(slow(time.Now().Add(time.Hour))) {
		t.Error("there is time left, and over says there is none")
	}
}
