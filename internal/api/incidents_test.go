package api

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/wire"
)

func TestDeclareAnswersTheIncident(t *testing.T) {
	t.Parallel()
	s := newService(t)
	r := s.send(t, http.MethodPost, "/api/v1/incidents", `{"title":"Database is down","severity":1,"tags":["database","eu"],
		"description":"d","key":"k1","fields":{"region":"eu","customers":12},"commander":"alice","subscribers":["bob"],"by":"carol"}`)
	var inc wire.Incident
	r.want(t, http.StatusCreated, &inc)
	if r.Header.Get("Location") != "/api/v1/incidents/1" || r.Header.Get("ETag") != etag(inc.Version) {
		t.Errorf("Location %q, ETag %q", r.Header.Get("Location"), r.Header.Get("ETag"))
	}
	if inc.Number != 1 || inc.SeverityName != "SEV1" || inc.Status != "open" || inc.Roles["commander"] != "alice" || inc.URL != "https://ifsev.example.com/api/v1/incidents/INC-1" {
		t.Errorf("incident %+v", inc)
	}
	if diff := cmp.Diff([]string{"database", "eu"}, inc.Tags); diff != "" {
		t.Error(diff)
	}
	// The rule's answer is in the same decision.
	if !inc.OncallAdded("database") || inc.Oncalls[0].Person != "bob" {
		t.Errorf("on-calls %+v", inc.Oncalls)
	}
	if inc.Fields["customers"] != 12 || inc.Fields["region"] != "eu" {
		t.Errorf("fields %v", inc.Fields)
	}
}

// A whole number is one however it is written.
func TestWholeNumbersWithAFraction(t *testing.T) {
	t.Parallel()
	s := newService(t)
	for _, number := range []string{"2", "2.0", "2e0", "20e-1"} {
		inc := s.declare(t, `{"title":"T","severity":`+number+`,"fields":{"customers":`+number+`}}`)
		if inc.Severity != 2 || inc.Fields["customers"] != 2 {
			t.Errorf("%s: severity %d, customers %v", number, inc.Severity, inc.Fields["customers"])
		}
	}
	p := s.send(t, http.MethodPost, "/api/v1/incidents", `{"title":"T","severity":2.5}`).problem(t, http.StatusUnprocessableEntity)
	if !strings.Contains(p.Detail, "not 2.5") {
		t.Error(p.Detail)
	}
}

func TestASeverityByItsName(t *testing.T) {
	t.Parallel()
	s := newService(t)
	for name, want := range map[string]ifsev.Severity{`"SEV2"`: 2, `"sev-1"`: 1, `"P2"`: 2, `"2"`: 2, `" INFO "`: 5, `4`: 4} {
		inc := s.declare(t, `{"title":"T","severity":`+name+`}`)
		if inc.Severity != want {
			t.Errorf("%s is %d, not %d", name, inc.Severity, want)
		}
	}
	var inc wire.Incident
	s.send(t, http.MethodPatch, "/api/v1/incidents/1", `{"severity":"INFO"}`).want(t, http.StatusOK, &inc)
	if inc.Severity != 5 {
		t.Errorf("severity %d", inc.Severity)
	}
	for _, wrong := range []string{`"SEV9"`, `"bad"`, `""`, `null`, `true`, `"` + strings.Repeat("x", 200) + `"`} {
		for method, path := range map[string]string{http.MethodPost: "", http.MethodPatch: "/1"} {
			p := s.send(t, method, "/api/v1/incidents"+path, `{"title":"T","severity":`+wrong+`}`).problem(t, http.StatusUnprocessableEntity)
			if diff := cmp.Diff([]string{"/severity"}, pointers(p)); diff != "" || len(p.Detail) > 300 {
				t.Errorf("%s %s: %s %s", method, wrong, p.Detail, diff)
			}
		}
	}
}

