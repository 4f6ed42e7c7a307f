package ruletest

import (
	"errors"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/strictyaml"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/triggers"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// testWorld is a small world: three people, three rotations, a page, a webhook and a tool with channels.
func testWorld(t testing.TB) *World {
	t.Helper()
	str := func(name string) ifsev.FieldSpec { return ifsev.FieldSpec{Name: name, Type: ifsev.TypeString} }
	on := func(people ...string) ifsev.Rotation {
		return ifsev.Rotation{People: people, Start: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC), Every: ifsev.Week}
	}
	decoder, err := triggers.NewDecoder("alertmanager", triggers.Options{Source: "am", Severities: ifsev.DefaultSeverities()})
	if err != nil {
		t.Fatal(err)
	}
	return &World{
		Sources: map[string]triggers.Decoder{"am": decoder},
		Rules: rules.World{
			Actions: []ifsev.ActionSpec{
				{
					Kind: "page", Short: "to", Retry: ifsev.Retry{MaxAge: ifsev.Day}, Outputs: []ifsev.FieldSpec{str("person")},
					Args: []ifsev.FieldSpec{{Name: "to", Type: ifsev.TypeString, Required: true, Names: ifsev.NamesTarget}, str("text")},
				},
				{
					Kind: "webhook", Connection: "webhook", Retry: ifsev.Retry{Min: time.Second, Max: 5 * time.Minute, MaxAge: time.Hour},
					Args:    []ifsev.FieldSpec{{Name: "to", Type: ifsev.TypeString, Names: ifsev.NamesConnection}, str("path"), {Name: "json", Type: ifsev.TypeAny}},
					Outputs: []ifsev.FieldSpec{{Name: "status", Type: ifsev.TypeInt}, str("body"), {Name: "json", Type: ifsev.TypeAny}},
				},
				{
					Kind: "chat.open", Args: []ifsev.FieldSpec{str("channel")},
					Outputs: []ifsev.FieldSpec{
						str("id"), str("channel"), {Name: "members", Type: ifsev.TypeInt}, {Name: "new", Type: ifsev.TypeBool}, {Name: "at", Type: ifsev.TypeTime},
						{Name: "ttl", Type: ifsev.TypeDuration}, {Name: "people", Type: ifsev.TypeStrings}, {Name: "raw", Type: ifsev.TypeMap},
					},
				},
			},
			Connections: []ifsev.Connection{{Name: "status", Kind: "webhook", Host: "status.example.com"}, {Name: "audit", Kind: "webhook"}},
			Directory: &ifsev.Directory{
				People:    map[string]ifsev.Person{"alice": {}, "bob": {}, "carol": {}},
				Rotations: map[string]ifsev.Rotation{"database": on("alice", "bob"), "secondary": on("bob"), "manager": on("carol"), "comms": on("carol")},
				Roles:     []string{"commander", "owner"},
			},
			Severities: ifsev.DefaultSeverities(), Zone: time.UTC,
			Fields: []ifsev.FieldSpec{
				{Name: "region", Type: ifsev.TypeString, Values: []string{"eu", "us"}}, {Name: "customers", Type: ifsev.TypeInt}, {Name: "vip", Type: ifsev.TypeBool},
				{Name: "teams", Type: ifsev.TypeStrings}, {Name: "grace", Type: ifsev.TypeDuration}, {Name: "due", Type: ifsev.TypeTime},
			},
		},
	}
}

// load loads rules in the test world.
func load(t testing.TB, w *World, text string) *rules.Set {
	t.Helper()
	set, problems, _ := rules.Load([]rules.Source{{Name: "rules.yaml", Text: text}}, w.Rules)
	if len(problems) > 0 {
		t.Fatalf("the rules do not load:\n%s", problems.Text())
	}
	return set
}

// suiteOf reads tests of rules.
func suiteOf(t testing.TB, ruleText, testText string) (*Suite, strictyaml.Problems) {
	t.Helper()
	w := testWorld(t)
	set := load(t, w, ruleText)
	f, problems := Open("rules_test.yaml", []byte(testText))
	if len(problems) > 0 {
		return nil, problems
	}
	return f.Read(set, w, func(path string) ([]byte, error) {
		if path == "payload.json" {
			return []byte(firingPayload), nil
		}
		return nil, errors.New("no such file")
	})
}

const firingPayload = `{"alerts": [{"status": "firing", "fingerprint": "a", "startsAt": "2026-06-01T09:00:00Z", "labels": {"alertname": "Disk", "severity": "critical", "tags": "database"}}]}`

// results runs tests and answers what Text says of them.
func results(t testing.TB, ruleText, testText string) (*Report, string) {
	t.Helper()
	suite, problems := suiteOf(t, ruleText, testText)
	if len(problems) > 0 {
		t.Fatalf("the tests cannot be read:\n%s", problems.Text())
	}
	report := Run([]*Suite{suite}, Options{})
	var b strings.Builder
	report.Text(&b)
	return report, b.String()
}

// passes fails the test unless every rule test passes.
func passes(t testing.TB, ruleText, testText string) {
	t.Helper()
	if report, text := results(t, ruleText, testText); report.Failed() > 0 {
		t.Error(text)
	}
}

// theRules are those of the page on the language that tests speak of.
const theRules = `
define:
  active: status in ["open", "mitigated"]
  major: severity <= 2 and active
rules:
  unacknowledged:
    if: major and not acknowledged
    after:
      5m:  [page: secondary]
      10m: [page: manager]
  status-page:
    if: severity == 1 and active
    for: 2m
    then:
      - webhook: {to: status, path: /incidents, json: {title: "${title}"}}
        retry: {max_age: 30m}
        on_error:
          - page: comms
            text: "Status page refused: ${error.message}"
`
