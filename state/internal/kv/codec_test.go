package kv

import (
	"bytes"
	"cmp"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ifsev/ifsev"
)

// parts is one of each part of a key.
type parts struct {
	p  ifsev.Partition
	s  string
	n  int64
	at time.Time
	s2 string
}

func drawParts(rt *rapid.T) parts {
	text := rapid.StringOfN(rapid.RuneFrom([]rune{0, 1, 'a', 'b', 255}), 0, 4, -1)
	return parts{
		p: ifsev.Partition(rapid.IntRange(0, 1).Draw(rt, "p")), s: text.Draw(rt, "s"), n: rapid.Int64Range(-2, 2).Draw(rt, "n"),
		at: time.Unix(rapid.Int64Range(-1, 1).Draw(rt, "seconds"), rapid.Int64Range(0, 2).Draw(rt, "nanoseconds")), s2: text.Draw(rt, "s2"),
	}
}

func (p parts) key() key { return key{}.part(p.p).text(p.s).number(p.n).instant(p.at).text(p.s2) }

func (p parts) compare(o parts) int {
	return cmp.Or(cmp.Compare(p.p, o.p), cmp.Compare(p.s, o.s), cmp.Compare(p.n, o.n), p.at.Compare(o.at), cmp.Compare(p.s2, o.s2))
}

func TestKeysAreOrderedAsTheirParts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		a, b := drawParts(rt), drawParts(rt)
		if got, want := bytes.Compare(a.key(), b.key()), a.compare(b); got != want {
			rt.Fatalf("%+v and %+v compare as %d, their keys %x and %x as %d", a, b, want, a.key(), b.key(), got)
		}
	})
}

func TestKeysAreTakenApart(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		want := drawParts(rt)
		r := reader{b: want.key()}
		got := parts{p: r.part(), s: r.text(), n: r.number(), at: r.instant(), s2: r.text()}
		if got.compare(want) != 0 || r.bad || len(r.b) != 0 {
			rt.Fatalf("got %+v, bad %t, left %x, want %+v", got, r.bad, r.b, want)
		}
	})
}

func TestBeyondIsTheFirstKeyOutside(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		bytesOf := rapid.SliceOfN(rapid.SampledFrom([]byte{0, 1, 254, 255}), 1, 4)
		prefix, other := key(bytesOf.Draw(rt, "prefix")), bytesOf.Draw(rt, "other")
		beyond := prefix.beyond()
		inside := prefix.begins(other)
		above := beyond != nil && bytes.Compare(other, beyond) >= 0
		if below := bytes.Compare(other, prefix) < 0; inside == (below || above) {
			rt.Fatalf("prefix %x, beyond %x: %x begins with it: %t, below %t, beyond %t", prefix, beyond, other, inside, below, above)
		}
	})
}

func TestExtremeInstants(t *testing.T) {
	t.Parallel()
	all := []time.Time{
		{}, time.Date(1, 1, 1, 0, 0, 0, 1, time.UTC), time.Unix(-1, 0), time.Unix(0, 0), time.Unix(0, 1),
		time.Date(2262, 4, 12, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 999999999, time.UTC),
	}
	var encoded []key
	for _, at := range all {
		k := key{}.instant(at)
		r := reader{b: k}
		if got := r.instant(); !got.Equal(at) || got.IsZero() != at.IsZero() {
			t.Errorf("%s became %s", at, got)
		}
		encoded = append(encoded, k)
	}
	if !slices.IsSortedFunc(encoded, func(a, b key) int { return bytes.Compare(a, b) }) {
		t.Error("instants are not in order")
	}
}

func TestRecordsAreTakenApart(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		want := delivery{
			lane: lane{3, rapid.String().Draw(rt, "destination"), "incident"}, ordinal: 7, id: rapid.String().Draw(rt, "id"), action: "a", rule: "r",
			created: time.Unix(5, 6).UTC(), next: time.Unix(7, 8).UTC(), attempts: 9, claimed: rapid.Bool().Draw(rt, "claimed"),
			failure: rapid.String().Draw(rt, "failure"), body: rapid.SliceOf(rapid.Byte()).Draw(rt, "body"),
		}
		t := &tx{}
		got := t.delivery(want.encode())
		if !bytes.Equal(got.body, want.body) || t.err != nil {
			rt.Fatalf("body %x, %v, want %x", got.body, t.err, want.body)
		}
		if got.body, want.body = nil, nil; got.lane != want.lane || got.id != want.id || got.failure != want.failure || got.claimed != want.claimed ||
			got.ordinal != want.ordinal || got.attempts != want.attempts || !got.created.Equal(want.created) || !got.next.Equal(want.next) {
			rt.Fatalf("got %+v, want %+v", got, want)
		}
	})
}

// A record that was cut off or scribbled over is an error, never a panic.
func TestDamagedRecords(t *testing.T) {
	t.Parallel()
	whole := newDelivery(lane{1, "destination", "incident"}, item()).encode()
	for n := range whole {
		x := &tx{}
		x.delivery(whole[:n])
		if x.err == nil {
			t.Errorf("cut off at %d of %d: no error", n, len(whole))
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		b := rapid.SliceOf(rapid.Byte()).Draw(rt, "bytes")
		x := &tx{}
		x.delivery(b)
		x.page(b)
	})
}
