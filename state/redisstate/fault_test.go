package redisstate_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/redistest"
	"github.com/ifsev/ifsev/state"
	"github.com/ifsev/ifsev/state/redisstate"
)

// everything calls each method that runs a script, on a story that has had commits.
func everything(t *testing.T, store *redisstate.Store, s *story, between func()) {
	t.Helper()
	ctx, p := t.Context(), s.partition()
	all := []ifsev.Partition{0, 1, p, 63}
	for name, f := range map[string]func() error{
		"Load":       func() error { _, err := store.Load(ctx, state.Ref{Key: s.key}); return err },
		"Number":     func() error { _, err := store.Number(ctx, s.id); return err },
		"Timeline":   func() error { _, err := store.Timeline(ctx, s.id, 0, 1); return err },
		"Due":        func() error { _, err := store.Due(ctx, all, 10); return err },
		"Claim":      func() error { _, err := store.Claim(ctx, p, "nobody", 1, time.Second); return err },
		"Retry":      func() error { _, err := store.Retry(ctx, state.Claim{Partition: p}, time.Now(), ""); return err },
		"Lease":      func() error { _, err := store.Lease(ctx, "me", all, time.Second); return err },
		"Deliveries": func() error { _, err := store.Deliveries(ctx, state.DeliveryQuery{Limit: 10}); return err },
		"PutRuleSet": func() error { _, err := store.PutRuleSet(ctx, "hash", []byte("body")); return err },
		"Stats":      func() error { _, err := store.Stats(ctx); return err },
	} {
		between()
		if err := f(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	between()
	s.write(t, store, s.next(fmt.Sprint(s.seq)))
}

func TestScriptsAreSentAgainWhenTheServerForgetsThem(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	store := open(t, server.URL())
	s := newStory("k")
	s.write(t, store, s.next("0"))
	everything(t, store, s, func() { server.Do("SCRIPT", "FLUSH") })
	s.check(t, store)
}

// load commits to n incidents at once until stop answers, each commit sent again until it is acknowledged.
func load(t *testing.T, store *redisstate.Store, n int, disturb func()) []*story {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	stop := make(chan struct{})
	stories := make([]*story, n)
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range stories {
		s := newStory(fmt.Sprintf("%s %d", t.Name(), i))
		stories[i] = s
		wg.Go(func() {
			for k := 0; errs[i] == nil; k++ {
				select {
				case <-stop:
					return
				default:
					errs[i] = s.insist(ctx, store, s.next(fmt.Sprint(k)))
				}
			}
		})
	}
	disturb()
	close(stop)
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	return stories
}

// busy waits until so many commits more have been written.
func busy(t *testing.T, store *redisstate.Store, commits int) {
	t.Helper()
	start := -1
	eventually(t, func() bool {
		now, err := store.Stats(t.Context())
		if err != nil {
			return false
		}
		if start < 0 {
			start = now.Outbox["page"].Pending
		}
		return now.Outbox["page"].Pending-start >= commits
	})
}

func eventually(t *testing.T, is func() bool) {
	t.Helper()
	deadline := time.NewTimer(20 * time.Second)
	defer deadline.Stop()
	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()
	for !is() {
		select {
		case <-again.C:
		case <-deadline.C:
			t.Fatal("not so after 20 s")
		}
	}
}

func TestNothingAcknowledgedIsLostWhenTheServerGoesAway(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*redistest.Server){
		"restarted": (*redistest.Server).Stop,
		"kill -9":   (*redistest.Server).Kill9,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t, redistest.AOF("always"))
			store := open(t, server.URL())
			stories := load(t, store, 8, func() {
				for range 3 {
					busy(t, store, 100)
					end(server)
					server.Restart()
				}
				busy(t, store, 100)
			})
			commits := 0
			for _, s := range stories {
				commits += len(s.pages)
				s.check(t, store)
				s.drain(t, store)
			}
			t.Logf("%d acknowledged commits over 3 ends of the server: all there, once, in order", commits)
		})
	}
}

