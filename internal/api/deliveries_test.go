package api

import (
	"net/http"
	"testing"
	"time"

	"github.com/ifsev/ifsev/internal/wire"
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
