package redisstate_test

import (
	"testing"

	"github.com/ifsev/ifsev/internal/redistest"
	"github.com/ifsev/ifsev/state"
)

func room(t *testing.T, s state.Store) state.Room {
	t.Helper()
	r, err := s.(state.Roomy).Room(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRoomUnderMaxmemory(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.MaxMemory(64<<20, "noeviction"))
	s := open(t, server.URL())
	r := room(t, s)
	if r.Total != 64<<20 || r.Low() || !r.Ample() || r.Ratio() < 0.8 || r.Ratio() > 1 {
		t.Errorf("an empty one has %+v", r)
	}
	server.Do("SETRANGE", "filler", "57671680", "x") // 55 of 64 MiB
	if r = room(t, s); !r.Low() || r.Free == 0 || r.Ratio() > 0.15 {
		t.Errorf("most is used, and it has %+v", r)
	}
	server.Do("CONFIG", "SET", "maxmemory", "16mb")
	if r = room(t, s); !r.Low() || r.Free != 0 || r.Ratio() != 0 {
		t.Errorf("more is used than it may, and it has %+v", r)
	}
	server.Do("CONFIG", "SET", "maxmemory", "0")
	if r = room(t, s); r.Total != 0 || r.Low() || !r.Ample() || r.Ratio() != 1 {
		t.Errorf("nothing bounds it, and it has %+v", r)
	}
}

// Of the masters of a cluster the one with the least room says how much there is.
func TestRoomOfACluster(t *testing.T) {
	t.Parallel()
	nodes := redistest.StartCluster(t, 3, redistest.MaxMemory(64<<20, "noeviction"))
	s := open(t, clusterURL(nodes))
	if r := room(t, s); r.Total != 64<<20 || r.Low() {
		t.Errorf("%+v", r)
	}
	nodes[1].Do("CONFIG", "SET", "maxmemory", "1mb")
	if r := room(t, s); r.Total != 1<<20 || !r.Low() {
		t.Errorf("one of three is full: %+v", r)
	}
	nodes[1].Do("CONFIG", "SET", "maxmemory", "0")
	if r := room(t, s); r.Total != 64<<20 || r.Low() {
		t.Errorf("one of three has no bound: %+v", r)
	}
}