// Texts are what people see on one line, whatever stands around and in them.
func TestTextsAreTidied(t *testing.T) {
	t.Parallel()
	s := newService(t)
	inc := s.declare(t, `{"title":" a\u0000b\nc\u001b[31m\t","description":" one\r\n\ttwo\u0007 ","service":"\tx ","key":"k\u0001 ","tags":[" a\nb "],
		"commander":" alice\n","subscribers":["bob\u0000"]}`)
	got := []string{inc.Title, inc.Description, inc.Service, inc.Key, inc.Tags[0], inc.Roles["commander"], inc.Subscribers[0]}
	if diff := cmp.Diff([]string{"a b c [31m", "one\n\ttwo", "x", "k", "a b", "alice", "bob"}, got); diff != "" {
		t.Error(diff)
	}
	s.send(t, http.MethodPatch, "/api/v1/incidents/1", `{"title":"t\nu","roles":{"scribe":"eve\n"}}`).want(t, http.StatusOK, &inc)
	if inc.Title != "t u" || inc.Roles["scribe"] != "eve" {
		t.Errorf("%+v", inc)
	}
	p := s.send(t, http.MethodPost, "/api/v1/incidents", `{"title":"\u0000\n"}`).problem(t, http.StatusUnprocessableEntity)
	if diff := cmp.Diff([]string{"/title"}, pointers(p)); diff != "" {
		t.Error(diff)
	}
}

// The shape of an incident is a contract: these names, and lists that are never null.
func TestShapeOfAnIncident(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.declare(t, `{"title":"T","key":"k","description":"d","service":"s"}`)
	s.send(t, http.MethodPost, "/api/v1/incidents/1/ack", `{"by":"alice"}`).want(t, http.StatusOK, nil)
	s.send(t, http.MethodPost, "/api/v1/incidents/1/mitigate", "").want(t, http.StatusOK, nil)
	r := s.send(t, http.MethodPost, "/api/v1/incidents/1/close", `{"reason":"done"}`)
	var got map[string]any
	r.want(t, http.StatusOK, &got)
	for _, name := range strings.Fields(`id number key title description severity severity_name status tags service fields roles
		responders oncalls subscribers acknowledged acknowledged_by declared_at acknowledged_at mitigated_at closed_at updated_at
		last_activity_at alerts links tasks url version`) {
		if _, there := got[name]; !there {
			t.Errorf("%s is missing", name)
		}
		if got[name] == nil {
			t.Errorf("%s is null", name)
		}
		if at, is := strings.CutSuffix(name, "_at"); is {
			text, _ := got[name].(string)
			if when, err := time.Parse(time.RFC3339Nano, text); err != nil || when.Location() != time.UTC {
				t.Errorf("%s is %q", at, text)
			}
		}
	}
}

func TestUnsetTimesAreLeftOut(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.declare(t, `{"title":"T"}`)
	r := s.send(t, http.MethodGet, "/api/v1/incidents/1", "")
	for _, name := range []string{"acknowledged_at", "mitigated_at", "closed_at", "0001-01-01"} {
		if strings.Contains(string(r.body), name) {
			t.Errorf("%s is there: %s", name, r.body)
		}
	}
}

func TestTheSameKeyIsTheSameIncident(t *testing.T) {
	t.Parallel()
	s := newService(t)
	first := s.declare(t, `{"title":"T","key":"k"}`)
	var again wire.Incident
	s.send(t, http.MethodPost, "/api/v1/incidents", `{"title":"Another title","key":"k"}`).want(t, http.StatusOK, &again)
	if again.ID != first.ID || again.Title != "T" {
		t.Errorf("%+v is not %+v", again, first)
	}
	s.send(t, http.MethodPost, "/api/v1/incidents/1/close", "").want(t, http.StatusOK, nil)
	if next := s.declare(t, `{"title":"T","key":"k"}`); next.ID == first.ID {
		t.Error("a closed incident was taken for the new one")
	}
}

func TestWrongDeclarationsNameEveryField(t *testing.T) {
	t.Parallel()
	s := newService(t)
	p := s.send(t, http.MethodPost, "/api/v1/incidents",
		`{"titel":"x","severity":9,"tags":["ok",3,""],"fields":{"region":"mars","nope":1,"customers":"many"},"commander":7}`).problem(t, http.StatusUnprocessableEntity)
	want := []string{"/commander", "/severity", "/tags/1", "/tags/2", "/titel", "/title"}
	if diff := cmp.Diff(want, pointers(p)); diff != "" {
		t.Error(diff)
	}
	p = s.send(t, http.MethodPost, "/api/v1/incidents", `{"title":"x","fields":{"region":"mars","customrs":1,"customers":"many"}}`).problem(t, http.StatusUnprocessableEntity)
	if diff := cmp.Diff([]string{"/fields/customers", "/fields/customrs", "/fields/region"}, pointers(p)); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(p.Errors[1].Detail, "did you mean customers?") {
		t.Error(p.Errors[1].Detail)
	}
}

