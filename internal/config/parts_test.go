package config

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/strictyaml"
	"github.com/ifsev/ifsev/triggers"
)

// TestSourceAuth makes each kind of verifier and tries a request that should pass and one that should not.
func TestSourceAuth(t *testing.T) {
	t.Parallel()
	const key = "s3cret-from-env"
	sign := func(text string) string {
		mac := hmac.New(sha256.New, []byte(key))
		_, _ = mac.Write([]byte(text)) // a hash's Write never fails
		return fmt.Sprintf("%x", mac.Sum(nil))
	}
	at := time.Unix(1795435200, 0)
	for name, c := range map[string]struct {
		source string // under sources; its name counts
		header []string
	}{
		"bearer":          {`a: {kind: json, secret: "${env:TOKEN}"`, []string{"Authorization", "Bearer " + key}},
		"either of two":   {`a: {kind: json, secret: ["${file:/run/secrets/admin}", "${env:TOKEN}"]`, []string{"Authorization", "Bearer " + key}},
		"own header":      {`a: {kind: json, secret: "${env:TOKEN}", header: X-Vendor-Token`, []string{"X-Vendor-Token", key}},
		"basic":           {`a: {kind: json, basic: {user: u, password: "${env:TOKEN}"}`, []string{"Authorization", "Basic dTpzM2NyZXQtZnJvbS1lbnY="}},
		"preset":          {`a: {kind: json, hmac: {preset: github, secret: "${env:TOKEN}"}`, []string{"X-Hub-Signature-256", "sha256=" + sign("{}")}},
		"preset by name":  {`pagerduty: {kind: json, hmac: {secret: "${env:TOKEN}"}`, []string{"X-PagerDuty-Signature", "v1=" + sign("{}")}},
		"preset, changed": {`github: {kind: json, hmac: {secret: "${env:TOKEN}", header: X-Forge, prefix: v9=}`, []string{"X-Forge", "v9=" + sign("{}")}},
		"grafana's time": {
			`grafana: {kind: alertmanager, hmac: {secret: "${env:TOKEN}", timestamp: X-Time}`,
			[]string{"X-Grafana-Alerting-Signature", sign("1795435200:{}"), "X-Time", "1795435200"},
		},
		"all by hand": {
			`a: {kind: json, hmac: {secret: "${env:TOKEN}", header: X-S, timestamp: X-T, id: X-I, signed: "{id}/{timestamp}/{body}", tolerance: 1h}`,
			[]string{"X-S", sign("7/1795433000/{}"), "X-T", "1795433000", "X-I", "7"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := "sources:\n  " + c.source
			if strings.Contains(text, "kind: json") {
				text += ", map: {title: item.t}"
			}
			v := parse(t, text+"}\n").Sources[0].Auth
			req := triggers.Request{Header: http.Header{}, Body: []byte("{}"), At: at}
			if v.Verify(req) == nil {
				t.Error("a request without anything was taken")
			}
			for i := 0; i < len(c.header); i += 2 {
				req.Header.Set(c.header[i], c.header[i+1])
			}
			if err := v.Verify(req); err != nil {
				t.Error(err)
			}
			req.Header.Set(c.header[0], strings.Replace(c.header[1], "s", "t", 1)+"x")
			if v.Verify(req) == nil {
				t.Error("a wrong secret was taken")
			}
		})
	}
}

