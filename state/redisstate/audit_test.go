package redisstate

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/redistest"
	"github.com/ifsev/ifsev/state"
	"github.com/ifsev/ifsev/state/statetest"
)

// spoil spoils what is kept, past all promises.
func spoil(t *testing.T, kept state.Store, how statetest.Spoil, at statetest.Spoilt) {
	t.Helper()
	s, ctx := kept.(*Store), t.Context()
	base := s.base(at.Partition)
	lane := fmt.Sprintf("%d:%s:%s", len(at.Destination), at.Destination, at.ID)
	do := func(args ...any) {
		if err := s.client.Do(ctx, args...).Err(); err != nil {
			t.Fatal(err)
		}
	}
	switch how {
	case statetest.SpoilWakeGone:
		do("ZREM", base+"wakes", at.ID)
	case statetest.SpoilWakeMoved:
		do("ZADD", base+"wakes", micros(at.Wake.Add(time.Hour)), at.ID)
	case statetest.SpoilWakeOfNothing:
		do("ZADD", base+"wakes", 1, at.ID)
	case statetest.SpoilLaneForgotten:
		do("ZREM", base+"queue:"+at.Destination, at.ID)
		do("ZREM", base+"destinations", at.Destination)
	case statetest.SpoilLaneOfNothing:
		do("ZADD", base+"queue:"+at.Destination, 1, at.ID)
		do("ZADD", base+"destinations", 1, at.Destination)
	case statetest.SpoilDeliveryGone:
		do("DEL", base+"lane:"+lane, base+"items:"+lane, base+"queue:"+at.Destination, base+"destinations")
	case statetest.SpoilSummary:
		var sum state.Summary
		text, err := s.client.HGet(ctx, base+"incident:"+at.ID, "sum").Result()
		if err != nil || json.Unmarshal([]byte(text), &sum) != nil {
			t.Fatal(text, err)
		}
		sum.Title = "another"
		other, err := json.Marshal(sum)
		if err != nil {
			t.Fatal(err)
		}
		do("HSET", base+"incident:"+at.ID, "sum", other)
	}
}