func TestBodies(t *testing.T) {
	t.Parallel()
	s := newService(t)
	long := strings.Repeat("x", 301)
	for name, c := range map[string]struct {
		body, media string
		status      int
		says        string
	}{
		"no JSON":             {`{"title":`, "", 400, "not JSON"},
		"a list":              {`[]`, "", 400, "object"},
		"text after it":       {`{"title":"x"} y`, "", 400, "not JSON"},
		"no UTF-8":            {"{\"title\":\"\xff\"}", "", 400, "UTF-8"},
		"nothing at all":      {"", "", 422, "/title"},
		"null":                {`{"title":null}`, "", 422, "null"},
		"a key twice":         {`{"title":"x","title":"y"}`, "", 422, "twice"},
		"a long title":        {`{"title":"` + long + `"}`, "", 422, "300"},
		"an empty title":      {`{"title":"  "}`, "", 422, "empty"},
		"half a severity":     {`{"title":"x","severity":1.5}`, "", 422, "1.5"},
		"too deep":            {`{"title":"x","fields":` + strings.Repeat(`{"a":`, 100) + "1" + strings.Repeat("}", 100) + "}", "", 400, "deep"},
		"too large":           {`{"title":"` + strings.Repeat("x", MaxBody) + `"}`, "", 413, "1048576"},
		"a form":              {"title=x", "application/x-www-form-urlencoded", 415, "application/json"},
		"no type":             {`{"title":"x"}`, "-", 415, "application/json"},
		"another charset":     {`{"title":"x"}`, "application/json; charset=latin1", 415, "UTF-8"},
		"patch on a POST":     {`{"title":"x"}`, "application/merge-patch+json", 415, "application/json"},
		"tags as a text":      {`{"title":"x","tags":"database"}`, "", 422, "/tags"},
		"many tags":           {`{"title":"x","tags":[` + strings.Repeat(`"t",`, 100) + `"t"]}`, "", 422, "100"},
		"a field that is big": {`{"title":"x","fields":{"region":"` + strings.Repeat("x", 65<<10) + `"}}`, "", 422, "65536"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var headers []string
			if c.media != "" {
				headers = []string{"Content-Type", strings.TrimPrefix(c.media, "-")}
			}
			p := s.send(t, http.MethodPost, "/api/v1/incidents", c.body, headers...).problem(t, c.status)
			if all := fmt.Sprint(p.Detail, p.Errors); !strings.Contains(all, c.says) {
				t.Errorf("%q does not say %q", all, c.says)
			}
		})
	}
}

func TestPatch(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.declare(t, `{"title":"T","severity":3,"tags":["a","b"],"description":"d","fields":{"region":"eu"},"commander":"alice"}`)
	var inc wire.Incident
	s.send(t, http.MethodPatch, "/api/v1/incidents/INC-1", `{"title":"U","severity":2,"description":null,"fields":{"region":null,"customers":3},
		"roles":{"scribe":"bob"},"commander":null,"add_tags":["c"],"remove_tags":["a"],"add_responders":["bob"],"add_subscribers":["eve"],
		"postmortem":"https://x","service":"db"}`, "Content-Type", "application/merge-patch+json").want(t, http.StatusOK, &inc)
	if inc.Title != "U" || inc.Severity != 2 || inc.Description != "" || inc.Service != "db" || inc.Postmortem != "https://x" {
		t.Errorf("%+v", inc)
	}
	if diff := cmp.Diff(ifsev.Data{"customers": 3}, inc.Fields); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]string{"scribe": "bob"}, inc.Roles); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([][]string{{"b", "c"}, {"bob"}, {"eve"}}, [][]string{inc.Tags, inc.Responders, inc.Subscribers}); diff != "" {
		t.Error(diff)
	}
	var same wire.Incident
	s.send(t, http.MethodPatch, "/api/v1/incidents/1", `{"title":"U"}`).want(t, http.StatusOK, &same)
	if same.Version != inc.Version {
		t.Error("a change that changes nothing made an event")
	}
}