// snapshot answers all that a server holds, in an order that does not depend on how it holds it.
func snapshot(server *redistest.Server) map[string]string {
	out := map[string]string{}
	// Lua names the keys, because names may hold line ends.
	const keys = "local out = {} for _, k in ipairs(redis.call('KEYS', '*')) do out[#out + 1] = k .. '\\0' end return out"
	for key := range strings.SplitSeq(server.Do("EVAL", keys, "0"), "\x00") {
		key = strings.TrimPrefix(key, "\n")
		if key == "" {
			continue
		}
		switch kind := server.Do("TYPE", key); kind {
		case "hash":
			out[key] = sorted(server.Do("HGETALL", key))
		case "set":
			out[key] = sorted(server.Do("SMEMBERS", key))
		case "zset":
			out[key] = server.Do("ZRANGE", key, "0", "-1", "WITHSCORES")
		case "list":
			out[key] = server.Do("LRANGE", key, "0", "-1")
		default:
			out[key] = server.Do("GET", key)
		}
	}
	return out
}

func sorted(lines string) string {
	list := strings.Split(lines, "\n")
	slices.Sort(list)
	return strings.Join(list, "\n")
}

// TestACommitThatCannotBeWrittenWholeIsNotBegun puts a value of another type under each key that a commit writes to:
// the commit must fail without a trace, and go through once the key is gone.
func TestACommitThatCannotBeWrittenWholeIsNotBegun(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	store := openAt(t, server.URL(), "p:")
	s := newStory("k")
	s.write(t, store, s.next("0"))
	s.write(t, store, s.next("1"))
	claim := s.claim(t, store)
	s.write(t, store, s.settle(claim, true))
	s.write(t, store, s.next("2"))
	planted := 0
	for key := range snapshot(server) {
		kind := server.Do("TYPE", key)
		if strings.HasPrefix(key, "p:{meta}") || kind == "none" {
			continue
		}
		server.Do("RENAME", key, "aside")
		server.Do("SET", key, "planted")
		c := s.next("with " + key)
		full := snapshot(server)
		res, err := store.Commit(t.Context(), c)
		switch {
		case err == nil && res.Status == state.Written && (strings.Contains(key, "dead") || strings.HasSuffix(key, "gone") || strings.HasSuffix(key, "claimed")):
			// Only a settlement as dead or a claim writes these; they have their own tests.
			s.wrote(&c)
		case err == nil:
			t.Errorf("%s: %v although the key holds something else", key, res.Status)
		case errors.Is(err, state.ErrUnavailable) || !strings.Contains(err.Error(), "WRONGTYPE") && !strings.Contains(err.Error(), inError(key)):
			t.Errorf("%s: %v, want a fault that says what is wrong", key, err)
		default:
			planted++
			if diff := cmp.Diff(full, snapshot(server)); diff != "" {
				t.Errorf("%s: something was written:\n%s", key, diff)
			}
		}
		server.Do("RENAME", "aside", key)
	}
	if planted < 15 {
		t.Errorf("only %d keys were tried", planted)
	}
	s.write(t, store, s.next("at last"))
	s.check(t, store)
}

// inError is a key as an error shows it: one line.
func inError(key string) string { return strings.ReplaceAll(key, "\n", " ") }

func TestASettlementThatCannotBeWrittenWholeIsNotBegun(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	store := openAt(t, server.URL(), "p:")
	s := newStory("k")
	s.write(t, store, s.next("0"))
	claim := s.claim(t, store)
	base := fmt.Sprintf("p:{p%d}:", s.partition())
	for _, key := range []string{"dead", "gone", "dead:" + claim.ID} {
		server.Do("SET", base+key, "planted")
		full := snapshot(server)
		if _, err := store.Commit(t.Context(), s.settle(claim, true)); err == nil || !strings.Contains(err.Error(), base+key) {
			t.Errorf("%s: %v, want a fault that names the key", key, err)
		}
		if diff := cmp.Diff(full, snapshot(server)); diff != "" {
			t.Errorf("%s: something was written:\n%s", key, diff)
		}
		server.Do("DEL", base+key)
	}
	for key, field := range map[string]string{"gone": "page", "facts": "seq", "classes": "1 open"} {
		had, _ := server.Try("HGET", base+key, field)
		server.Do("HSET", base+key, field, "many")
		full := snapshot(server)
		if _, err := store.Commit(t.Context(), s.settle(claim, true)); err == nil || !strings.Contains(err.Error(), "no number") {
			t.Errorf("%s: %v, want a fault", key, err)
		}
		if diff := cmp.Diff(full, snapshot(server)); diff != "" {
			t.Errorf("%s: something was written:\n%s", key, diff)
		}
		if server.Do("HDEL", base+key, field); had != "" {
			server.Do("HSET", base+key, field, had)
		}
	}
	s.write(t, store, s.settle(claim, true))
	s.check(t, store)
}

