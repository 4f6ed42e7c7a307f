package rules

import (
	"slices"
	"testing"

	"github.com/ifsev/ifsev"
)

// What a budget grants is for the delivery that asked. Should that not come to be, it is for no other one.
func TestAGrantIsForOneDelivery(t *testing.T) {
	t.Parallel()
	s := tell(t, `
rules:
  sparing:
    when: noted
    budget: {deliveries: 1, in: 1h, per: target}
    then:
      - page: alice
        if: severity == 1
      - page: bob
`)
	sev := func(n ifsev.Severity) *ifsev.Severity { return &n }
	asked := func(dec Decision) (of []string) {
		for _, d := range dec.Deliveries {
			what := d.Destination
			if d.Inward != nil && d.Inward.Spend != nil {
				what = "asks for " + d.Inward.Spend.Key
			}
			of = append(of, what)
		}
		return of
	}
	declare := &ifsev.Change{Declare: &ifsev.Declaration{Title: "x", Severity: 1}}
	s.decide(Submission{ID: "1", IncidentID: "i", Number: 1, Change: declare})
	first := s.decide(Submission{ID: "2", Change: &ifsev.Change{Note: "go"}})
	if got := asked(first); !slices.Equal(got, []string{"asks for deliveries page:alice"}) {
		t.Fatalf("%v", got)
	}
	s.decide(Submission{ID: "3", Change: &ifsev.Change{Severity: sev(2)}})
	yes := &ifsev.Outcome{Delivery: first.Deliveries[0], Attempts: 1, Receipt: &ifsev.Receipt{Outputs: ifsev.Data{grantedOutput: true}}}
	if got := asked(s.decide(Submission{ID: "4", Outcome: yes})); !slices.Equal(got, []string{"asks for deliveries page:bob"}) {
		t.Errorf("%v", got)
	}
}