func TestWrongPatches(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.declare(t, `{"title":"T"}`)
	for body, says := range map[string]string{
		`{"status":"opne"}`:         "did you mean open?",
		`{"title":null}`:            "null",
		`{"title":" "}`:             "empty",
		`{"severity":0}`:            "1 to 5",
		`{"tags":["x"]}`:            "add_tags",
		`{"roles":{"scrib":"bob"}}`: "did you mean scribe?",
		`{"roles":{"scribe":5}}`:    "/roles/scribe",
		`{"number":5}`:              "not known here",
		`{"add_tags":["a","b"],"remove_tags":["x"," b"]}`:    "/remove_tags/1",
		`{"add_responders":["a"],"remove_responders":["a"]}`: "/remove_responders/0",
		`{"fields":{"region":"x","q":1}}`:                    "2 things",
	} {
		p := s.send(t, http.MethodPatch, "/api/v1/incidents/1", body).problem(t, http.StatusUnprocessableEntity)
		if all := fmt.Sprint(p.Detail, p.Errors); !strings.Contains(all, says) {
			t.Errorf("%s: %q does not say %q", body, all, says)
		}
	}
}

func TestIfMatch(t *testing.T) {
	t.Parallel()
	s := newService(t)
	inc := s.declare(t, `{"title":"T"}`)
	path := "/api/v1/incidents/1"
	s.send(t, http.MethodPatch, path, `{"severity":4}`, "If-Match", etag(inc.Version)).want(t, http.StatusOK, nil)
	s.send(t, http.MethodPatch, path, `{"severity":5}`, "If-Match", etag(inc.Version)).problem(t, http.StatusPreconditionFailed)
	s.send(t, http.MethodPatch, path, `{"severity":5}`, "If-Match", `"other"`).problem(t, http.StatusPreconditionFailed)
	s.send(t, http.MethodPatch, path, `{"severity":2}`, "If-Match", "*").want(t, http.StatusOK, nil)
	s.send(t, http.MethodPatch, path, `{"severity":5}`, "If-Match", "").want(t, http.StatusOK, nil)
	s.send(t, http.MethodPost, path+"/close", "", "If-Match", etag(1)).problem(t, http.StatusPreconditionFailed)
}

func TestIfMatchTakesAList(t *testing.T) {
	t.Parallel()
	s := newService(t)
	v := s.declare(t, `{"title":"T"}`).Version
	for i, c := range []struct {
		headers []string
		status  int
	}{
		{[]string{etag(v), etag(v + 12)}, http.StatusOK},
		{[]string{etag(v) + ", " + etag(v+1) + `,"other"`}, http.StatusOK},
		{[]string{`"other", ` + etag(v+2)}, http.StatusOK},
		{[]string{etag(v) + ", " + etag(v+1)}, http.StatusPreconditionFailed},
		{[]string{`"other", "another"`}, http.StatusPreconditionFailed},
		{[]string{etag(v), "*"}, http.StatusOK},
	} {
		req := request(t, http.MethodPatch, "/api/v1/incidents/1")
		req.Header["If-Match"], req.Header["Content-Type"] = c.headers, []string{"application/json"}
		req.Body = io.NopCloser(strings.NewReader(fmt.Sprintf(`{"title":"T%d"}`, i)))
		w := httptest.NewRecorder()
		if s.api.ServeHTTP(w, req); w.Code != c.status {
			t.Errorf("%v: %d, not %d: %s", c.headers, w.Code, c.status, w.Body)
		}
	}
}

