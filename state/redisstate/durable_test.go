package redisstate_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/redistest"
	"github.com/ifsev/ifsev/state"
	"github.com/ifsev/ifsev/state/redisstate"
	"github.com/ifsev/ifsev/state/statetest"
)

func replicated() redisstate.Options {
	return redisstate.Options{Prefix: fmt.Sprintf("t%d:", prefixes.Add(1)), Durability: redisstate.Replicated}
}

func TestConformanceReplicated(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	redistest.StartReplica(t, server)
	statetest.Run(t, func(t *testing.T, _ *statetest.Clock) state.Store { return openWith(t, server.URL(), replicated()) }, statetest.RealClock(nil), statetest.WithoutModel())
}

func TestConformanceReplicatedCluster(t *testing.T) {
	t.Parallel()
	nodes, _ := redistest.StartReplicatedCluster(t, 3)
	statetest.Run(t, func(t *testing.T, _ *statetest.Clock) state.Store { return open(t, clusterURL(nodes)) }, statetest.RealClock(nil), statetest.WithoutModel())
}

// TestNothingIsAcceptedThatNoReplicaHas: the replica hangs, so that a write is done and its copy is not. The sender is
// told to come again, and is answered as if it were the first time once the replica is back.
func TestNothingIsAcceptedThatNoReplicaHas(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	replica := redistest.StartReplica(t, server)
	opt := replicated()
	opt.Budget = 700 * time.Millisecond
	store := openWith(t, server.URL(), opt)
	s := newStory("k")
	s.write(t, store, s.next("0"))

	told := 0
	replica.Freeze()
	marked, bare := s.next("1"), newStory("bare").next("0")
	bare.Marks = nil
	for name, ask := range map[string]func() error{
		"commit":                      func() error { _, err := store.Commit(t.Context(), marked); return err },
		"the same commit":             func() error { _, err := store.Commit(t.Context(), marked); return err },
		"a commit without marks":      func() error { _, err := store.Commit(t.Context(), bare); return err },
		"the same without marks":      func() error { _, err := store.Commit(t.Context(), bare); return err },
		"a number that was taken":     func() error { _, err := store.Number(t.Context(), s.id); return err },
		"a rule set":                  func() error { _, err := store.PutRuleSet(t.Context(), "h", nil); return err },
		"a delivery that is not dead": func() error { return ignoring(state.ErrNotFound, store.Drop(t.Context(), "none", 0)) },
	} {
		err := ask()
		if !errors.Is(err, state.ErrUnavailable) {
			t.Errorf("%s: %v, want that it comes again", name, err)
		} else if strings.Contains(err.Error(), "replicas of the Redis server after") {
			told++
		}
	}
	if told == 0 {
		t.Error("nobody was told why")
	}
	// What nothing is lost with does not wait.
	began := time.Now()
	if _, err := store.Lease(t.Context(), "me", nil, time.Second); err != nil {
		t.Error(err)
	}
	if _, err := store.Claim(t.Context(), s.partition(), "nobody", 1, time.Second); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("leases and claims took %v", took)
	}
	replica.Thaw()
	server.Do("SET", "fence", "1")

	for name, c := range map[string]state.Commit{"with marks": marked, "without": bare} {
		res, err := store.Commit(t.Context(), c)
		if own := res.Status == state.Duplicate || res.Status == state.Conflict && res.Record.Rev == c.Next; err != nil || !own {
			t.Errorf("%s: %v, %v, want to be told that it is written", name, res.Status, err)
		}
	}
	s.wrote(&marked)
	s.check(t, store)
}

func ignoring(known, err error) error {
	if errors.Is(err, known) {
		return nil
	}
	return err
}

