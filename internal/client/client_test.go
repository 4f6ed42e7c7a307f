package client

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/problem"
	"github.com/ifsev/ifsev/internal/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// seen is a request as the server got it.
type seen struct{ method, path, body, token, match string }

// against makes a client of a server that answers every request in the same way, and remembers them.
func against(t *testing.T, status int, answer any) (*Client, *[]seen) {
	t.Helper()
	var log []seen
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body) // an empty body is as good
		log = append(log, seen{r.Method, r.URL.RequestURI(), string(raw), r.Header.Get("Authorization"), r.Header.Get("If-Match")})
		if p, is := answer.(*problem.Problem); is {
			problem.Write(w, p)
			return
		}
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(answer) // the client notices
	}))
	t.Cleanup(srv.Close)
	c, err := New(srv.URL, "secret-token")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c, &log
}

func TestDeliveriesPageByPage(t *testing.T) {
	t.Parallel()
	c, log := against(t, http.StatusOK, wire.Page[wire.Delivery]{Items: []wire.Delivery{{ID: "d"}}, Next: "n"})
	found, more, err := c.ListDeliveries(t.Context(), DeliveryFilter{Limit: 3})
	if err != nil || len(found) != 3 || !more {
		t.Errorf("%v, more %v, %v", found, more, err)
	}
	var paths []string
	for _, r := range *log {
		paths = append(paths, r.path)
	}
	want := []string{"/api/v1/deliveries?limit=3", "/api/v1/deliveries?cursor=n&limit=2", "/api/v1/deliveries?cursor=n&limit=1"}
	if diff := cmp.Diff(want, paths); diff != "" {
		t.Error(diff)
	}
	c, _ = against(t, http.StatusOK, wire.Page[wire.Delivery]{Items: []wire.Delivery{{ID: "d"}}})
	if found, more, err = c.ListDeliveries(t.Context(), DeliveryFilter{}); err != nil || len(found) != 1 || more {
		t.Errorf("%v, more %v, %v", found, more, err)
	}
}

func TestCalls(t *testing.T) {
	t.Parallel()
	c, log := against(t, http.StatusOK, wire.Page[wire.Delivery]{Items: []wire.Delivery{}})
	ctx := t.Context()
	for name, call := range map[string]struct {
		do   func() error
		want seen
	}{
		"declare":  {func() error { _, _, err := c.Declare(ctx, Body{"title": "T"}); return err }, seen{"POST", "/api/v1/incidents", `{"title":"T"}`, "", ""}},
		"change":   {func() error { _, err := c.Change(ctx, "INC-1", Body{"severity": 2}, 7); return err }, seen{"PATCH", "/api/v1/incidents/INC-1", `{"severity":2}`, "", `"7"`}},
		"do":       {func() error { _, err := c.Do(ctx, "1", "ack", Body{}); return err }, seen{"POST", "/api/v1/incidents/1/ack", `{}`, "", ""}},
		"show":     {func() error { _, err := c.Incident(ctx, "a/b"); return err }, seen{"GET", "/api/v1/incidents/a%2Fb", "", "", ""}},
		"explain":  {func() error { _, err := c.Explain(ctx, "1", "r x"); return err }, seen{"GET", "/api/v1/incidents/1/explain?rule=r+x", "", "", ""}},
		"verify":   {func() error { _, err := c.Verify(ctx, "1"); return err }, seen{"GET", "/api/v1/incidents/1/verify", "", "", ""}},
		"timeline": {func() error { _, err := c.Timeline(ctx, "1"); return err }, seen{"GET", "/api/v1/incidents/1/timeline?limit=1000", "", "", ""}},
		"waiting": {func() error {
			_, err := c.Deliveries(ctx, DeliveryFilter{Rule: "r", State: "dead", Limit: 5})
			return err
		}, seen{"GET", "/api/v1/deliveries?limit=5&rule=r&state=dead", "", "", ""}},
		"retry": {func() error { _, err := c.RetryDelivery(ctx, "d1"); return err }, seen{"POST", "/api/v1/deliveries/d1/retry", "", "", ""}},
		"drop":  {func() error { return c.DropDelivery(ctx, "d1") }, seen{"POST", "/api/v1/deliveries/d1/drop", "", "", ""}},
	} {
		*log = nil
		if err := call.do(); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		call.want.token = "Bearer secret-token"
		if diff := cmp.Diff([]seen{call.want}, *log, cmp.AllowUnexported(seen{})); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestListsAreGatheredPageByPage(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var from, limit int
		_, _ = fmt.Sscan(r.URL.Query().Get("cursor"), &from) // none is 0
		_, _ = fmt.Sscan(r.URL.Query().Get("limit"), &limit)
		p := wire.Page[wire.Incident]{Items: []wire.Incident{}}
		for i := from; i < min(from+limit, 450); i++ {
			p.Items = append(p.Items, wire.Incident{Incident: ifsev.Incident{Number: int64(i)}})
		}
		if from+limit < 450 {
			p.Next = fmt.Sprint(from + limit)
		}
		_ = json.NewEncoder(w).Encode(p) // the client notices
	}))
	defer srv.Close()
	c, err := New(srv.URL, "")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for limit, want := range map[int]int{1: 1, 200: 200, 201: 201, 450: 450, 1000: 450} {
		found, more, err := c.Incidents(t.Context(), map[string][]string{}, limit)
		if err != nil || len(found) != want || found[len(found)-1].Number != int64(want-1) || more != (want < 450) {
			t.Errorf("limit %d: %d items, more: %v, %v", limit, len(found), more, err)
		}
	}
}