func TestTwoIdempotencyKeys(t *testing.T) {
	t.Parallel()
	s := newService(t)
	for _, path := range []string{"/api/v1/incidents", "/api/v1/silences"} {
		req := request(t, http.MethodPost, path)
		req.Header["Idempotency-Key"], req.Header["Content-Type"] = []string{"a", "b"}, []string{"application/json"}
		req.Body = io.NopCloser(strings.NewReader(map[bool]string{true: `{"title":"T"}`, false: `{"if":"true","for":"1h"}`}[path == "/api/v1/incidents"]))
		w := httptest.NewRecorder()
		if s.api.ServeHTTP(w, req); w.Code != http.StatusBadRequest {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}

func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	s := newService(t)
	const path, body = "/api/v1/incidents", `{"title":"T"}`
	first := s.send(t, http.MethodPost, path, body, "Idempotency-Key", "a")
	first.want(t, http.StatusCreated, nil)
	var again, other wire.Incident
	r := s.send(t, http.MethodPost, path, body, "Idempotency-Key", "a")
	if r.StatusCode/100 != 2 {
		t.Fatalf("%d %s", r.StatusCode, r.body)
	}
	if err := json.Unmarshal(r.body, &again); err != nil || again.Number != 1 {
		t.Errorf("again: %s, %v", r.body, err)
	}
	s.send(t, http.MethodPost, path, `{"title":"U"}`, "Idempotency-Key", "a").problem(t, http.StatusConflict)
	s.send(t, http.MethodPost, path, body, "Idempotency-Key", "b").want(t, http.StatusCreated, &other)
	if other.Number == 1 {
		t.Error("another key is the same request")
	}
	s.send(t, http.MethodPost, path, body, "Idempotency-Key", strings.Repeat("x", 256)).problem(t, http.StatusBadRequest)
	for range 2 {
		s.send(t, http.MethodPost, path+"/1/notes", `{"text":"once"}`, "Idempotency-Key", "n").want(t, http.StatusOK, nil)
	}
	if n := strings.Count(string(s.send(t, http.MethodGet, path+"/1/timeline", "").body), `"once"`); n != 1 {
		t.Errorf("the note was taken %d times", n)
	}
}

func TestLifeOfAnIncident(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.declare(t, `{"title":"T","by":"carol"}`)
	for _, step := range []struct {
		what, body string
		check      func(*wire.Incident) bool
	}{
		{"notes", `{"text":"looking","by":"alice"}`, func(*wire.Incident) bool { return true }},
		{"ack", `{"by":"alice"}`, func(i *wire.Incident) bool { return i.Acknowledged && i.AcknowledgedBy == "alice" }},
		{"mitigate", `{"reason":"rolled back"}`, func(i *wire.Incident) bool { return i.Status == "mitigated" }},
		{"close", ``, func(i *wire.Incident) bool { return i.Status == "closed" && !i.ClosedAt.IsZero() }},
		{"reopen", `{}`, func(i *wire.Incident) bool { return i.Status == "open" && i.Episode == 2 && !i.Acknowledged }},
		{"tasks", `{"text":"write it up","assignee":"bob"}`, func(i *wire.Incident) bool { return len(i.Tasks) == 1 && i.Tasks[0].Assignee == "bob" }},
		{"tasks", `{"done":"T1"}`, func(i *wire.Incident) bool { return i.Tasks[0].Done }},
	} {
		var inc wire.Incident
		s.send(t, http.MethodPost, "/api/v1/incidents/1/"+step.what, step.body).want(t, http.StatusOK, &inc)
		if !step.check(&inc) {
			t.Errorf("after %s %s: %+v", step.what, step.body, inc)
		}
	}
	var page wire.Page[wire.Entry]
	s.send(t, http.MethodGet, "/api/v1/incidents/1/timeline", "").want(t, http.StatusOK, &page)
	var kinds, actors []string
	for i, ev := range page.Items {
		kinds, actors = append(kinds, string(ev.Type)), append(actors, ev.Actor.Name)
		if ev.Seq != int64(i+1) || ev.At.IsZero() || ev.ID == "" {
			t.Errorf("entry %+v", ev)
		}
	}
	if diff := cmp.Diff([]string{"declared", "noted", "acknowledged", "mitigated", "closed", "reopened", "task_added", "task_done"}, kinds); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"carol", "alice", "alice", "api", "api", "api", "api", "api"}, actors); diff != "" {
		t.Error(diff)
	}
}

func TestRefusedChanges(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.declare(t, `{"title":"T"}`)
	s.send(t, http.MethodPost, "/api/v1/incidents/1/close", "").want(t, http.StatusOK, nil)
	for what, body := range map[string]string{
		"mitigate": ``, "notes": `{}`, "tasks": `{}`, "ack": `{"who":"x"}`, "tasks?": `{"text":"a","done":"T1"}`, "tasks#": `{"done":"T9"}`,
	} {
		s.send(t, http.MethodPost, "/api/v1/incidents/1/"+strings.TrimRight(what, "?#"), body).problem(t, http.StatusUnprocessableEntity)
	}
}

