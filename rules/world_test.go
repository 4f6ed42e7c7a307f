package rules

import (
	"testing"
	"time"

	"github.com/ifsev/ifsev"
)

// testActions are kinds that lead outside, shaped like the real ones.
func testActions() []ifsev.ActionSpec {
	str := func(name string) ifsev.FieldSpec { return ifsev.FieldSpec{Name: name, Type: ifsev.TypeString} }
	to := ifsev.FieldSpec{Name: "to", Type: ifsev.TypeString, Names: ifsev.NamesConnection}
	return []ifsev.ActionSpec{
		{
			Kind: "page", Short: "to", Doc: "Pages.", Example: "page: database",
			Args:    []ifsev.FieldSpec{{Name: "to", Type: ifsev.TypeString, Required: true, Names: ifsev.NamesTarget}, str("text")},
			Outputs: []ifsev.FieldSpec{str("person")},
		},
		{
			Kind: "webhook", Connection: "webhook", Doc: "Sends a request.", Example: "webhook: {to: status, path: /incidents}",
			Args: []ifsev.FieldSpec{
				to, str("url"), str("path"), {Name: "query", Type: ifsev.TypeMap}, {Name: "method", Type: ifsev.TypeString, Fixed: true, Values: []string{"POST", "PUT"}},
				{Name: "headers", Type: ifsev.TypeMap}, {Name: "json", Type: ifsev.TypeAny}, str("body"),
			},
			Outputs: []ifsev.FieldSpec{{Name: "status", Type: ifsev.TypeInt}, str("body"), {Name: "json", Type: ifsev.TypeAny}},
		},
		{
			Kind: "slack.post", Connection: "slack", Doc: "Posts.", Example: "slack.post: {channel: \"#incidents\", text: hello}",
			Args: []ifsev.FieldSpec{
				to, str("channel"), str("text"), {Name: "blocks", Type: ifsev.TypeAny}, str("thread_ts"),
				{Name: "mention", Type: ifsev.TypeStrings}, {Name: "unfurl", Type: ifsev.TypeBool}, {Name: "expires", Type: ifsev.TypeDuration},
				{Name: "at", Type: ifsev.TypeTime}, {Name: "weight", Type: ifsev.TypeNumber}, {Name: "count", Type: ifsev.TypeInt},
			},
			Outputs: []ifsev.FieldSpec{str("ts"), str("channel")},
		},
		{
			Kind: "email", Connection: "smtp", Doc: "Sends a mail.",
			Args: []ifsev.FieldSpec{
				{Name: "to", Type: ifsev.TypeStrings, Required: true}, str("subject"), str("text"),
				{Name: "via", Type: ifsev.TypeString, Names: ifsev.NamesConnection},
			},
		},
	}
}

// testWorld is a world with everything in it.
func testWorld() World {
	return World{
		Actions: testActions(),
		Connections: []ifsev.Connection{
			{Name: "slack", Kind: "slack"}, {Name: "status", Kind: "webhook", Host: "status.example.com"},
			{Name: "audit", Kind: "webhook", Host: "audit.example.com"}, {Name: "smtp", Kind: "smtp", Host: "mail.example.com"},
		},
		Directory: &ifsev.Directory{
			People: map[string]ifsev.Person{"alice": {Name: "Alice Ng"}, "bob": {Name: "Bob"}, "manager": {Name: "Mia"}},
			Rotations: map[string]ifsev.Rotation{
				"database":  {People: []string{"alice", "bob"}, Start: monday, Every: ifsev.Week},
				"secondary": {People: []string{"bob"}, Start: monday, Every: ifsev.Week},
			},
			Roles: []string{"commander", "owner", "comms"},
		},
		Severities: ifsev.Severities{1: {Name: "SEV1"}, 2: {Name: "SEV2"}, 4: {Name: "DRILL", Planned: true}},
		Fields: []ifsev.FieldSpec{
			{Name: "master_issue", Type: ifsev.TypeString}, {Name: "region", Type: ifsev.TypeString, Values: []string{"eu", "us"}},
			{Name: "customers", Type: ifsev.TypeInt}, {Name: "due", Type: ifsev.TypeTime}, {Name: "budget", Type: ifsev.TypeDuration},
		},
		Zone: time.UTC, URL: "https://ifsev.example.com",
	}
}

var monday = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

// mustLoad loads one file in the full world.
func mustLoad(t *testing.T, text string) *Set {
	t.Helper()
	return mustLoadIn(t, testWorld(), text)
}

func mustLoadIn(t *testing.T, w World, text string) *Set {
	t.Helper()
	set, errs, _ := Load([]Source{{Name: "rules.yaml", Text: text}}, w)
	if errs != nil {
		t.Fatalf("the rules do not load:\n%s", errs.Text())
	}
	return set
}

// testIncident is one with something in every corner.
func testIncident() *ifsev.Incident {
	return &ifsev.Incident{
		ID: "0190a5c2-0000-7000-8000-000000000001", Number: 42, Key: "am/1", Title: "Database is slow", Severity: 2, Status: ifsev.StatusOpen,
		Tags: []string{"database", "eu"}, Source: "am", Service: "shop", Fields: ifsev.Data{"customers": 7, "region": "eu", "due": "2026-01-06T00:00:00Z", "budget": "2h"},
		Roles: map[string]string{"commander": "alice"}, Responders: []string{"alice"}, Subscribers: []string{},
		Oncalls:    []ifsev.Oncall{{Rotation: "database", Person: "alice", At: monday}},
		DeclaredAt: monday, SeverityChangedAt: monday, UpdatedAt: monday, LastUpdateAt: monday, LastActivityAt: monday, Episode: 1, Version: 3,
		Alerts: []ifsev.AlertState{{Status: ifsev.AlertIsFiring}, {Status: ifsev.AlertIsResolved}}, Tasks: []ifsev.Task{{Text: "a"}, {Text: "b", Done: true}},
	}
}
