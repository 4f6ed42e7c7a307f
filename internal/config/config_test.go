package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/actions"
	"github.com/ifsev/ifsev/internal/secret"
	"github.com/ifsev/ifsev/internal/strictyaml"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/triggers"
)

func parse(t *testing.T, text string) *Config {
	t.Helper()
	c, problems := Parse("ifsev.yaml", []byte(text), testEnv, testFiles)
	if len(problems) > 0 {
		t.Fatal(problems.Text())
	}
	return c
}

func full(t *testing.T) *Config {
	t.Helper()
	text, err := os.ReadFile("testdata/full.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, string(text))
}

func TestFull(t *testing.T) {
	t.Parallel()
	c := full(t)
	berlin, newYork := zone(t, "Europe/Berlin"), zone(t, "America/New_York")
	got := map[string]any{
		"listen": c.Listen, "url": c.URL, "rules": c.Rules, "zone": c.Zone.String(), "open": c.Open, "severities": c.Severities,
		"fields": c.Fields, "roles": c.Directory.Roles, "people": c.Directory.People, "outgoing": c.Outgoing,
	}
	want := map[string]any{
		"listen": "0.0.0.0:8080", "url": "https://ifsev.example.com", "rules": []string{"/etc/ifsev/rules"}, "zone": "Europe/Berlin", "open": false,
		"severities": ifsev.Severities{
			1: {Name: "SEV1", Hint: "Customers cannot use the product"}, 2: {Name: "SEV2"}, 4: {Name: "DRILL", Planned: true},
		},
		"fields": []ifsev.FieldSpec{
			{Name: "region", Type: ifsev.TypeString, Doc: "Where it is", Values: []string{"eu", "us"}}, {Name: "customers", Type: ifsev.TypeInt},
		},
		"roles": []string{"commander", "owner", "comms"},
		"people": map[string]ifsev.Person{
			"alice": {Name: "Alice Ng", Email: "alice@example.com", Slack: "U012AB", PagerDuty: "PABC12", NotifySeverity: 2},
			"bob":   {Page: "slack"},
		},
		"outgoing": actions.Policy{AllowPrivate: true, Allow: []string{"hooks.example.com", "10.1.0.0/16"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	wantRotations := map[string]ifsev.Rotation{
		"database": {
			People: []string{"alice", "bob"}, Start: time.Date(2026, 1, 5, 9, 0, 0, 0, newYork), Every: 12 * time.Hour, Zone: newYork,
			Overrides: []ifsev.Override{{Person: "bob", From: time.Date(2026, 3, 1, 0, 0, 0, 0, newYork), Until: time.Date(2026, 3, 2, 0, 0, 0, 0, berlin)}},
		},
		"imoc": {People: []string{"bob"}, Start: time.Date(2026, 1, 5, 0, 0, 0, 0, berlin), Every: ifsev.Week, Zone: berlin},
	}
	sameZone := cmp.Comparer(func(a, b *time.Location) bool { return a.String() == b.String() })
	if diff := cmp.Diff(wantRotations, c.Directory.Rotations, sameZone); diff != "" {
		t.Error(diff)
	}
}

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func TestFullSecrets(t *testing.T) {
	t.Parallel()
	c := full(t)
	if c.Store.Reveal() != "redis://:s3cret-redis@redis:6379/0" {
		t.Errorf("store %q", c.Store.Reveal())
	}
	if same := slices.Equal([]Token{
		{"ci", secret.HashOf("s3cret-from-env"), "respond"}, {"root", secret.HashOf("s3cret-from-file"), "admin"}, {"hashed", secret.HashOf("abc"), "read"},
	}, c.Tokens); !same {
		t.Error("tokens differ")
	}
	const env = secret.Secret("s3cret-from-env")
	want := map[string]actions.Connection{
		"slack":     {Name: "slack", Kind: "slack", Token: env},
		"hook":      {Name: "hook", Kind: "slack", URL: "https://hooks.slack.com/services/T0/B0/x"},
		"pagerduty": {Name: "pagerduty", Kind: "pagerduty", RoutingKey: env},
		"smtp":      {Name: "smtp", Kind: "smtp", Host: "mail.example.com", Port: 2525, From: "ifsev@example.com", TLS: "none"},
		"status": {
			Name: "status", Kind: "webhook", URL: "https://status.example.com/api", Sign: env,
			Headers: map[string]secret.Secret{"Authorization": "Bearer " + env, "X-Team": "sre"},
		},
	}
	if diff := cmp.Diff(want, c.Connections); diff != "" {
		t.Error(diff)
	}
	wantNames := []ifsev.Connection{
		{Name: "hook", Kind: "slack", Host: "hooks.slack.com"}, {Name: "pagerduty", Kind: "pagerduty"}, {Name: "slack", Kind: "slack"},
		{Name: "smtp", Kind: "smtp", Host: "mail.example.com"}, {Name: "status", Kind: "webhook", Host: "status.example.com"},
	}
	if diff := cmp.Diff(wantNames, c.ConnectionNames()); diff != "" {
		t.Error(diff)
	}
	asJSON, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, shown := range []string{string(asJSON), fmt.Sprintf("%+v %#v %s", c, c, c.Tokens)} {
		if strings.Contains(shown, "s3cret") {
			t.Error("a configuration that is printed shows a secret")
		}
	}
}

// TestSendersTakeTheConnections holds the two packages together.
func TestSendersTakeTheConnections(t *testing.T) {
	t.Parallel()
	c := full(t)
	if _, err := actions.New(actions.Options{Connections: c.Connections, Directory: c.Directory, Outgoing: c.Outgoing}); err != nil {
		t.Error(err)
	}
}

func compileWithRules(_, use string, e Expression) (triggers.Expression, strictyaml.Problems) {
	compile := rules.CompileMapping
	if use == "declares" {
		compile = rules.CompileDeclares
	}
	m, err := compile(e.Text)
	if err != nil {
		return nil, strictyaml.Problems{e.Node.ProblemAt(0, 1, err.Error(), "")}
	}
	return m, nil
}

func TestFullSources(t *testing.T) {
	t.Parallel()
	c := full(t)
	if diff := cmp.Diff([]string{"alertmanager", "github", "office", "shop"}, c.SourceNames()); diff != "" {
		t.Error(diff)
	}
	sources, problems := c.Triggers(compileWithRules)
	if len(problems) > 0 {
		t.Fatal(problems.Text())
	}
	body := `{"items":[{"id":1,"text":"Till is down","state":"bad","region":"eu","n":3},{"text":"Till is up","state":"ok"}]}`
	req := triggers.Request{Header: http.Header{}, Body: []byte(body), At: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)}
	elements, err := sources["shop"].Decode(req)
	if err != nil {
		t.Fatal(err)
	}
	var got []ifsev.Alert
	for _, e := range elements {
		if e.Reason != "" {
			t.Error(e.Reason)
		}
		got = append(got, e.Alert)
	}
	want := []ifsev.Alert{
		{Source: "shop", Status: "firing", Title: "Till is down", Severity: 3, Tags: []string{}, Fields: ifsev.Data{"region": "eu", "customers": 3}},
		{Source: "shop", Status: "resolved", Title: "Till is up", Severity: 3, Tags: []string{}},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(ifsev.Alert{}, "ID", "Repetition", "Key", "Fingerprint")); diff != "" {
		t.Error(diff)
	}
	if sources["shop"].Auth.Verify(req) == nil || sources["office"].Auth.Verify(req) != nil {
		t.Error("shop needs a password, office needs nothing")
	}
	req.Header.Set("Authorization", "Basic c2hvcDpzM2NyZXQtZnJvbS1lbnY=")
	if err := sources["shop"].Auth.Verify(req); err != nil {
		t.Error(err)
	}
}

func TestSourceExpressionsPointIntoTheFile(t *testing.T) {
	t.Parallel()
	c := parse(t, "sources:\n  shop:\n    kind: json\n    auth: none\n    declares: |\n      severity <=\n      3\n    map: {title: item.text}\n")
	_, problems := c.Triggers(func(kind, use string, e Expression) (triggers.Expression, strictyaml.Problems) {
		if kind != "json" {
			t.Errorf("kind %q", kind)
		}
		if use == "map.title" {
			return compileWithRules(kind, use, e)
		}
		return nil, strictyaml.Problems{e.Node.ProblemAt(strings.Index(e.Text, "3"), 1, "bad "+use, "")}
	})
	if want := "ifsev.yaml:7:7: bad declares"; len(problems) == 0 || problems[0].Error() != want {
		t.Errorf("got %v, want %s", problems, want)
	}
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	empty := parse(t, "# nothing\n")
	if diff := cmp.Diff(Default(), empty, cmpopts.IgnoreUnexported(time.Location{}, Config{})); diff != "" {
		t.Errorf("an empty file is as none: %s", diff)
	}
	blanks := parse(t, "people:\nrotations:\nsources:\nconnections:\noutgoing:\nseverities:\nfields:\nroles:\nrules:\n")
	if blanks.Listen != "127.0.0.1:8080" || blanks.Store.Reveal() != "file:./ifsev-data" || len(blanks.Severities) != 4 || blanks.Zone != time.UTC {
		t.Errorf("keys with nothing under them are as none: %+v", blanks)
	}
	if err := blanks.CheckExposure(); err != nil {
		t.Error(err)
	}
}

func TestOverrides(t *testing.T) {
	t.Parallel()
	c := parse(t, "listen: 127.0.0.1:1\nstore: \"memory:\"\nrules: a\n")
	env := map[string]string{"IFSEV_LISTEN": "127.0.0.1:2", "IFSEV_RULES": "b:c", "IFSEV_URL": "https://x.example/"}
	over := EnvOverrides(func(name string) (string, bool) { v, ok := env[name]; return v, ok }, func(s string) []string { return strings.Split(s, ":") })
	for _, o := range []Overrides{over, {Listen: "127.0.0.1:3"}, {Store: "file:/x"}, {Durability: "disk"}} {
		if err := c.Override(o); err != nil {
			t.Fatal(err)
		}
	}
	if c.Listen != "127.0.0.1:3" || c.Store.Reveal() != "file:/x" || c.Durability != "disk" || strings.Join(c.Rules, " ") != "b c" || c.URL != "https://x.example" {
		t.Errorf("%+v", c)
	}
	for _, bad := range []Overrides{{Listen: "nope"}, {Listen: "h:99999"}, {URL: "ftp://x"}, {URL: "https://u:p@x"}, {URL: "https://x?y"}, {Durability: "disc"}} {
		if err := c.Override(bad); err == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
}

func TestExposure(t *testing.T) {
	t.Parallel()
	for listen, alone := range map[string]bool{
		"127.0.0.1:8080": true, "localhost:1": true, "[::1]:1": true, "127.9.9.9:1": true, "[::ffff:127.0.0.1]:1": true,
		":8080": false, "0.0.0.0:8080": false, "[::]:1": false, "10.0.0.1:1": false, "example.com:1": false,
	} {
		c := Default()
		c.Listen = listen
		if err := c.CheckExposure(); (err == nil) != alone {
			t.Errorf("%s: %v", listen, err)
		}
		c.Open = true
		if err := c.CheckExposure(); err != nil {
			t.Errorf("auth: none says so: %v", err)
		}
		c.Open, c.Tokens = false, []Token{{Name: "x"}}
		if err := c.CheckExposure(); err != nil {
			t.Errorf("with a token: %v", err)
		}
	}
}

func TestExpand(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"plain": "plain", "a ${env:TOKEN} b": "a s3cret-from-env b", "${file:/run/secrets/admin}${env:EMPTY}": "s3cret-from-file",
		"$${env:TOKEN}": "${env:TOKEN}", "$$${env:TOKEN}": "$${env:TOKEN}", "costs $5": "costs $5", "{}": "{}", "ü$${ü} ${env:EMPTY}": "ü${ü} ",
	} {
		c := parse(t, "people: {a: {name: '"+text+"'}}")
		if got := c.Directory.People["a"].Name; got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

func TestExpandPlaces(t *testing.T) {
	t.Parallel()
	_, problems := Parse("f", []byte("people: {a: {name: \"ü\\u00fc ${env:ONE} $${x} ${env:TWO}\"}}"), testEnv, testFiles)
	var got []string
	for _, p := range problems {
		got = append(got, fmt.Sprintf("%d+%d %s", p.Column, p.Length, p.Message))
	}
	want := []string{"29+10 the environment variable ONE is not set", "46+10 the environment variable TWO is not set"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestUnreadable(t *testing.T) {
	t.Parallel()
	c, problems := Load("missing.yaml", testEnv, testFiles)
	if want := "missing.yaml: the configuration cannot be read: no such file or directory"; c != nil || problems.Error() != want {
		t.Errorf("got %v", problems)
	}
	_, problems = Load("x", testEnv, func(string) ([]byte, error) { return nil, errors.New("odd") })
	if problems.Error() != "x: the configuration cannot be read: odd" {
		t.Error(problems)
	}
	_, problems = Parse("f", []byte(`url: "${file:/big}"`), testEnv, func(string) ([]byte, error) { return make([]byte, maxFile+1), nil })
	if len(problems) != 1 || problems[0].Message != "the file /big is larger than 65536 bytes" {
		t.Error(problems)
	}
}

func TestAuthNone(t *testing.T) {
	t.Parallel()
	if c := parse(t, "auth: none\n"); !c.Open {
		t.Error("auth: none opens the API")
	}
}

// FuzzParse holds: no panic, and what stands where a secret belongs is never shown.
func FuzzParse(f *testing.F) {
	text, err := os.ReadFile("testdata/full.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(text))
	f.Add("connections:\n  slack: {token: planted-x}\n")
	f.Add("sources:\n  a: {secret: [planted-x, 'planted-y'], hmac: |\n   planted-z\n}")
	f.Fuzz(func(t *testing.T, text string) {
		c, problems := Parse("f", []byte(text), testEnv, testFiles)
		if (c == nil) == (len(problems) == 0) {
			t.Errorf("config %v with problems %v", c != nil, problems)
		}
		if strings.Contains(problems.Text(), "s3cret") && !strings.Contains(text, "s3cret") {
			t.Error("a problem shows what came from the environment")
		}
	})
}

// With nothing configured an Alertmanager on this machine may post; once others could, or anything is said about who
// may, it needs a source of its own.
func TestDefaultSource(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		config Config
		listen string
		want   int
	}{
		"nothing configured": {Config{}, "", 1}, "another port": {Config{}, "127.0.0.1:9", 1}, "everybody reaches it": {Config{}, "0.0.0.0:8080", 0},
		"open on purpose": {Config{Open: true}, "", 0}, "a token": {Config{Tokens: make([]Token, 1)}, "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.config.Listen = DefaultListen
			if err := c.config.Override(Overrides{Listen: c.listen}); err != nil {
				t.Fatal(err)
			}
			if len(c.config.Sources) != c.want {
				t.Errorf("%+v", c.config.Sources)
			}
		})
	}
}

func TestDurabilityIsForRedis(t *testing.T) {
	t.Parallel()
	for store, fits := range map[string]bool{"file:/x": false, "memory:": false, "redis://h/0": true, "rediss+cluster://h:1": true} {
		c := parse(t, "store: \""+store+"\"\ndurability: replicated\n")
		if err := c.CheckDurability(); (err == nil) != fits {
			t.Errorf("%s: %v", store, err)
		}
		c.Durability = DurabilityLocal
		if err := c.CheckDurability(); err != nil {
			t.Errorf("%s: %v", store, err)
		}
	}
}
