package api

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/wire"
)

func TestRelationsAreLookedUp(t *testing.T) {
	t.Parallel()
	s := newService(t)
	first := s.declare(t, `{"title":"T"}`)
	s.declare(t, `{"title":"U"}`)
	inc := s.declare(t, `{"title":"V","parent":"1","children":["inc-2"],"related":["`+first.ID+`"]}`)
	want := []ifsev.Relation{{Incident: "INC-1", As: "parent"}, {Incident: "INC-2", As: "child"}, {Incident: "INC-1", As: "related"}}
	if diff := cmp.Diff(want, inc.Related); diff != "" {
		t.Error(diff)
	}
	for _, c := range []struct {
		method, path, body string
		want               []string
		says               string
	}{
		{http.MethodPost, "", `{"title":"p","parent":"INC-999"}`, []string{"/parent"}, "there is no incident INC-999"},
		{http.MethodPost, "", `{"title":"p","related":["1","zzz"]}`, []string{"/related/1"}, `"zzz" is no incident`},
		{http.MethodPost, "", `{"title":"p","children":["9","1","8"],"parent":"-1"}`, []string{"/parent", "/children/0", "/children/2"}, "3 things"},
		{http.MethodPatch, "/1", `{"add_children":["0190a5c2-0000-7000-8000-000000000000"]}`, []string{"/add_children/0"}, "there is no incident 0190a5c2"},
		{http.MethodPatch, "/1", `{"add_related":["INC-1"]}`, []string{"/add_related"}, "related to itself"},
	} {
		p := s.send(t, c.method, "/api/v1/incidents"+c.path, c.body).problem(t, http.StatusUnprocessableEntity)
		if diff := cmp.Diff(c.want, pointers(p)); diff != "" || !strings.Contains(p.Detail, c.says) {
			t.Errorf("%s: %s %s", c.body, p.Detail, diff)
		}
	}
	var page wire.Page[wire.Delivery]
	s.send(t, http.MethodGet, "/api/v1/deliveries?state=dead", "").want(t, http.StatusOK, &page)
	if len(page.Items) > 0 {
		t.Errorf("dead: %+v", page.Items)
	}
}
