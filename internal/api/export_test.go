package api

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/record"
)

// exported reads an export to its end.
func exported(t *testing.T, raw []byte) (*record.Reader, []record.History) {
	t.Helper()
	r, err := record.NewReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	var all []record.History
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return r, all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, h)
	}
}

func TestExport(t *testing.T) {
	t.Parallel()
	s := newService(t)
	one := s.declare(t, `{"title":"One","severity":1,"tags":["database"]}`)
	s.send(t, http.MethodPost, "/api/v1/incidents/1/notes", `{"text":"x"}`).want(t, http.StatusOK, nil)
	s.declare(t, `{"title":"Two","severity":3}`)
	answer := s.send(t, http.MethodGet, "/api/v1/export", "")
	if ct := answer.Header.Get("Content-Type"); answer.StatusCode != http.StatusOK || ct != record.MediaType {
		t.Fatalf("%d %s", answer.StatusCode, ct)
	}
	r, all := exported(t, answer.body)
	if len(all) != 2 || all[0].Number != 2 || all[1].ID != one.ID || all[1].Events[0].Type != ifsev.Declared || len(all[1].Events) < 4 {
		t.Fatalf("%+v", all)
	}
	if len(r.Sets) != 1 || r.Sets[0].Epoch != 1 || r.Sets[0].At.IsZero() || r.Sets[0].Files[0].Text != ruleText || r.Header.At.IsZero() {
		t.Errorf("%+v", r.Sets)
	}
	if w := r.Header.World; len(w.People) == 0 || len(w.Rotations) == 0 {
		t.Errorf("%+v", w)
	}
}

func TestExportChooses(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.declare(t, `{"title":"One"}`)
	two := s.declare(t, `{"title":"Two"}`)
	get := func(query string) (*record.Reader, []record.History) {
		return exported(t, s.send(t, http.MethodGet, "/api/v1/export?"+query, "").body)
	}
	if _, all := get("incident=INC-1"); len(all) != 1 || all[0].Number != 1 {
		t.Errorf("one incident: %+v", all)
	}
	r, all := get("since=" + url.QueryEscape(two.DeclaredAt.Format(time.RFC3339Nano)))
	if len(all) != 1 || all[0].Number != 2 || !r.Header.Since.Equal(two.DeclaredAt) || len(r.Sets) != 1 {
		t.Errorf("since: %+v", all)
	}
	if _, all := get("since=2999-01-01T00:00:00Z"); len(all) != 0 {
		t.Errorf("since the future: %+v", all)
	}
	for query, status := range map[string]int{"incident=9": http.StatusNotFound, "incident=x": http.StatusNotFound, "since=yesterday": http.StatusBadRequest, "untill=1": http.StatusBadRequest} {
		s.send(t, http.MethodGet, "/api/v1/export?"+query, "").problem(t, status)
	}
}

// What was begun and cannot be finished must not look finished.
func TestExportBreaksOff(t *testing.T) {
	t.Parallel()
	s := newService(t)
	for i := range 6 { // more than the buffer holds
		s.declare(t, `{"title":"T","description":"`+strings.Repeat(string(rune('a'+i)), ifsev.MaxText)+`"}`)
	}
	s.store.timelines.Store(6)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/api/v1/export", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := s.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	if err == nil {
		t.Fatalf("%d bytes, and nothing says that they are not all", len(raw))
	}
}
