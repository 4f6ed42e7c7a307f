package state

import (
	"testing"
	"time"
)

func TestTallyTellsRowsApart(t *testing.T) {
	t.Parallel()
	at := time.Unix(5, 1500)
	n := int64(7)
	rows := []Row{
		{LastNumber: &n}, {Number: &Numbered{"a", 1}}, {RuleSet: &RuleSet{Epoch: 1, Hash: "h"}}, {Epoch: &EpochSeen{1, 2}},
		{Incident: &Kept{Record: Record{ID: "a", Doc: []byte("x")}, Wake: at}}, {Summary: &Summary{ID: "a"}},
		{Page: &KeptPage{Incident: "a", Page: Page{Rev: "r"}}}, {Binding: &Binding{"k", "a"}},
		{Delivery: &KeptDelivery{OutboxItem: OutboxItem{ID: "d", Due: at}}}, {Delivery: &KeptDelivery{Dead: true, OutboxItem: OutboxItem{ID: "d"}}},
		{Mark: &KeptMark{ID: "m"}},
	}
	var all, backwards Tally
	for i := range rows {
		all.Add(rows[i])
		backwards.Add(rows[len(rows)-1-i])
	}
	if diff := all.Difference(&backwards); diff != "" {
		t.Errorf("the order is of weight: %s", diff)
	}
	if got := all.Count("deliveries") + all.Count("dead deliveries"); got != 2 {
		t.Errorf("%d deliveries", got)
	}
	changed := rows[4].Incident.Record
	changed.Doc = []byte("y")
	for what, other := range map[string]Row{
		"documents that are not the same":  {Incident: &Kept{Record: changed, Wake: at}},
		"deliveries that are not the same": {Delivery: &KeptDelivery{OutboxItem: OutboxItem{ID: "d", Due: at.Add(time.Microsecond)}}},
	} {
		var a, b Tally
		a.Add(rows[4])
		if other.Delivery != nil {
			a = Tally{}
			a.Add(rows[8])
		}
		b.Add(other)
		if diff := a.Difference(&b); diff != what {
			t.Errorf("%q, want %q", diff, what)
		}
	}
	var none Tally
	if diff := none.Difference(&all); diff == "" || none.String() != "nothing" {
		t.Errorf("%q, %s", diff, none.String())
	}
}