// TestAMasterThatIsLostTakesNothingWithIt: the master dies after each acceptance has been answered; what was accepted is
// on the replica, which takes over.
func TestAMasterThatIsLostTakesNothingWithIt(t *testing.T) {
	t.Parallel()
	set := redistest.StartSentinel(t)
	store := openWith(t, set.URL(), redisstate.Options{Prefix: "ifsev:"}) // replicated is the default
	stories := make([]*story, 8)
	var wg sync.WaitGroup
	for i := range stories {
		s := newStory(fmt.Sprint("k", i))
		stories[i] = s
		wg.Go(func() {
			for n := 0; ; n++ {
				c := s.next(fmt.Sprint(n))
				if res, err := store.Commit(t.Context(), c); err != nil || res.Status != state.Written {
					return // the last one may or may not be there: nobody was told that it is
				}
				s.wrote(&c)
			}
		})
	}
	busy(t, store, 200)
	set.Nodes[0].Kill9()
	set.Nodes[1].Do("REPLICAOF", "NO", "ONE") // at once: what had not been copied is gone for good
	wg.Wait()
	direct := openWith(t, set.Nodes[1].URL(), redisstate.Options{Prefix: "ifsev:"})
	commits := 0
	for _, s := range stories {
		commits += len(s.pages)
		pages, err := direct.Timeline(t.Context(), s.id, 0, 1<<20)
		if err != nil || len(pages) < len(s.pages) || len(pages) > len(s.pages)+1 {
			t.Fatalf("%s: %d pages, %v, want the %d that were accepted", s.key, len(pages), err, len(s.pages))
		}
		if diff := cmp.Diff(s.pages, pages[:len(s.pages)]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", s.key, diff)
		}
	}
	t.Logf("%d accepted commits, and the replica has them all", commits)
}

func TestDiskIsRefusedWhereItCannotBeAsked(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.AOF("always"))
	if version := server.Do("INFO", "server"); !strings.Contains(version, "redis_version:7.0") {
		t.Skip("this server may have WAITAOF")
	}
	_, err := redisstate.Open(t.Context(), server.URL(), redisstate.Options{Durability: redisstate.Disk})
	if err == nil || !strings.Contains(err.Error(), "7.2 or newer") {
		t.Errorf("%v, want what to do", err)
	}
}

// TestAccepts: where nothing would count, that is known without waiting for it.
func TestAccepts(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	waits := openWith(t, server.URL(), redisstate.Options{Durability: redisstate.Replicated})
	if err := waits.Accepts(t.Context()); err == nil || !strings.Contains(err.Error(), "add one, or use durability: local") {
		t.Errorf("without a replica: %v", err)
	}
	if err := openWith(t, server.URL(), redisstate.Options{}).Accepts(t.Context()); err != nil {
		t.Errorf("local: %v", err)
	}
	redistest.StartReplica(t, server)
	if err := waits.Accepts(t.Context()); err != nil {
		t.Errorf("with a replica: %v", err)
	}
}

// waitsForDisk starts a server, and skips where it is too old to say what is on its disk.
func waitsForDisk(t *testing.T, opts ...redistest.Option) *redistest.Server {
	t.Helper()
	server := redistest.Start(t, opts...)
	if _, err := server.Try("WAITAOF", "0", "0", "1"); err != nil && strings.Contains(err.Error(), "unknown command") {
		t.Skip("redis-server is older than 7.2")
	}
	return server
}

func TestConformanceDisk(t *testing.T) {
	t.Parallel()
	server := waitsForDisk(t, redistest.AOF("always"))
	statetest.Run(t, func(t *testing.T, _ *statetest.Clock) state.Store {
		return openWith(t, server.URL(), redisstate.Options{Prefix: fmt.Sprintf("t%d:", prefixes.Add(1)), Durability: redisstate.Disk})
	}, statetest.RealClock(nil), statetest.WithoutModel())
}

