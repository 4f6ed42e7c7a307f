package api

import (
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ifsev/ifsev/internal/wire"
)

// fired follows the pages of the firings, and answers the rule and the incident's number of each.
func fired(t *testing.T, s *service, query string) (list []string, pages int) {
	t.Helper()
	for cursor := ""; ; {
		var page wire.Page[wire.Firing]
		s.send(t, http.MethodGet, "/api/v1/firings?"+query+cursor, "").want(t, http.StatusOK, &page)
		for _, f := range page.Items {
			list = append(list, f.Rule+" "+itoa(int(f.Number)))
		}
		if pages++; page.Next == "" || pages > 50 {
			return list, pages
		}
		cursor = "&cursor=" + page.Next
	}
}

func TestFiringsOnAllIncidents(t *testing.T) {
	t.Parallel()
	s := newService(t)
	for _, severity := range []string{"1", "3", "1"} {
		s.declare(t, `{"title":"T","severity":`+severity+`,"tags":["database"]}`)
	}
	for _, path := range []string{"1", "1", "3"} {
		s.send(t, http.MethodPost, "/api/v1/incidents/"+path+"/notes", `{"text":"n"}`).want(t, http.StatusOK, nil)
	}
	all := []string{"noted 3", "database-oncall 3", "noted 1", "noted 1", "database-oncall 1"}
	one := []string{"database-oncall 1", "noted 1", "noted 1"}
	for query, want := range map[string]struct {
		list  []string
		pages int
	}{
		"": {all, 1}, "limit=1": {all, 5}, "limit=2": {all, 3}, "limit=5": {all, 1},
		"rule=noted": {[]string{"noted 3", "noted 1", "noted 1"}, 1}, "rule=noted&limit=2": {[]string{"noted 3", "noted 1", "noted 1"}, 2},
		"rule=nothing": {nil, 1}, "incident=1": {one, 1}, "incident=1&limit=1": {one, 3}, "incident=INC-1&rule=noted&limit=1": {one[1:], 2},
		"incident=2": {nil, 1},
	} {
		list, pages := fired(t, s, query)
		if diff := cmp.Diff(want.list, list); diff != "" || pages != want.pages {
			t.Errorf("%s: %d pages: %s", query, pages, diff)
		}
	}
}

// A page ends after so many incidents, whether or not anything fired on them.
func TestAPageOfFiringsLooksAtSoManyIncidents(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.declare(t, `{"title":"T","severity":1,"tags":["database"]}`)
	for range firingsIncidents {
		s.declare(t, `{"title":"T","severity":4}`)
	}
	list, pages := fired(t, s, "rule=database-oncall")
	if !slices.Equal(list, []string{"database-oncall 1"}) || pages != 2 {
		t.Errorf("%v on %d pages", list, pages)
	}
	list, pages = fired(t, s, "incident=2")
	if list != nil || pages != 1 {
		t.Errorf("%v on %d pages", list, pages)
	}
}

func TestFiringCursors(t *testing.T) {
	t.Parallel()
	for _, p := range []firingPlace{{1, 0}, {7, 12}} {
		if got, err := parseFiringPlace(p.String()); err != nil || got != p {
			t.Errorf("%v came back as %v, %v", p, got, err)
		}
	}
	for _, place := range []string{"", "1", "0.1", "-1.0", "1.-1", "+1.0", "01.0", "1.0.0", "9223372036854775807.1", "x.y"} {
		if p, err := parseFiringPlace(seal(listAllFired, place)); err == nil {
			t.Errorf("%q was taken as %v", place, p)
		}
	}
}
