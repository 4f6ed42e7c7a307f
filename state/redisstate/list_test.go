package redisstate_test

import (
	"context"
	"fmt"
	"math/rand/v2"
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

// keyIn answers a key of the partition that begins with name.
func keyIn(p ifsev.Partition, name string) string {
	for n := 0; ; n++ {
		if key := fmt.Sprint(name, "/", n); ifsev.PartitionOfKey(key) == p {
			return key
		}
	}
}

// TestListMergesUnevenPartitions: most incidents lie in one partition, which gives no more than its share at a time.
func TestListMergesUnevenPartitions(t *testing.T) {
	t.Parallel()
	store := open(t, redistest.Start(t).URL())
	const incidents = 400
	place := rand.New(rand.NewPCG(1, 2))
	for n := range incidents {
		p := ifsev.Partition(3)
		if n%5 == 0 {
			p = ifsev.Partition(place.IntN(ifsev.Partitions))
		}
		s := newStory(keyIn(p, fmt.Sprint(n)))
		c := s.next("0")
		c.Summary.ID, c.Summary.Number, c.Outbox, c.Marks = s.id, int64(n+1), nil, nil
		if n%50 == 7 {
			c.Summary.Severity = 3
		}
		s.write(t, store, c)
	}
	for _, tc := range []struct {
		q    state.Query
		want func(number int64) bool
	}{
		{state.Query{Limit: 200}, func(int64) bool { return true }},
		{state.Query{Limit: 7}, func(int64) bool { return true }},
		{state.Query{Limit: 1, Severities: []ifsev.Severity{3}}, func(n int64) bool { return (n-1)%50 == 7 }},
		{state.Query{Limit: 5, Severities: []ifsev.Severity{3}}, func(n int64) bool { return (n-1)%50 == 7 }},
		{state.Query{Limit: 9, Tags: []string{"none"}}, func(int64) bool { return false }},
	} {
		var want []int64
		for n := int64(incidents); n > 0; n-- {
			if tc.want(n) {
				want = append(want, n)
			}
		}
		if diff := cmp.Diff(want, pages(t, store, tc.q)); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", tc.q, diff)
		}
	}
	for _, n := range []int64{1, 8, incidents} {
		if rec, err := store.Load(t.Context(), state.Ref{Number: n}); err != nil || rec.ID == "" {
			t.Errorf("number %d: %v", n, err)
		}
	}
}

// pages answers the numbers that asking page after page gathers.
func pages(t *testing.T, store *redisstate.Store, q state.Query) []int64 {
	t.Helper()
	var got []int64
	for {
		page, err := store.List(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) > q.Limit {
			t.Fatalf("%d at once, want at most %d", len(page), q.Limit)
		}
		for _, s := range page {
			got = append(got, s.Number)
			q.Before = s.Number
		}
		if len(page) < q.Limit {
			return got
		}
	}
}

// TestDeliveriesBeyondOneStretch: what is asked for lies behind more than a script looks at in one go.
func TestDeliveriesBeyondOneStretch(t *testing.T) {
	t.Parallel()
	store := open(t, redistest.Start(t).URL())
	s := newStory("k")
	c := s.next("0")
	first := c.Outbox[0]
	c.Outbox = nil
	const items = 1300
	for n := range items {
		o := first
		o.ID, o.Rule, o.Body = fmt.Sprint("d", n), fmt.Sprint("rule ", n%650), fmt.Append(nil, n)
		c.Outbox = append(c.Outbox, o)
	}
	s.write(t, store, c)
	for name, tc := range map[string]struct {
		q    state.DeliveryQuery
		want []string
	}{
		"the first":    {state.DeliveryQuery{Limit: 2}, []string{"0", "1"}},
		"the last":     {state.DeliveryQuery{Limit: 1, ID: "d1299"}, []string{"1299"}},
		"of a rule":    {state.DeliveryQuery{Limit: 5, Rule: "rule 649"}, []string{"649", "1299"}},
		"one of these": {state.DeliveryQuery{Limit: 1, Rule: "rule 649"}, []string{"649"}},
	} {
		got, err := store.Deliveries(t.Context(), tc.q)
		var bodies []string
		for _, l := range got {
			bodies = append(bodies, string(l.Body))
		}
		if err != nil || !slices.Equal(bodies, tc.want) {
			t.Errorf("%s: %q, %v, want %q", name, bodies, err, tc.want)
		}
	}
	if all, err := store.Deliveries(t.Context(), state.DeliveryQuery{Limit: 1000}); err != nil || len(all) != 1000 || string(all[999].Body) != "999" {
		t.Errorf("%d, %v, want the first thousand", len(all), err)
	}
}

// TestManyMarksAndVerdicts: more than a Lua call takes arguments.
func TestManyMarksAndVerdicts(t *testing.T) {
	t.Parallel()
	store := open(t, redistest.Start(t).URL())
	s := newStory("k")
	c := s.next("0")
	for n := range 9000 {
		c.Marks = append(c.Marks, state.Mark{ID: fmt.Sprint("mark ", n)})
		c.Verdicts[fmt.Sprint("rule ", n)] = fmt.Append(nil, "verdict ", n)
	}
	s.write(t, store, c)
	verdicts, err := store.Verdicts(t.Context(), s.id)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(c.Verdicts, verdicts); diff != "" {
		t.Errorf("verdicts (-want +got):\n%s", diff)
	}
	res, err := store.Commit(t.Context(), c)
	if err != nil || res.Status != state.Duplicate || len(res.Duplicates) != len(c.Marks) {
		t.Errorf("sent again: %v, %d, %v, want all marks as duplicates", res.Status, len(res.Duplicates), err)
	}
}

