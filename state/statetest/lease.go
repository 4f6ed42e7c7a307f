package statetest

import (
	"slices"
	"testing"
	"time"

	"github.com/ifsev/ifsev"
)

func leasePromises() []promise {
	return []promise{
		{name: "Lease is one owner's until it expires", show: showLease},
		{name: "Lease is renewed by its owner", show: showLeaseRenewed, virtual: true},
		{name: "Lease of zero gives up one's own only", show: showLeaseGivenUp},
	}
}

func (w *world) lease(t testing.TB, owner string, ttl time.Duration, parts ...ifsev.Partition) []ifsev.Partition {
	t.Helper()
	got, err := w.Lease(t.Context(), owner, parts, ttl)
	if err != nil {
		t.Fatalf("Lease: %v", err)
	}
	slices.Sort(got)
	return got
}

func (w *world) leased(t testing.TB, owner string, ttl time.Duration, parts []ifsev.Partition, want ...ifsev.Partition) {
	t.Helper()
	if got := w.lease(t, owner, ttl, parts...); !slices.Equal(got, want) {
		t.Fatalf("%s asked for %v and has %v, want %v", owner, parts, got, want)
	}
}

func showLease(t *testing.T, w *world) {
	w.leased(t, "ann", long, []ifsev.Partition{0, 1}, 0, 1)
	w.leased(t, "ann", w.short(), []ifsev.Partition{2}, 2)
	w.leased(t, "bob", long, []ifsev.Partition{0, 63}, 63)
	w.pass(t, w.short())
	w.leased(t, "bob", long, []ifsev.Partition{0, 1, 2, 3}, 2, 3)
	w.leased(t, "ann", long, []ifsev.Partition{0, 1, 2, 3}, 0, 1)
	w.leased(t, "cyd", long, nil)
}

func showLeaseRenewed(t *testing.T, w *world) {
	for range 3 {
		w.leased(t, "ann", time.Minute, []ifsev.Partition{5}, 5)
		w.pass(t, time.Minute-time.Millisecond)
		w.leased(t, "bob", time.Minute, []ifsev.Partition{5})
	}
	w.pass(t, time.Millisecond)
	w.leased(t, "bob", time.Minute, []ifsev.Partition{5}, 5)
}

func showLeaseGivenUp(t *testing.T, w *world) {
	w.leased(t, "ann", long, []ifsev.Partition{1, 2}, 1, 2)
	w.leased(t, "bob", 0, []ifsev.Partition{1})
	w.leased(t, "bob", long, []ifsev.Partition{1})
	w.leased(t, "ann", 0, []ifsev.Partition{1})
	w.leased(t, "bob", long, []ifsev.Partition{1, 2}, 1)
}