// TestAHalfWrittenCommitIsFinishedByItsRetry leaves what a commit that stopped in the middle would: deliveries and a
// page without the document that belongs to them.
func TestAHalfWrittenCommitIsFinishedByItsRetry(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	store := openAt(t, server.URL(), "p:")
	s := newStory("k")
	s.write(t, store, s.next("0"))
	base := fmt.Sprintf("p:{p%d}:", s.partition())
	incident := base + "incident:" + s.id
	before := server.Do("DUMP", incident)
	c := s.next("1")
	if _, err := store.Commit(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	server.Do("RESTORE", incident, "0", before, "REPLACE")
	for key := range snapshot(server) {
		if strings.HasPrefix(key, base+"marks:") {
			server.Do("HDEL", key, c.Marks[0].ID)
		}
	}
	other := s.next("1") // decided anew, a moment later: another document, the same delivery
	other.Doc = []byte("decided again")
	other.Next = state.NextRev(other.Expect, other.Doc, other.Entries)
	s.write(t, store, other)
	s.check(t, store)
	s.drain(t, store)
}

func TestAFullStoreRefusesWholeCommitsAndStillDrains(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.MaxMemory(4<<20, "noeviction"))
	store := open(t, server.URL())
	var stories []*story
	var err error
	for n := 0; err == nil && n < 1000; n++ {
		s := newStory(fmt.Sprint("k", n))
		c := s.next("0")
		c.Outbox[0].Body = make([]byte, 50_000)
		if _, err = store.Commit(t.Context(), c); err == nil {
			s.wrote(&c)
			stories = append(stories, s)
		}
	}
	if !errors.Is(err, state.ErrFull) {
		t.Fatalf("after %d commits: %v, want ErrFull", len(stories), err)
	}
	first := stories[0]
	all := []ifsev.Partition{first.partition()}
	if mine, err := store.Lease(t.Context(), "me", all, time.Minute); err != nil || len(mine) != 1 {
		t.Errorf("lease of a full store: %v, %v", mine, err)
	}
	claim := first.claim(t, store)
	if ok, err := store.Retry(t.Context(), claim, time.Now().Add(-time.Second), "busy"); err != nil || !ok {
		t.Errorf("retry in a full store: %t, %v", ok, err)
	}
	first.write(t, store, first.settle(first.claim(t, store), false))
	for _, s := range stories[1:] {
		s.check(t, store)
		s.drain(t, store)
	}
	first.check(t, store)
	last := newStory("at last")
	last.write(t, store, last.next("0"))
}

func TestADeadServerIsUnavailableWithinTheBudget(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*redistest.Server){
		"gone":   (*redistest.Server).Kill9,
		"frozen": (*redistest.Server).Freeze,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t)
			store, err := redisstate.Open(t.Context(), server.URL(), redisstate.Options{Budget: 300 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = store.Close() })
			s := newStory("k")
			s.write(t, store, s.next("0"))
			end(server)
			start := time.Now()
			_, err = store.Commit(t.Context(), s.next("1"))
			if took := time.Since(start); !errors.Is(err, state.ErrUnavailable) || took > 2*time.Second {
				t.Errorf("commit: %v after %s, want ErrUnavailable after 300 ms", err, took)
			}
			if _, err := store.Due(t.Context(), []ifsev.Partition{1, 2}, 1); !errors.Is(err, state.ErrUnavailable) {
				t.Errorf("due: %v, want ErrUnavailable", err)
			}
			_, err = redisstate.Open(t.Context(), server.URL(), redisstate.Options{Budget: 300 * time.Millisecond})
			if !errors.Is(err, state.ErrUnavailable) {
				t.Errorf("open: %v, want ErrUnavailable", err)
			}
		})
	}
}

func TestClosedStore(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	store := open(t, server.URL())
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Now(t.Context()); err == nil || errors.Is(err, state.ErrUnavailable) {
		t.Errorf("now: %v, want that the store is closed", err)
	}
}
