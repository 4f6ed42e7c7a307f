package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/wire"
	"github.com/ifsev/ifsev/state"
)

// deadDelivery declares an incident whose page is refused for good, and waits until it is dead.
func deadDelivery(t *testing.T, s *service) wire.Delivery {
	t.Helper()
	s.declare(t, `{"title":"T","severity":1,"tags":["database"]}`)
	deadline := time.Now().Add(10 * time.Second)
	for {
		var page wire.Page[wire.Delivery]
		s.send(t, http.MethodGet, "/api/v1/deliveries?state=dead", "").want(t, http.StatusOK, &page)
		if len(page.Items) == 1 {
			return page.Items[0]
		}
		if time.Now().After(deadline) {
			t.Fatal("the delivery never died")
		}
		time.Sleep(time.Millisecond) // the courier works in real time
	}
}

func TestDeadDeliveries(t *testing.T) {
	t.Parallel()
	s := newService(t)
	d := deadDelivery(t, s)
	if d.Rule != "database-oncall" || d.Action != "page" || d.State != "dead" || d.Attempts != 1 || d.LastError == "" || d.Number != 1 || !d.NextAttemptAt.IsZero() {
		t.Errorf("%+v", d)
	}
	for query, n := range map[string]int{
		"incident=INC-1": 1, "rule=database-oncall": 1, "rule=other": 0, "state=retrying": 0, "limit=1&state=dead": 1,
	} {
		var page wire.Page[wire.Delivery]
		s.send(t, http.MethodGet, "/api/v1/deliveries?"+query, "").want(t, http.StatusOK, &page)
		if len(page.Items) != n {
			t.Errorf("%s: %+v", query, page)
		}
	}
	_ = s.send(t, http.MethodGet, "/api/v1/deliveries?incident=9", "").problem(t, http.StatusNotFound)

	var again wire.Delivery
	s.send(t, http.MethodPost, "/api/v1/deliveries/"+d.ID+"/retry", "").want(t, http.StatusOK, &again)
	if again.ID != d.ID {
		t.Errorf("%+v", again)
	}
	_ = s.send(t, http.MethodPost, "/api/v1/deliveries/dlv_none/retry", "").problem(t, http.StatusNotFound)
}

func TestDropDelivery(t *testing.T) {
	t.Parallel()
	s := newService(t)
	d := deadDelivery(t, s)
	r := s.send(t, http.MethodPost, "/api/v1/deliveries/"+d.ID+"/drop", "")
	r.want(t, http.StatusNoContent, nil)
	if len(r.body) != 0 {
		t.Errorf("204 with a body: %s", r.body)
	}
	_ = s.send(t, http.MethodPost, "/api/v1/deliveries/"+d.ID+"/drop", "").problem(t, http.StatusNotFound)
	_ = s.send(t, http.MethodPost, "/api/v1/deliveries/"+d.ID+"/retry", "").problem(t, http.StatusNotFound)
}

// enqueue puts deliveries of an incident into the outbox, as if a rule had decided them at once; they are due at an
// instant.
func enqueue(t *testing.T, s *service, number int64, due time.Time, ids ...string) {
	t.Helper()
	rec, err := s.store.Load(t.Context(), state.Ref{Number: number})
	if err != nil {
		t.Fatal(err)
	}
	inc := s.incident(t, number)
	c := state.Commit{ID: rec.ID, Expect: rec.Rev, Doc: rec.Doc, Summary: state.SummaryOf(&inc.Incident)}
	c.Next = state.NextRev(c.Expect, c.Doc, nil)
	for _, id := range ids {
		body, err := json.Marshal(ifsev.Delivery{ID: id, Incident: rec.ID, Number: number, Rule: "r", Action: "webhook"})
		if err != nil {
			t.Fatal(err)
		}
		c.Outbox = append(c.Outbox, state.OutboxItem{
			ID: id, Destination: "webhook:" + id, Action: "webhook", Rule: "r", Due: due, Created: time.Now(), Body: body,
		})
	}
	if res, err := s.store.Commit(t.Context(), c); err != nil || res.Status != state.Written {
		t.Fatalf("%v %v", res, err)
	}
}

func (s *service) incident(t *testing.T, number int64) wire.Incident {
	t.Helper()
	var inc wire.Incident
	s.send(t, http.MethodGet, fmt.Sprint("/api/v1/incidents/", number), "").want(t, http.StatusOK, &inc)
	return inc
}

// every follows the pages of a list, and answers the IDs on each.
func every(t *testing.T, s *service, path string) [][]string {
	t.Helper()
	var pages [][]string
	for cursor := ""; ; {
		var page struct {
			Items []struct{ ID string }
			Next  string
		}
		if err := json.Unmarshal(s.send(t, http.MethodGet, "/api/v1/"+path+cursor, "").body, &page); err != nil {
			t.Fatal(err)
		}
		ids := []string{}
		for _, it := range page.Items {
			ids = append(ids, it.ID)
		}
		if pages = append(pages, ids); page.Next == "" || len(pages) > 100 {
			return pages
		}
		cursor = "&cursor=" + page.Next
	}
}