func TestRefusalsSayWhatToDo(t *testing.T) {
	t.Parallel()
	for says, p := range map[string]*problem.Problem{
		"there is no incident 7":    problem.New(404, "there is no incident 7"),
		"IFSEV_TOKEN":               problem.New(401, "send a token"),
		"try again":                 problem.New(503, "the store is away"),
		"or use --token\ntry again": problem.New(429, "too many requests without a valid token"),
		"busy\ntry again":           problem.New(429, "busy"),
		"\n  /title: is required":   problem.New(422, "2 things are wrong", problem.At{Pointer: "/title", Detail: "is required"}, problem.At{Pointer: "/x", Detail: "y"}),
		"Conflict":                  {Status: 409},
		"/severity: must be 1 to 5": problem.New(422, "/severity: must be 1 to 5", problem.At{Pointer: "/severity", Detail: "must be 1 to 5"}),
	} {
		c, _ := against(t, p.Status, p)
		_, err := c.Incident(t.Context(), "7")
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v does not say %q", err, says)
		}
		if strings.Contains(err.Error(), "secret-token") || strings.Count(err.Error(), "must be 1") > 1 {
			t.Errorf("%v", err)
		}
	}
}

func TestOtherServers(t *testing.T) {
	t.Parallel()
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") }))
	defer page.Close()
	gone := httptest.NewServer(http.NotFoundHandler())
	defer gone.Close()
	for server, says := range map[string]string{
		page.URL: "is not ifsev", gone.URL: "not as ifsev does", "http://127.0.0.1:1": "start one with `ifsev serve`",
	} {
		c, err := New(server, "")
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Incident(t.Context(), "1")
		c.Close()
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v does not say %q", server, err, says)
		}
	}
	for _, server := range []string{"", "127.0.0.1:8080", "ftp://x", "http://", "://"} {
		if _, err := New(server, ""); err == nil {
			t.Errorf("%q is taken for an address", server)
		}
	}
}

func TestCancelling(t *testing.T) {
	t.Parallel()
	c, _ := against(t, http.StatusOK, wire.Incident{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Incident(ctx, "1"); err == nil || strings.Contains(err.Error(), "start one") {
		t.Errorf("%v", err)
	}
}
