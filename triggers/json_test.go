package triggers

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ifsev/ifsev"
)

func TestJSONCaptured(t *testing.T) {
	t.Parallel()
	for file, c := range map[string]struct {
		opts Options
		want ifsev.Alert
	}{
		"uptime-kuma-down.json": {
			Options{Map: map[string]Expression{
				"key": path("item.monitor.id"), "title": path("item.monitor.name"), "description": path("item.heartbeat.msg"),
				"status": eval(func(env map[string]any) (any, error) {
					v, err := path("item.heartbeat.status").Eval(env)
					return v == 0, err
				}),
				"starts_at": path("item.heartbeat.time"), "url": path("item.monitor.url"),
			}},
			ifsev.Alert{
				Key: "tool:1", Fingerprint: "1", Status: ifsev.AlertIsFiring, Title: "Checkout API", Severity: 3,
				Description: "Request failed with status code 503", Tags: []string{}, URL: "http://127.0.0.1:19921/health",
				StartsAt: time.Date(2026, 11, 22, 11, 34, 7, 7_000_000, time.UTC),
			},
		},
		"icinga2-problem.json": {
			Options{Map: paths(map[string]string{
				"key": "item.HOSTNAME", "title": "item.SERVICEOUTPUT", "status": "item.NOTIFICATIONTYPE", "service": "item.SERVICENAME",
				"severity": "item.SERVICESTATE", "url": "item.NOTESURL", "fields.host": "item.HOSTNAME", "starts_at": "item.LONGDATETIME",
			})},
			ifsev.Alert{
				Key: "tool:web-01", Fingerprint: "web-01", Status: ifsev.AlertIsFiring, Title: "CRITICAL - 0 of 3 replicas answer",
				Severity: 1, Service: "checkout", Tags: []string{}, URL: "https://runbooks.example.com/checkout",
				Fields: ifsev.Data{"host": "web-01"}, StartsAt: time.Date(2026, 11, 22, 11, 37, 35, 0, time.UTC),
			},
		},
		"nagios-problem.json": {
			Options{Map: paths(map[string]string{
				"key": "item.SERVICEPROBLEMID", "title": "item.SERVICEDESC", "severity": "item.SERVICESTATE", "starts_at": "item.TIMET",
				"tags": "item.HOSTNAME", "id": "item.SERVICEEVENTID",
			})},
			ifsev.Alert{
				Key: "tool:1", Fingerprint: "1", Status: ifsev.AlertIsFiring, Title: "checkout", Severity: 1, Tags: []string{"web-01"},
				StartsAt: time.Unix(1795347482, 0).UTC(),
			},
		},
	} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			c.want.Source = "tool"
			got := decode(t, decoder(t, "json", c.opts), fixture(t, file))
			if diff := cmp.Diff([]Element{{Alert: c.want}}, got, cmpopts.IgnoreFields(ifsev.Alert{}, "ID", "Repetition")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestJSONEach(t *testing.T) {
	t.Parallel()
	title := map[string]Expression{"title": path("item.t")}
	for name, c := range map[string]struct {
		each     Expression
		body     string
		titles   []string
		pointers []string
		err      string
	}{
		"one object":        {nil, `{"t":"a"}`, []string{"a"}, []string{""}, ""},
		"a list":            {nil, `[{"t":"a"},{"t":"b"}]`, []string{"a", "b"}, []string{"/0", "/1"}, ""},
		"an empty list":     {nil, `[]`, nil, nil, ""},
		"each":              {path("body.items"), `{"items":[{"t":"a"},{"t":"b"}]}`, []string{"a", "b"}, []string{"/items/0", "/items/1"}, ""},
		"each, deeper":      {path("body.a/b.items"), `{"x":[[],[{"t":"a"}]],"a/b":{"items":[{"t":"a"}]}}`, []string{"a"}, []string{"/a~1b/items/0"}, ""},
		"each makes a list": {constant([]any{map[string]any{"t": "a"}}), `{"items":[{"t":"a"}]}`, []string{"a"}, []string{""}, ""},
		"each of a list":    {path("body"), `[{"t":"a"},{"t":"b"}]`, []string{"a", "b"}, []string{"/0", "/1"}, ""},
		"each gives none":   {path("body.items"), `{}`, nil, nil, ""},
		"each gives text":   {path("body.items"), `{"items":"x"}`, nil, nil, "each: want a list of items, got text"},
		"each gives object": {path("body.items"), `{"items":{"t":"a"}}`, nil, nil, "each: want a list of items, got an object"},
		"each fails":        {fails("boom"), `{}`, nil, nil, "each: boom"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := decoder(t, "json", Options{Each: c.each, Map: title}).Decode(request(c.body))
			if (err == nil) != (c.err == "") || err != nil && err.Error() != c.err {
				t.Fatalf("error %v, want %q", err, c.err)
			}
			var titles, pointers []string
			for _, e := range got {
				titles, pointers = append(titles, e.Alert.Title), append(pointers, e.Pointer)
			}
			if diff := cmp.Diff(c.titles, titles); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(c.pointers, pointers); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestJSONOneBadElementDoesNotStopTheOthers(t *testing.T) {
	t.Parallel()
	d := decoder(t, "json", Options{
		Map:      paths(map[string]string{"title": "item.t", "severity": "item.s", "status": "item.st", "tags": "item.tags", "key": "item.k"}),
		Declares: path("item.d"),
	})
	got := decode(t, d, `[{"t":"ok","st":"up","d":true},{"t":"","st":"up","d":true},{"t":"x","st":"so so","d":true},{"t":"x","d":true},
		{"t":{},"k":"k","st":"up","d":true},{"t":"x","k":{},"st":"up","d":true},{"t":"last","st":"up","d":false}]`)
	var reasons []string
	for _, e := range got {
		reasons = append(reasons, e.Reason)
	}
	want := []string{
		"", "map.title: it gave nothing", `map.status: the status "so so" is not known: write an expression that gives firing or resolved`,
		"map.status: it gave nothing", "map.title: want text, got an object", "map.key: want text, got an object", "",
	}
	if diff := cmp.Diff(want, reasons); diff != "" {
		t.Error(diff)
	}
	if got[0].Alert.RecordOnly || !got[6].Alert.RecordOnly {
		t.Error("declares decides which open an incident")
	}
}

// What an alert can do without is left out where it does not fit, and people are told.
func TestJSONWhatDoesNotFitIsLeftOut(t *testing.T) {
	t.Parallel()
	names := map[string]string{"title": "item.t"}
	for _, name := range []string{"id", "key", "fingerprint", "severity", "service", "description", "url", "tags", "starts_at", "ends_at"} {
		names[name] = "item." + name
	}
	for body, c := range map[string]struct {
		note  string
		check func(a ifsev.Alert) bool
	}{
		`{}`:                                    {"", func(a ifsev.Alert) bool { return a.Key == "tool:"+digest("x") && a.Fingerprint == digest("x") }},
		`{"key":"k","fingerprint":""}`:          {"", func(a ifsev.Alert) bool { return a.Key == "tool:k" && a.Fingerprint == "k" }},
		`{"id":{}}`:                             {"What map.id gave was left out: want text, got an object.", nil},
		`{"fingerprint":[1]}`:                   {"What map.fingerprint gave was left out: want text, got a list.", nil},
		`{"service":{}}`:                        {"What map.service gave was left out: want text, got an object.", func(a ifsev.Alert) bool { return a.Service == "" }},
		`{"url":[]}`:                            {"What map.url gave was left out: want text, got a list.", nil},
		`{"tags":["a",["b"],"c"]}`:              {"What map.tags gave was left out: want a list of texts, with a list in it.", func(a ifsev.Alert) bool { return cmp.Equal(a.Tags, []string{"a", "c"}) }},
		`{"tags":7}`:                            {"What map.tags gave was left out: want a list of texts, got a number.", nil},
		`{"starts_at":"NaN"}`:                   {"What map.starts_at gave was left out: want a time, got a number that is none.", func(a ifsev.Alert) bool { return a.StartsAt.IsZero() && a.Earlier != "" }},
		`{"starts_at":99999999999999999999}`:    {"What map.starts_at gave was left out: want a time, got a number.", nil},
		`{"ends_at":{}}`:                        {"What map.ends_at gave was left out: want a time, got an object.", nil},
		`{"severity":9}`:                        {"", nil},
		`{"severity":0}`:                        {"", nil},
		`{"severity":2.5}`:                      {"", nil},
		`{"severity":[1]}`:                      {"What map.severity gave was left out: want a severity from 1 (the worst) to 5, or a word, got a list.", nil},
		`{"description":[],"declares":"maybe"}`: {"What map.description gave was left out: want text, got a list.\nWhat declares gave was left out: want true or false, got text.", func(a ifsev.Alert) bool { return !a.RecordOnly }},
	} {
		t.Run(body, func(t *testing.T) {
			t.Parallel()
			o := Options{Map: paths(names)}
			o.Map["title"] = constant("x")
			if strings.Contains(body, "declares") {
				o.Declares = path("item.declares")
			}
			e := decode(t, decoder(t, "json", o), body)[0]
			if e.Reason != "" || e.Alert.Title != "x" || e.Alert.Severity != 3 || e.Alert.Description != c.note {
				t.Errorf("%+v", e)
			}
			if c.check != nil && !c.check(e.Alert) {
				t.Errorf("%+v", e.Alert)
			}
		})
	}
}

func TestJSONAnExpressionThatFails(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"title": "map.title: boom", "status": "map.status: boom", "key": "map.key: boom", "id": "", "severity": "", "fields.x": ""} {
		o := Options{Map: map[string]Expression{"title": constant("x")}}
		o.Map[name] = fails("boom")
		e := decode(t, decoder(t, "json", o), "{}")[0]
		if e.Reason != want || want == "" && e.Alert.Description != "What map."+name+" gave was left out: boom." {
			t.Errorf("%s: %+v", name, e)
		}
	}
}

// What Alertmanager says itself stands where a mapping over it gives nothing that fits.
func TestAlertmanagerKeepsWhatTheMappingDoesNotGive(t *testing.T) {
	t.Parallel()
	over := map[string]Expression{
		"title": constant(nil), "status": constant(nil), "starts_at": constant("soon"), "service": constant([]any{}), "severity": constant([]any{}),
	}
	d := decoder(t, "alertmanager", Options{Map: over})
	e := decode(t, d, `{"alerts":[{"status":"firing","startsAt":"2026-11-23T10:00:00Z","labels":{"alertname":"Disk","service":"db","severity":"page"}}]}`)[0]
	a := e.Alert
	if e.Reason != "" || a.Title != "Disk" || a.Service != "db" || a.Severity != 1 || a.StartsAt.IsZero() || strings.Count(a.Description, "left out") != 3 {
		t.Errorf("%+v", e)
	}
	over["status"] = constant("up")
	if e := decode(t, d, `{"alerts":[{"status":"so so"}]}`)[0]; e.Reason != "" || e.Alert.Status != ifsev.AlertIsResolved || e.Alert.Title != nameless {
		t.Errorf("%+v", e)
	}
	over["status"] = constant("so so")
	if e := decode(t, d, `{"alerts":[{"status":"firing"}]}`)[0]; e.Reason == "" {
		t.Errorf("a status that is not known: %+v", e)
	}
}

func TestJSONKeepsEveryDigit(t *testing.T) {
	t.Parallel()
	d := decoder(t, "json", Options{Map: paths(map[string]string{"title": "item.t", "key": "item.id", "fields.big": "item.id"})})
	for _, number := range []string{"9007199254740993", "9223372036854775808", "123456789012345678901234567890"} {
		a := decode(t, d, `{"t":"x","id":`+number+`}`)[0].Alert
		b, err := json.Marshal(a.Fields)
		if a.Key != "tool:"+number || err != nil || string(b) != `{"big":`+number+`}` {
			t.Errorf("%s became %s and %s", number, a.Key, b)
		}
	}
}

func TestJSONHeadersWithoutSecrets(t *testing.T) {
	t.Parallel()
	var seen map[string]string
	d := decoder(t, "json", Options{Map: map[string]Expression{"title": eval(func(env map[string]any) (any, error) {
		seen = env["headers"].(map[string]string)
		return "t", nil
	})}})
	decode(t, d, "{}", "X-GitHub-Event", "push", "Authorization", "Bearer s", "X-Hub-Signature-256", "s", "Cookie", "s", "X-Api-Key", "s", "X-Vendor-Token", "s")
	if diff := cmp.Diff(map[string]string{"x-github-event": "push"}, seen); diff != "" {
		t.Error(diff)
	}
}

func TestJSONIdentity(t *testing.T) {
	t.Parallel()
	type report struct {
		body   string
		after  time.Duration
		header []string
	}
	for name, c := range map[string]struct {
		opts Options
		a, b report
		same bool
	}{
		"sent again at once":       {Options{}, report{body: `{"t":"x"}`}, report{body: ` {"t": "x"}`, after: time.Second}, true},
		"the same an hour later":   {Options{}, report{body: `{"t":"x"}`}, report{body: `{"t":"x"}`, after: time.Hour}, false},
		"something else":           {Options{}, report{body: `{"t":"x","n":1}`}, report{body: `{"t":"x","n":2}`}, false},
		"one delivery, later":      {Options{}, report{body: `{"t":"x"}`, header: []string{"Idempotency-Key", "k"}}, report{body: `{"t":"x"}`, after: time.Hour, header: []string{"Idempotency-Key", "k"}}, true},
		"another delivery":         {Options{}, report{body: `{"t":"x"}`, header: []string{"Webhook-Id", "k"}}, report{body: `{"t":"x"}`, header: []string{"Webhook-Id", "l"}}, false},
		"a delivery id misused":    {Options{}, report{body: `{"t":"x"}`, header: []string{"X-GitHub-Delivery", "k"}}, report{body: `{"t":"y"}`, header: []string{"X-GitHub-Delivery", "k"}}, false},
		"cloud events of two":      {Options{}, report{body: `{"t":"x"}`, header: []string{"Ce-Id", "1", "Ce-Source", "a"}}, report{body: `{"t":"x"}`, header: []string{"Ce-Id", "1", "Ce-Source", "b"}}, false},
		"one start, later":         {Options{Map: paths(map[string]string{"starts_at": "item.at"})}, report{body: `{"t":"x","at":5}`}, report{body: `{"t":"x","at":5}`, after: time.Hour}, true},
		"another start":            {Options{Map: paths(map[string]string{"starts_at": "item.at"})}, report{body: `{"t":"x","at":5}`}, report{body: `{"t":"x","at":6}`}, false},
		"its own id":               {Options{Map: paths(map[string]string{"id": "item.id"})}, report{body: `{"t":"x","id":5}`}, report{body: `{"t":"x","id":5,"n":1}`, after: time.Hour}, true},
		"resolved under one id":    {Options{Map: paths(map[string]string{"id": "item.id", "status": "item.s"})}, report{body: `{"t":"x","id":5,"s":"down"}`}, report{body: `{"t":"x","id":5,"s":"up"}`}, false},
		"its own id, kept alive":   {Options{TTL: time.Hour, Map: paths(map[string]string{"id": "item.id"})}, report{body: `{"t":"x","id":5}`}, report{body: `{"t":"x","id":5}`, after: 30 * time.Minute}, true},
		"across ten seconds":       {Options{}, report{body: `{"t":"x"}`, after: 9950 * time.Millisecond}, report{body: `{"t":"x"}`, after: 10050 * time.Millisecond}, true},
		"across a part of its ttl": {Options{TTL: time.Minute}, report{body: `{"t":"x"}`, after: 14950 * time.Millisecond}, report{body: `{"t":"x"}`, after: 15050 * time.Millisecond}, true},
		"ten seconds apart":        {Options{}, report{body: `{"t":"x"}`, after: 3 * time.Second}, report{body: `{"t":"x"}`, after: 13 * time.Second}, true},
		"twenty seconds apart":     {Options{}, report{body: `{"t":"x"}`}, report{body: `{"t":"x"}`, after: 20 * time.Second}, false},
		"a source of another name": {Options{Source: "other"}, report{body: `{"t":"x"}`}, report{body: `{"t":"x"}`, header: []string{"X-Other", "1"}}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.opts.Map == nil {
				c.opts.Map = map[string]Expression{}
			}
			c.opts.Map["title"] = path("item.t")
			d := decoder(t, "json", c.opts)
			alert := func(r report) ifsev.Alert {
				req := request(r.body, r.header...)
				req.At = noon.Add(r.after)
				es, err := d.Decode(req)
				if err != nil || es[0].Reason != "" {
					t.Fatalf("%v %v", err, es)
				}
				return es[0].Alert
			}
			a, b := alert(c.a), alert(c.b)
			if got := a.ID == b.ID || a.ID == b.Earlier; got != c.same {
				t.Errorf("the same: %t, want %t", got, c.same)
			}
		})
	}
}

// What names a report does for good; what names only the alert is news again once the alert has turned.
func TestHowFarAnIdentityGoes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		body   string
		ttl    time.Duration
		header []string
		want   ifsev.Repetition
	}{
		"its id":            {`{"t":"x","s":"down","id":5,"at":6}`, 0, nil, ifsev.Repetition{}},
		"its id, with ttl":  {`{"t":"x","s":"down","id":5}`, time.Hour, nil, ifsev.Repetition{Renews: true}},
		"delivery":          {`{"t":"x","s":"down","at":6}`, time.Hour, []string{"Webhook-Id", "k"}, ifsev.Repetition{}},
		"its start":         {`{"t":"x","s":"down","at":6}`, 0, nil, ifsev.Repetition{Recurs: true, Late: 10 * time.Second}},
		"its end":           {`{"t":"x","s":"up","at":6,"end":7}`, time.Hour, nil, ifsev.Repetition{Recurs: true, Late: 10 * time.Second}},
		"its start and ttl": {`{"t":"x","s":"down","at":6}`, time.Hour, nil, ifsev.Repetition{Recurs: true, Late: 10 * time.Second, Renews: true}},
		"nothing":           {`{"t":"x","s":"down"}`, 0, nil, ifsev.Repetition{Recurs: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := paths(map[string]string{"title": "item.t", "starts_at": "item.at", "status": "item.s", "ends_at": "item.end"})
			if strings.Contains(c.body, `"id"`) {
				m["id"] = path("item.id")
			}
			a := decode(t, decoder(t, "json", Options{Map: m, TTL: c.ttl}), c.body, c.header...)[0].Alert
			if diff := cmp.Diff(c.want, a.Repetition, cmpopts.IgnoreFields(ifsev.Repetition{}, "Earlier")); diff != "" {
				t.Error(diff)
			}
			if (a.Earlier != "") != (name == "nothing") {
				t.Errorf("earlier %q", a.Earlier)
			}
		})
	}
}

func TestJSONTwinsInOneDelivery(t *testing.T) {
	t.Parallel()
	d := decoder(t, "json", Options{Map: paths(map[string]string{"title": "item.t"})})
	got := decode(t, d, `[{"t":"x"},{"t":"x"}]`, "Idempotency-Key", "k")
	if got[0].Alert.ID == got[1].Alert.ID {
		t.Error("two elements of one delivery are two reports")
	}
}

func TestInvisibleTitle(t *testing.T) {
	t.Parallel()
	d := decoder(t, "json", Options{Map: paths(map[string]string{"title": "item.t"})})
	if a := decode(t, d, `{"t":"\u0000\u0001"}`)[0].Alert; a.Title != "Alert without a name" {
		t.Errorf("title %q", a.Title)
	}
}

func TestLongTextsAreShortened(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ü", 1000)
	d := decoder(t, "json", Options{Map: map[string]Expression{
		"title": constant(long + "\x00\nnext"), "description": constant(strings.Repeat(long, 30)), "key": constant(long),
		"tags": constant(append(strings.Split(strings.Repeat("t,", 500), ","), long)), "url": constant("javascript:alert(1)"), "service": constant(long),
	}})
	a := decode(t, d, "{}")[0].Alert
	for name, c := range map[string]struct{ got, most int }{
		"title": {len([]rune(a.Title)), ifsev.MaxTitle}, "description": {len([]rune(a.Description)), ifsev.MaxText},
		"key": {len(a.Key), ifsev.MaxKeyLength}, "fingerprint": {len(a.Fingerprint), ifsev.MaxKeyLength},
		"service": {len([]rune(a.Service)), ifsev.MaxTitle}, "tags": {len(a.Tags), ifsev.MaxTags},
	} {
		if c.got > c.most {
			t.Errorf("%s is %d long, the most is %d", name, c.got, c.most)
		}
	}
	if !json.Valid([]byte(`"`+a.Key+`"`)) || !strings.HasPrefix(a.Key, "tool:") {
		t.Errorf("key %q", a.Key)
	}
	if a.URL != "" {
		t.Errorf("a link a browser would run: %q", a.URL)
	}
	change := ifsev.Change{Declare: &ifsev.Declaration{
		Title: a.Title, Description: a.Description, Severity: a.Severity, Tags: a.Tags, Key: a.Key, Source: a.Source, Service: a.Service,
	}}
	if _, err := change.Events(&ifsev.Incident{}); err != nil {
		t.Errorf("an incident must take what a decoder gives: %v", err)
	}
}

func TestNewDecoderRefuses(t *testing.T) {
	t.Parallel()
	title := map[string]Expression{"title": constant("t")}
	for want, c := range map[string]struct {
		kind string
		opts Options
	}{
		`there is no kind of source "prometheus": it is one of alertmanager, json`:                                                                                  {"prometheus", Options{}},
		"map.title is missing: write an expression for the title of an incident, such as item.text":                                                                 {"json", Options{}},
		"each is for sources of the kind json: an Alertmanager body says itself where its alerts are":                                                               {"alertmanager", Options{Each: constant(nil)}},
		`map has no name "titel": it may hold description, ends_at, fingerprint, id, key, service, severity, starts_at, status, tags, title, url and fields.NAME`:   {"alertmanager", Options{Map: map[string]Expression{"titel": constant(1)}}},
		`map has no name "fields.": it may hold description, ends_at, fingerprint, id, key, service, severity, starts_at, status, tags, title, url and fields.NAME`: {"alertmanager", Options{Map: map[string]Expression{"fields.": constant(1)}}},
	} {
		if _, err := NewDecoder(c.kind, c.opts); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if _, err := NewDecoder("json", Options{Map: title}); err != nil {
		t.Error(err)
	}
}