func TestRotationsAreOnCall(t *testing.T) {
	t.Parallel()
	d := parse(t, `
timezone: Europe/Berlin
people: {alice: {}, bob: {}, carol: {}}
rotations:
  database:
    people: [alice, bob]
    start: 2026-03-23 09:00
    every: 1w
    overrides: [{person: carol, from: 2026-03-25, until: 2026-03-26T00:00:30}]
`).Directory
	for at, want := range map[string]string{
		"2026-03-23T08:59:59+01:00": "", "2026-03-23T09:00:00+01:00": "alice", "2026-03-25T00:00:00+01:00": "carol", "2026-03-26T00:00:29+01:00": "carol",
		"2026-03-26T00:00:30+01:00": "alice", "2026-03-30T08:59:59+02:00": "alice", "2026-03-30T09:00:00+02:00": "bob",
	} {
		instant, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		r := d.Rotations["database"]
		if got, _ := r.OnCall(instant); got != want {
			t.Errorf("%s: %q is on call, want %q", at, got, want)
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	for name, ok := range map[string]bool{
		"a": true, "db-1.eu_x": true, "0": true, "Alice": true, strings.Repeat("a", 64): true,
		"": false, "-a": false, ".a": false, "a b": false, "a/b": false, "ä": false, strings.Repeat("a", 65): false,
	} {
		_, problems := Parse("f", []byte(fmt.Sprintf("people: {%q: {}}\n", name)), testEnv, testFiles)
		if (len(problems) == 0) != ok {
			t.Errorf("%q: %v", name, problems)
		}
	}
}

func TestFieldForms(t *testing.T) {
	t.Parallel()
	c := parse(t, "fields: {a: int, b: {type: strings, values: [x, 1]}, c: {doc: text}, d: {}}\n")
	want := []ifsev.FieldSpec{
		{Name: "a", Type: "int"}, {Name: "b", Type: "strings", Values: []string{"x", "1"}}, {Name: "c", Type: "string", Doc: "text"}, {Name: "d", Type: "string"},
	}
	if diff := cmp.Diff(want, c.Fields); diff != "" {
		t.Error(diff)
	}
}

func TestPersonSeverityUsesTheConfiguredNames(t *testing.T) {
	t.Parallel()
	c := parse(t, "severities: {1: {name: Red}, 2: {name: Amber}}\npeople: {a: {notify: {severity: amber}}, b: {notify: {severity: 1}}, c: {notify: {}}}\n")
	for name, want := range map[string]ifsev.Severity{"a": 2, "b": 1, "c": 0} {
		if got := c.Directory.People[name].NotifySeverity; got != want {
			t.Errorf("%s: got %d, want %d", name, got, want)
		}
	}
}

func TestStoreForms(t *testing.T) {
	t.Parallel()
	for text, ok := range map[string]bool{
		"file:/var/lib/ifsev": true, `"memory:"`: true, "redis://redis:6379/0": true, "rediss://redis": true, "redis+sentinel://a:1,b:2/main/0": true,
		"redis+cluster://a:1,b:2": true, "redis://user:${env:REDIS_PASSWORD}@redis": true, "redis://${env:REDIS_PASSWORD}@redis": true, "redis://user@redis": true,
		"/var/lib/ifsev": false, "postgres://x": false, "redis://:literal@x": false, "[a]": false,
	} {
		_, problems := Parse("f", []byte("store: "+text+"\n"), testEnv, testFiles)
		if (len(problems) == 0) != ok {
			t.Errorf("%s: %v", text, problems)
		}
	}
}

func TestAllMistakesAtOnce(t *testing.T) {
	t.Parallel()
	_, problems := Parse("f", []byte("listen: x\nurl: y\ntimezone: z\nstore: q\nauth: all\nnope: 1\npeople: {a: {email: b}}\n"), testEnv, testFiles)
	lines := map[int]bool{}
	for _, p := range problems {
		lines[p.Line] = true
	}
	if len(lines) != 7 {
		t.Errorf("7 lines are wrong, %d were told: %s", len(lines), problems.Text())
	}
}

func TestMask(t *testing.T) {
	t.Parallel()
	f, _ := strictyaml.Parse("f", []byte("k: \"pl\\x61nted-1\"\nl: |\n  planted-2\n  planted-3\nm: ${env:X}\nn: true\n"))
	m := &masker{}
	var ps strictyaml.Problems
	for _, p := range f.Root().Pairs() {
		m.hide(p.Value)
		ps.Add(p.Value.Problem("want true, got "+p.Value.Raw(), "not "+p.Value.Raw()))
	}
	ps.Add(f.Problem(3, 3, 1, "in the block", ""), f.Problem(4, 1, 1, "in the block", ""))
	m.mask(ps)
	text := ps.Text()
	for _, secret := range []string{"planted", "pl\\x61nted"} {
		if strings.Contains(text, secret) {
			t.Errorf("%q is shown:\n%s", secret, text)
		}
	}
	if !strings.Contains(text, "${env:X}") || !strings.Contains(text, "want true, got true") || !strings.Contains(text, "    k: **************\n") {
		t.Errorf("more was hidden than must be:\n%s", text)
	}
}