// What only the incident can refuse points at the field that asked for it, like what the form refuses.
func TestRefusedChangesNameTheirFields(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.declare(t, `{"title":"T"}`)
	s.declare(t, `{"title":"U"}`)
	s.send(t, http.MethodPost, "/api/v1/incidents/2/close", "").want(t, http.StatusOK, nil)
	s.declare(t, `{"title":"V","key":"k"}`)
	s.send(t, http.MethodPost, "/api/v1/incidents/3/close", "").want(t, http.StatusOK, nil)
	s.declare(t, `{"title":"V","key":"k"}`)
	tags := `["` + strings.Join(slices.Collect(numbered("t", 99)), `","`) + `"]`
	s.send(t, http.MethodPatch, "/api/v1/incidents/1", `{"add_tags":`+tags+`}`).want(t, http.StatusOK, nil)
	people := `["` + strings.Join(slices.Collect(numbered("p", 150)), `","`) + `"]`
	s.send(t, http.MethodPatch, "/api/v1/incidents/1", `{"add_responders":`+people+`}`).want(t, http.StatusOK, nil)
	for _, c := range []struct{ method, path, body, pointer, says string }{
		{http.MethodPost, "/1/tasks", `{"done":"T9"}`, "/done", "there is no task T9 on INC-1"},
		{http.MethodPatch, "/1", `{"title":" "}`, "/title", "cannot be empty"},
		{http.MethodPatch, "/1", `{"severity":2,"add_tags":["x","y"]}`, "/add_tags", "more than 100 tags"},
		{http.MethodPatch, "/1", `{"add_responders":` + people + `}`, "/add_responders", "more than 200 people"},
		{http.MethodPatch, "/2", `{"status":"mitigated"}`, "/status", "reopen it"},
		{http.MethodPatch, "/3", `{"status":"open"}`, "/status", "INC-4 has taken the place of INC-3"},
		{http.MethodPost, "", `{"title":"T","key":"` + strings.Repeat("ä", 300) + `"}`, "/key", "longer than 500 bytes"},
	} {
		p := s.send(t, c.method, "/api/v1/incidents"+c.path, c.body).problem(t, http.StatusUnprocessableEntity)
		if diff := cmp.Diff([]string{c.pointer}, pointers(p)); diff != "" || !strings.Contains(p.Detail, c.says) {
			t.Errorf("%s %s %.40s: %s: %s", c.method, c.path, c.body, p.Detail, diff)
		}
	}
}

func numbered(prefix string, n int) func(func(string) bool) {
	return func(yield func(string) bool) {
		for i := range n {
			if !yield(fmt.Sprint(prefix, i)) {
				return
			}
		}
	}
}

func TestUnknownIncidents(t *testing.T) {
	t.Parallel()
	s := newService(t)
	for _, id := range []string{"7", "INC-7", "0", "-1", "+1", "x", "0190a5c2-0000-7000-8000-000000000000", "%2e%2e", "INC-"} {
		s.send(t, http.MethodGet, "/api/v1/incidents/"+id, "").problem(t, http.StatusNotFound)
		s.send(t, http.MethodPatch, "/api/v1/incidents/"+id, `{"title":"x"}`).problem(t, http.StatusNotFound)
		s.send(t, http.MethodGet, "/api/v1/incidents/"+id+"/timeline", "").problem(t, http.StatusNotFound)
		s.send(t, http.MethodGet, "/api/v1/incidents/"+id+"/explain", "").problem(t, http.StatusNotFound)
	}
}

func TestIncidentsHaveThreeNames(t *testing.T) {
	t.Parallel()
	s := newService(t)
	inc := s.declare(t, `{"title":"T"}`)
	for _, name := range []string{"1", "INC-1", "inc-1", inc.ID, strings.ToUpper(inc.ID)} {
		var got wire.Incident
		s.send(t, http.MethodGet, "/api/v1/incidents/"+name, "").want(t, http.StatusOK, &got)
		if got.ID != inc.ID {
			t.Errorf("%s is %s", name, got.ID)
		}
	}
}