// TestTheDiskIsWaitedForWhereItIsLate: the server syncs its file each second by itself. What is accepted is on disk all
// the same, and where there is no file any more, nothing is accepted.
func TestTheDiskIsWaitedForWhereItIsLate(t *testing.T) {
	t.Parallel()
	server := waitsForDisk(t, redistest.AOF("everysec"))
	store := openWith(t, server.URL(), redisstate.Options{Prefix: "d:", Durability: redisstate.Disk})
	if _, err := store.Inspect(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := newStory("k")
	for n := range 3 {
		s.write(t, store, s.next(fmt.Sprint(n)))
	}
	server.Kill9()
	server.Restart()
	s.check(t, store)

	server.Do("CONFIG", "SET", "appendonly", "no")
	_, err := store.Commit(t.Context(), s.next("3"))
	if err == nil || !strings.Contains(err.Error(), "appendonly yes") {
		t.Errorf("%v, want what to do", err)
	}
}

// TestASlotThatMovesIsSeenWhole: while the keys of a partition are on two nodes, no script sees a part of them.
func TestASlotThatMovesIsSeenWhole(t *testing.T) {
	t.Parallel()
	nodes := redistest.StartCluster(t, 3)
	store := openWith(t, clusterURL(nodes), redisstate.Options{Prefix: "m:", Durability: redisstate.Local, Budget: 300 * time.Millisecond})
	s := newStory("k")
	for n := range 5 {
		s.write(t, store, s.next(fmt.Sprint(n)))
	}
	base := fmt.Sprintf("m:{p%d}:", s.partition())
	from := nodes[0]
	for _, n := range nodes {
		if n.Do("CLUSTER", "COUNTKEYSINSLOT", n.Do("CLUSTER", "KEYSLOT", base)) != "0" {
			from = n
		}
	}
	to := nodes[0]
	if to == from {
		to = nodes[1]
	}
	move := redistest.Begin(nodes, from, to, base)
	for left := 1; left > 0; {
		left = move.Key()
		fresh := newStory("k") // the same key: must not be declared a second time
		if res, err := store.Commit(t.Context(), fresh.next("other")); err == nil {
			t.Fatalf("with %d keys left a commit was answered %v", left, res.Status)
		} else if !errors.Is(err, state.ErrUnavailable) {
			t.Fatalf("with %d keys left: %v, want that it comes again", left, err)
		}
		if _, err := store.Load(t.Context(), state.Ref{Key: "k"}); !errors.Is(err, state.ErrUnavailable) {
			t.Fatalf("with %d keys left a load was answered: %v", left, err)
		}
	}
	move.End()
	if err := s.insist(t.Context(), store, s.next("5")); err != nil {
		t.Fatal(err)
	}
	s.check(t, store)
	s.drain(t, store)
}

// TestOthersGoOnWhileANodeIsAway: what is due on the other nodes is found, and they can be polled.
func TestOthersGoOnWhileANodeIsAway(t *testing.T) {
	t.Parallel()
	nodes := redistest.StartCluster(t, 3, redistest.Config("cluster-require-full-coverage", "no"))
	store := openLocal(t, clusterURL(nodes))
	all := everyPartition()
	mine, err := store.Lease(t.Context(), "me", all, time.Minute)
	if err != nil || len(mine) != len(all) {
		t.Fatalf("%d, %v", len(mine), err)
	}
	nodes[2].Kill9()
	mine, err = store.Lease(t.Context(), "me", all, time.Minute)
	if err != nil || len(mine) < 30 || len(mine) > 60 {
		t.Errorf("%d leases, %v, want those of the two nodes that are there", len(mine), err)
	}
	if due, err := store.Due(t.Context(), all, 10); err != nil || due.Now.IsZero() {
		t.Errorf("due: %+v, %v", due, err)
	}
	if _, err := store.Stats(t.Context()); !errors.Is(err, state.ErrUnavailable) {
		t.Errorf("stats: %v, want no half count", err)
	}
	nodes[0].Kill9()
	nodes[1].Kill9()
	if _, err := store.Due(t.Context(), all, 10); !errors.Is(err, state.ErrUnavailable) {
		t.Errorf("due with nobody there: %v", err)
	}
}

func everyPartition() []ifsev.Partition {
	all := make([]ifsev.Partition, ifsev.Partitions)
	for i := range all {
		all[i] = ifsev.Partition(i)
	}
	return all
}
