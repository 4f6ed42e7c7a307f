package actions

import (
	"context"
	"errors"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ifsev/ifsev"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// noon is the time of every attempt in these tests.
func noon() time.Time { return time.Date(2026, 3, 27, 12, 0, 0, 0, time.UTC) }

func directory() *ifsev.Directory {
	return &ifsev.Directory{
		People: map[string]ifsev.Person{
			"alice": {Name: "Alice Ng", Email: "alice@example.com", Slack: "U012AB", PagerDuty: "PABC12"},
			"bob":   {Name: "Bob <!channel>"},
		},
		Rotations: map[string]ifsev.Rotation{
			"database": {People: []string{"alice", "bob"}, Start: time.Date(2026, 3, 27, 9, 0, 0, 0, time.UTC), Every: 24 * time.Hour},
		},
		Roles: []string{ifsev.RoleCommander, ifsev.RoleOwner},
	}
}

func delivery(action string, args ifsev.Data) ifsev.Delivery {
	return ifsev.Delivery{
		ID: "dlv_0a1b2c", Incident: "0190a5c2-0000-7000-8000-00000000002a", Number: 42, Rule: "sev1-kit", Action: action, Args: args,
		Facts: ifsev.Facts{
			Title: "Checkout is down", Severity: 1, SeverityName: "SEV1", Status: ifsev.StatusOpen, Service: "shop",
			URL: "https://ifsev.example.com/incidents/42",
		},
		CreatedAt: noon().Add(-time.Minute), TraceParent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
	}
}

// sender makes one that may reach loopback, and lets go of it at the end of the test.
func sender(t *testing.T, o Options) *Sender {
	t.Helper()
	o.Outgoing.AllowPrivate = true
	if o.Directory == nil {
		o.Directory = directory()
	}
	return strictSender(t, o)
}

func strictSender(t *testing.T, o Options) *Sender {
	t.Helper()
	s, err := New(o)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	t.Cleanup(s.Close)
	return s
}

func attempt(d ifsev.Delivery) Attempt { return Attempt{Delivery: d, Number: 1, Now: noon()} }

// perform makes an attempt that must succeed.
func perform(t *testing.T, s *Sender, a Attempt) ifsev.Receipt {
	t.Helper()
	receipt, err := s.Perform(t.Context(), a)
	if err != nil {
		t.Fatalf("Perform %s: %v", a.Delivery.Action, err)
	}
	return receipt
}

// refused makes an attempt that must fail.
func refused(t *testing.T, s *Sender, a Attempt) *ifsev.Failure {
	t.Helper()
	return refusedIn(t.Context(), t, s, a)
}

func refusedIn(ctx context.Context, t *testing.T, s *Sender, a Attempt) *ifsev.Failure {
	t.Helper()
	receipt, err := s.Perform(ctx, a)
	if err == nil {
		t.Fatalf("Perform %s: want a failure, got receipt %+v", a.Delivery.Action, receipt)
	}
	f, ok := errors.AsType[*ifsev.Failure](err)
	if !ok {
		t.Fatalf("Perform %s: error is a %T, want *ifsev.Failure: %v", a.Delivery.Action, err, err)
	}
	if f.Text == "" || f.Reason == ifsev.ReasonNone {
		t.Errorf("Perform %s: a failure without text or reason: %+v", a.Delivery.Action, f)
	}
	return f
}