// TestCloseWaits: what is under way when the store is closed is either done or refused, and what is done is there.
func TestCloseWaits(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	closing, reading := openAt(t, server.URL(), "c:"), openAt(t, server.URL(), "c:")
	var wg sync.WaitGroup
	stories := make([]*story, 8)
	started := make(chan struct{}, len(stories))
	for i := range stories {
		s := newStory(fmt.Sprint("k", i))
		stories[i] = s
		wg.Go(func() {
			for n := 0; ; n++ {
				c := s.next(fmt.Sprint(n))
				res, err := closing.Commit(context.WithoutCancel(t.Context()), c)
				if err != nil {
					return
				}
				if res.Status != state.Written {
					t.Errorf("status %v", res.Status)
				}
				s.wrote(&c)
				if n == 5 {
					started <- struct{}{}
				}
			}
		})
	}
	for range stories {
		<-started
	}
	if err := closing.Close(); err != nil {
		t.Error(err)
	}
	wg.Wait()
	for _, s := range stories {
		s.check(t, reading)
	}
}

// TestListWhileIncidentsAreRemoved: what goes between the two steps of a list is left out of it.
func TestListWhileIncidentsAreRemoved(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	prefix := fmt.Sprintf("t%d:", prefixes.Add(1))
	store := openAt(t, server.URL(), prefix)
	for n := range 3 {
		s := newStory(fmt.Sprint(n))
		c := s.next("0")
		c.Summary.Number = int64(n + 1)
		s.write(t, store, c)
		if n == 1 { // the index was read before it went, its hash after
			server.Do("DEL", fmt.Sprintf("%s{p%d}:incident:%s", prefix, s.partition(), s.id))
		}
	}
	for _, limit := range []int{1, 2, 3} {
		if diff := cmp.Diff([]int64{3, 1}, pages(t, store, state.Query{Limit: limit})); diff != "" {
			t.Errorf("limit %d (-want +got):\n%s", limit, diff)
		}
	}
}

// many puts deliveries of so many bytes into lists of several partitions, and answers the stories they belong to.
func many(t *testing.T, store *redisstate.Store, partitions, each, size int) []*story {
	t.Helper()
	began := time.Now()
	var all []*story
	for p := range partitions {
		s := newStory(keyIn(ifsev.Partition(p), "k"))
		c := s.next("0")
		first := c.Outbox[0]
		c.Outbox = nil
		for n := range each {
			o := first
			o.ID, o.Created = fmt.Sprint("d", p, "/", n), began.Add(time.Duration(n*partitions+p)*time.Millisecond)
			o.Body = append(fmt.Appendf(nil, "%d ", n*partitions+p), make([]byte, size)...)
			c.Outbox = append(c.Outbox, o)
		}
		s.write(t, store, c)
		all = append(all, s)
	}
	return all
}

// TestDeliveriesReadsWhatItAnswers: of long lists, the bodies of those that are not answered stay on the server.
func TestDeliveriesReadsWhatItAnswers(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	store := open(t, server.URL())
	const limit, size = 20, 10_000
	many(t, store, 16, limit, size)
	sent := func() (n int) {
		for line := range strings.Lines(server.Do("INFO", "stats")) {
			_, _ = fmt.Sscanf(line, "total_net_output_bytes:%d", &n) // it is one of many lines
		}
		return n
	}
	before := sent()
	letters, err := store.Deliveries(t.Context(), state.DeliveryQuery{Limit: limit})
	if err != nil || len(letters) != limit {
		t.Fatalf("%d, %v", len(letters), err)
	}
	for i, l := range letters {
		if !strings.HasPrefix(string(l.Body), fmt.Sprint(i, " ")) {
			t.Errorf("%.10q is at %d", l.Body, i)
		}
	}
	if got := sent() - before; got > 2*limit*size {
		t.Errorf("the server sent %d bytes for %d", got, limit*size)
	}
}

// TestDeliveriesThatGoMeanwhile: what is delivered between the two steps is left out, and others take its place.
func TestDeliveriesThatGoMeanwhile(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	prefix := fmt.Sprintf("t%d:", prefixes.Add(1))
	store := openAt(t, server.URL(), prefix)
	s := many(t, store, 2, 4, 1)[1]
	items := fmt.Sprintf("%s{p1}:items:%d:%s:%s", prefix, len(s.destination()), s.destination(), s.id)
	server.Do("HDEL", items, "bd1/0", "bd1/2") // found, but not to be read
	for limit, want := range map[int]string{1: "0", 3: "0 2 3", 8: "0 2 3 4 6 7"} {
		letters, err := store.Deliveries(t.Context(), state.DeliveryQuery{Limit: limit})
		var got []string
		for _, l := range letters {
			n, _, _ := strings.Cut(string(l.Body), " ")
			got = append(got, n)
		}
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("limit %d: %q, %v, want %s", limit, got, err, want)
		}
	}
}