func openAudited(t *testing.T, url string, n int) *Store {
	t.Helper()
	s, err := Open(t.Context(), url, Options{Prefix: fmt.Sprintf("audit%d:", n), Durability: Local})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestAudit(t *testing.T) {
	t.Parallel()
	server, n := redistest.Start(t), 0
	open := func(t *testing.T, _ *statetest.Clock) state.Store {
		n++
		return openAudited(t, server.URL(), n)
	}
	statetest.RunAudit(t, open, spoil, statetest.RealClock(nil), statetest.Serial())
}

// What a destination is looked at by may be too late, or lead to nothing.
func TestAuditOfDestinations(t *testing.T) {
	t.Parallel()
	s := openAudited(t, redistest.Start(t).URL(), 1)
	ctx, base := t.Context(), s.base(3)
	for _, z := range []struct {
		key   string
		score float64
		name  string
	}{{"destinations", 7, "nowhere"}, {"destinations", 9, "late"}, {"queue:late", 8, "inc"}} {
		if err := s.client.ZAdd(ctx, base+z.key, redis.Z{Score: z.score, Member: z.name}).Err(); err != nil {
			t.Fatal(err)
		}
	}
	lane := base + "lane:4:late:inc"
	if err := s.client.RPush(ctx, lane, "d").Err(); err != nil {
		t.Fatal(err)
	}
	found, err := s.Audit(ctx, allPartitions(), "", 1000)
	if err != nil || len(found.Violations) != 2 || found.Next != "" {
		t.Fatalf("%+v, %v", found, err)
	}
	for _, v := range found.Violations {
		if done, err := s.Repair(ctx, v); err != nil || !done {
			t.Errorf("%+v: %v, %v", v, done, err)
		}
	}
	left, err := s.client.ZRangeWithScores(ctx, base+"destinations", 0, -1).Result()
	if err != nil || len(left) != 1 || left[0] != (redis.Z{Score: 8, Member: "late"}) {
		t.Errorf("%+v, %v", left, err)
	}
}

// On a cluster every master is gone along, and what is wrong in any of them is found.
func TestAuditOnACluster(t *testing.T) {
	t.Parallel()
	nodes := redistest.StartCluster(t, 3)
	s := openAudited(t, "redis+cluster://"+nodes[0].Addr(), 1)
	ctx := t.Context()
	for _, p := range []int{0, 1, 2, 3, 40, 63} {
		if err := s.client.ZAdd(ctx, fmt.Sprintf("audit1:{p%d}:wakes", p), redis.Z{Score: 1, Member: fmt.Sprint("nothing", p)}).Err(); err != nil {
			t.Fatal(err)
		}
		if err := s.client.RPush(ctx, fmt.Sprintf("audit1:{p%d}:lane:1:x:inc", p), "d").Err(); err != nil {
			t.Fatal(err)
		}
	}
	found, cursor, looks := map[string]state.Violation{}, "", 0
	for {
		a, err := s.Audit(ctx, allPartitions(), cursor, 1)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range a.Violations {
			found[fmt.Sprint(v.Invariant, v.Partition)] = v
		}
		if looks++; a.Next == "" || looks > 1000 {
			break
		}
		cursor = a.Next
	}
	if len(found) != 12 {
		t.Errorf("%d found in %d looks: %+v", len(found), looks, found)
	}
	for _, v := range found {
		if done, err := s.Repair(ctx, v); err != nil || !done {
			t.Errorf("%+v: %v, %v", v, done, err)
		}
	}
}

// filled puts so many incidents into a store and answers their IDs.
func filled(t *testing.T, s *Store, n int) map[string]bool {
	t.Helper()
	ids := map[string]bool{}
	for i := range n {
		id := ifsev.NewIncidentID([16]byte{1, byte(i >> 8), byte(i)}, ifsev.Partition(i%ifsev.Partitions))
		doc := ifsev.Document{Incident: ifsev.Incident{ID: id, Number: int64(i + 1), Severity: 1, Status: ifsev.StatusOpen}}
		body, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		c := state.Commit{ID: id, Doc: body, Next: state.NextRev("", body, nil), Summary: state.SummaryOf(&doc.Incident)}
		if res, err := s.Commit(t.Context(), c); err != nil || res.Status != state.Written {
			t.Fatal(res, err)
		}
		ids[id] = true
	}
	return ids
}

// audited goes on from a cursor to the end, and answers the incidents that were looked at.
func audited(t *testing.T, s *Store, cursor string, limit int) (ids map[string]bool) {
	t.Helper()
	ids = map[string]bool{}
	for range 300 {
		a, err := s.Audit(t.Context(), allPartitions(), cursor, limit)
		if err != nil || len(a.Violations) > 0 {
			t.Fatalf("%v, %+v", err, a.Violations)
		}
		for _, id := range a.Incidents {
			ids[id] = true
		}
		if cursor = a.Next; cursor == "" {
			return ids
		}
	}
	t.Fatalf("the audit does not end: %s", cursor)
	return nil
}

// awaitMaster waits until the client takes the node for a master.
func awaitMaster(t *testing.T, s *Store, addr string) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(20 * time.Second); ; {
		var known atomic.Bool
		err := s.client.(*redis.ClusterClient).ForEachMaster(t.Context(), func(_ context.Context, node *redis.Client) error {
			if node.Options().Addr == addr {
				known.Store(true)
			}
			return nil
		})
		if err == nil && known.Load() {
			return
		}
		select {
		case <-tick.C:
			s.reload(t.Context())
		case <-deadline:
			t.Fatalf("%s is no master: %v", addr, err)
		}
	}
}

// A pass comes to its end although another node takes over in the middle of it, and so does the next one.
func TestAuditWhileAReplicaTakesOver(t *testing.T) {
	t.Parallel()
	nodes, replicas := redistest.StartReplicatedCluster(t, 3)
	s := openAudited(t, "redis+cluster://"+nodes[0].Addr(), 1)
	ids := filled(t, s, 600)
	first, err := s.Audit(t.Context(), allPartitions(), "", 50)
	if err != nil || first.Next == "" {
		t.Fatalf("%+v, %v", first, err)
	}
	redistest.Failover(nodes[1], replicas[1])
	awaitMaster(t, s, replicas[1].Addr())
	seen := audited(t, s, first.Next, 50)
	for _, id := range first.Incidents {
		seen[id] = true
	}
	if len(seen) != len(ids) {
		t.Errorf("%d of %d incidents were looked at", len(seen), len(ids))
	}
	if again := audited(t, s, "", 50); len(again) != len(ids) {
		t.Errorf("%d of %d incidents were looked at the next time", len(again), len(ids))
	}
}

// Places in nodes are kept while these are masters.
func TestFollow(t *testing.T) {
	t.Parallel()
	masters := map[string]bool{"b": true, "c": true}
	for name, c := range map[string]struct{ at, want map[string]uint64 }{
		"the same nodes":        {map[string]uint64{"b": scanned, "c": 7}, map[string]uint64{"b": scanned, "c": 7}},
		"one that was done":     {map[string]uint64{"a": scanned, "b": scanned, "c": 7}, map[string]uint64{"b": scanned, "c": 7}},
		"one that was not done": {map[string]uint64{"a": 5, "b": scanned, "c": 7}, map[string]uint64{"b": 0, "c": 0}},
	} {
		if follow(c.at, masters); !maps.Equal(c.at, c.want) {
			t.Errorf("%s: %v, want %v", name, c.at, c.want)
		}
	}
}