func TestListPagesAndFilters(t *testing.T) {
	t.Parallel()
	s := newService(t)
	for i := range 7 {
		s.declare(t, fmt.Sprintf(`{"title":"Incident %d","severity":%d,"tags":["t%d","all"],"service":"svc"}`, i, i%3+1, i%2))
	}
	s.send(t, http.MethodPost, "/api/v1/incidents/3/close", "").want(t, http.StatusOK, nil)
	if got := s.numbers(t, "limit=3"); !slices.Equal(got, []int64{7, 6, 5, 4, 3, 2, 1}) {
		t.Errorf("pages gave %v", got)
	}
	for query, want := range map[string][]int64{
		"status=closed":               {3},
		"status=open,closed&limit=2":  {7, 6, 5, 4, 3, 2, 1},
		"severity=1":                  {7, 4, 1},
		"severity=SEV1&severity=2":    {7, 5, 4, 2, 1},
		"tag=t1,all":                  {6, 4, 2},
		"q=INCIDENT+4":                {5},
		"q=svc&status=closed&tag=all": {3},
		"status=invalid":              nil,
	} {
		if got := s.numbers(t, query); !slices.Equal(got, want) {
			t.Errorf("%s gave %v, not %v", query, got, want)
		}
	}
}

// next is given only where something follows.
func TestTheLastPageHasNoNext(t *testing.T) {
	t.Parallel()
	s := newService(t)
	for range 4 {
		s.declare(t, `{"title":"T","severity":3}`)
	}
	s.declare(t, `{"title":"T","severity":4}`)
	s.send(t, http.MethodPost, "/api/v1/incidents/1/notes", `{"text":"n"}`).want(t, http.StatusOK, nil)
	for path, want := range map[string]bool{
		"incidents?limit=5": false, "incidents?limit=4": true, "incidents?limit=4&severity=3": false, "incidents?limit=1&severity=4": false,
		"incidents/1/timeline?limit=2": false, "incidents/1/timeline?limit=1": true, "incidents?severity=1": false,
	} {
		var page struct {
			Items []any  `json:"items"`
			Next  string `json:"next"`
		}
		s.send(t, http.MethodGet, "/api/v1/"+path, "").want(t, http.StatusOK, &page)
		if (page.Next != "") != want {
			t.Errorf("%s: next %q", path, page.Next)
		}
	}
}

func (s *service) numbers(t *testing.T, query string) []int64 {
	t.Helper()
	var all []int64
	cursor := ""
	for {
		var page wire.Page[wire.Incident]
		s.send(t, http.MethodGet, "/api/v1/incidents?"+query+cursor, "").want(t, http.StatusOK, &page)
		for _, item := range page.Items {
			all = append(all, item.Number)
		}
		if page.Next == "" {
			return all
		}
		cursor = "&cursor=" + page.Next
	}
}

func TestWrongQueries(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.declare(t, `{"title":"T"}`)
	for query, says := range map[string]string{
		"incidents?limit=0":               "1 to 200",
		"incidents?limit=201":             "1 to 200",
		"incidents?limit=x":               "whole number",
		"incidents?limit=1&limit=2":       "2 times",
		"incidents?cursor=zzz":            "cursor",
		"incidents?status=opne":           "did you mean open?",
		"incidents?severity=7":            "severity",
		"incidents?sevrity=1":             "did you mean severity?",
		"incidents?%zz":                   "cannot be read",
		"incidents/1/timeline?cursor=aQ":  "cursor",
		"incidents/1/timeline?limit=1001": "1000",
		"deliveries?state=gone":           "dead",
		"firings?cursor=zzz":              "cursor",
		"firings?incident=1&cursor=zzz":   "cursor",
		"firings?limit=1001":              "1000",
		"deliveries?cursor=zzz":           "cursor",
		"deliveries?state=delivered":      "incident=INC-1",
	} {
		p := s.send(t, http.MethodGet, "/api/v1/"+query, "").problem(t, http.StatusBadRequest)
		if !strings.Contains(p.Detail, says) {
			t.Errorf("%s: %q does not say %q", query, p.Detail, says)
		}
	}
}