func TestDeliveriesComeInPages(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.declare(t, `{"title":"T","severity":3}`)
	ids := slices.Collect(numbered("w", 1200))
	enqueue(t, s, 1, time.Now().Add(time.Hour), ids...)
	s.store.mute.set(errAway) // so that nobody else takes what is due now
	enqueue(t, s, 1, time.Now().Add(-time.Minute), "flying")
	inc := s.incident(t, 1)
	p, err := ifsev.PartitionOfID(inc.ID)
	if err != nil {
		t.Fatal(err)
	}
	if claims, err := s.store.Claim(t.Context(), p, "webhook:flying", 1, time.Hour); err != nil || len(claims) != 1 {
		t.Fatalf("%v %v", claims, err)
	}
	all := append(slices.Clone(ids), "flying")
	for query, want := range map[string][][]string{
		"limit=500":                       {all[:500], all[500:1000], all[1000:]},
		"limit=1000":                      {all[:1000], all[1000:]},
		"incident=1&limit=1000":           {all[:1000], all[1000:]},
		"state=waiting&limit=600":         {ids[:600], ids[600:]},
		"state=waiting&limit=1000&rule=r": {ids[:1000], ids[1000:]},
		"state=in_flight":                 {{"flying"}},
		"state=in_flight&limit=1":         {{"flying"}},
		"state=retrying":                  {{}},
		"rule=other":                      {{}},
	} {
		if diff := cmp.Diff(want, every(t, s, "deliveries?"+query)); diff != "" {
			t.Errorf("%s: %s", query, diff)
		}
	}
}

// What waits in numbers does not make one request of its list an endless one.
func TestAPageOfDeliveriesLooksAtSoMany(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.declare(t, `{"title":"T","severity":3}`)
	const n = deliveriesMost*deliveriesPages + 1
	enqueue(t, s, 1, time.Now().Add(time.Hour), slices.Collect(numbered("w", n))...)
	if diff := cmp.Diff([][]string{{}, {}}, every(t, s, "deliveries?state=retrying")); diff != "" {
		t.Error(diff)
	}
}

func TestDeliveredIsToldOfOneIncident(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.declare(t, `{"title":"T","severity":3}`)
	deliver(t, s, 1, "r1", "r2", "r1", "r1")
	for query, want := range map[string][][]string{
		"":                 {{"d0", "d1", "d2", "d3"}},
		"&limit=2":         {{"d0", "d1"}, {"d2", "d3"}},
		"&rule=r1":         {{"d0", "d2", "d3"}},
		"&rule=r1&limit=2": {{"d0", "d2"}, {"d3"}},
		"&rule=r2&limit=1": {{"d1"}},
		"&rule=r3":         {{}},
	} {
		if diff := cmp.Diff(want, every(t, s, "deliveries?state=delivered&incident=INC-1"+query)); diff != "" {
			t.Errorf("%s: %s", query, diff)
		}
	}
	var page wire.Page[wire.Delivery]
	s.send(t, http.MethodGet, "/api/v1/deliveries?state=delivered&incident=1&limit=1", "").want(t, http.StatusOK, &page)
	want := wire.Delivery{
		ID: "d0", Incident: s.incident(t, 1).ID, Number: 1, Rule: "r1", Firing: "f", Step: "then[0]", Action: "webhook", Destination: "webhook:x",
		State: ifsev.DeliveryDelivered, Attempts: 2, Receipt: &ifsev.Receipt{Summary: "200 OK", Outputs: ifsev.Data{"status": 200}},
	}
	if diff := cmp.Diff(want, page.Items[0]); diff != "" {
		t.Error(diff)
	}
}

// deliver writes into the timeline that deliveries of these rules have arrived.
func deliver(t *testing.T, s *service, number int64, rules ...string) {
	t.Helper()
	rec, err := s.store.Load(t.Context(), state.Ref{Number: number})
	if err != nil {
		t.Fatal(err)
	}
	inc := s.incident(t, number)
	c := state.Commit{ID: rec.ID, Expect: rec.Rev, Doc: rec.Doc, Summary: state.SummaryOf(&inc.Incident)}
	for i, rule := range rules {
		ev := ifsev.Event{Seq: inc.Version + int64(i) + 1, ID: fmt.Sprint("e", i), Type: ifsev.Delivered, At: time.Now(), Data: ifsev.Data{
			"delivery": fmt.Sprint("d", i), "action": "webhook", "destination": "webhook:x", "rule": rule, "firing": "f", "step": "then[0]",
			"attempts": 2, "receipt": "200 OK", "outputs": map[string]any{"status": 200},
		}}
		body, err := json.Marshal(ev)
		if err != nil {
			t.Fatal(err)
		}
		c.Entries = append(c.Entries, state.Entry{Seq: ev.Seq, Body: body})
	}
	c.Next = state.NextRev(c.Expect, c.Doc, c.Entries)
	if res, err := s.store.Commit(t.Context(), c); err != nil || res.Status != state.Written {
		t.Fatalf("%v %v", res, err)
	}
}
