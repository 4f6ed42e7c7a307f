package actions

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/actions/actionstest"
	"github.com/ifsev/ifsev/internal/secret"
)

func mailTo(to any) ifsev.Delivery { return delivery("email", ifsev.Data{"to": to}) }

func plainMail(t *testing.T) (*Sender, *actionstest.SMTP) {
	t.Helper()
	fake := actionstest.NewSMTP(t)
	return sender(t, Options{Connections: map[string]Connection{"smtp": {Host: "127.0.0.1", Port: fake.Port(), From: "ifsev <ifsev@example.com>", TLS: "none"}}}), fake
}

func TestEmail(t *testing.T) {
	t.Parallel()
	s, fake := plainMail(t)
	a := attempt(delivery("email", ifsev.Data{
		"to": []any{"database", "owner", "Support <support@example.com>"}, "subject": "Über\r\nBcc: evil@example.com", "text": "It is down.\r\n.\r\nReally.",
	}))
	a.Roles = map[string]string{"owner": "alice"}
	receipt := perform(t, s, a)
	if receipt.Outputs.String("message_id") != "<dlv_0a1b2c@example.com>" {
		t.Errorf("receipt %+v", receipt)
	}
	m := fake.Mails()[0]
	if diff := cmp.Diff([]string{"alice@example.com", "support@example.com"}, m.To); diff != "" || m.From != "ifsev@example.com" {
		t.Errorf("envelope from %s (-want +got):\n%s", m.From, diff)
	}
	for _, line := range []string{
		"Message-ID: <dlv_0a1b2c@example.com>", "References: <0190a5c2-0000-7000-8000-00000000002a@example.com>", "Auto-Submitted: auto-generated",
		"Date: Fri, 27 Mar 2026 11:59:00 +0000", `From: "ifsev" <ifsev@example.com>`, "Subject: =?UTF-8?q?=C3=9Cber_Bcc:_evil@example.com?=", "It is down.",
	} {
		if !strings.Contains(m.Data, line+"\r\n") {
			t.Errorf("no line %q in:\n%s", line, m.Data)
		}
	}
	if strings.Contains(m.Data, "\nBcc:") || !strings.Contains(m.Data, "Really.") {
		t.Errorf("the mail was broken into:\n%s", m.Data)
	}
}

func TestEmailDuplicatesAreTheSame(t *testing.T) {
	t.Parallel()
	s, fake := plainMail(t)
	fake.Reply("TEXT", "drop")
	a := attempt(mailTo("alice"))
	if f := refused(t, s, a); f.Reason != ifsev.ReasonNetwork || f.Permanent {
		t.Errorf("answer lost: %+v", f)
	}
	a.Number, a.Now = 2, a.Now.Add(time.Hour)
	perform(t, s, a)
	mails := fake.Mails()
	if len(mails) != 2 || mails[0].Data != mails[1].Data {
		t.Errorf("%d mails, and they differ", len(mails))
	}
}

func TestEmailTellsTheIncidentByItself(t *testing.T) {
	t.Parallel()
	s, fake := plainMail(t)
	perform(t, s, attempt(mailTo("x@example.com")))
	for _, part := range []string{"Subject: [SEV1] INC-42 Checkout is down", "Status: open", "Service: shop", "Link: https://ifsev.example.com/incidents/42"} {
		if !strings.Contains(fake.Mails()[0].Data, part) {
			t.Errorf("no %q in:\n%s", part, fake.Mails()[0].Data)
		}
	}
}

func TestEmailReplies(t *testing.T) {
	t.Parallel()
	s, fake := plainMail(t)
	for _, c := range []struct {
		command, reply string
		reason         ifsev.FailureReason
		permanent      bool
	}{
		{"CONNECT", "421 4.3.2 shutting down", ifsev.ReasonServer, false},
		{"CONNECT", "554 5.7.1 go away", ifsev.ReasonClient, true},
		{"MAIL", "451 4.3.0 try later", ifsev.ReasonServer, false},
		{"MAIL", "530 5.7.0 sign in first", ifsev.ReasonAuth, true},
		{"RCPT", "450 4.2.1 greylisted", ifsev.ReasonServer, false},
		{"RCPT", "550 5.1.1 no such user", ifsev.ReasonClient, true},
		{"DATA", "452 4.3.1 no room", ifsev.ReasonServer, false},
		{"TEXT", "554 5.6.0 spam", ifsev.ReasonClient, true},
		{"TEXT", "451 4.3.0 try later", ifsev.ReasonServer, false},
		{"CONNECT", "drop", ifsev.ReasonNetwork, false},
		{"MAIL", "drop", ifsev.ReasonNetwork, false},
		{"DATA", "drop", ifsev.ReasonNetwork, false},
	} {
		fake.Reply(c.command, c.reply)
		f := refused(t, s, attempt(mailTo("x@example.com")))
		if f.Reason != c.reason || f.Permanent != c.permanent || c.reply != "drop" && !strings.Contains(f.Text, c.reply[:3]) {
			t.Errorf("%s answered %q: %+v, want %s, permanent %v", c.command, c.reply, f, c.reason, c.permanent)
		}
	}
	fake.Reply("QUIT", "drop")
	perform(t, s, attempt(mailTo("x@example.com")))
	if n := len(fake.Mails()); n != 1 {
		t.Errorf("%d mails were taken, want 1", n)
	}
}

// Each recipient's answer is their own: who is refused keeps the mail from nobody else, and nobody gets it twice.
func TestEmailToSeveral(t *testing.T) {
	t.Parallel()
	const good, unknown, later = "250 2.1.5 ok", "550 5.1.1 no such user", "450 4.2.1 try later"
	to := []any{"a@example.com", "b@example.com", "c@example.com"}
	for name, c := range map[string]struct {
		replies map[string][]string
		took    [][]string // of each mail the server took
		summary string
		refused []any
	}{
		"all taken":       {nil, [][]string{{"a", "b", "c"}}, "smtp took the mail to a@example.com, b@example.com, c@example.com", []any{}},
		"one unknown":     {map[string][]string{"RCPT": {good, unknown}}, [][]string{{"a", "c"}}, "smtp took the mail to a@example.com, c@example.com, but not to b@example.com: it answered 550 5.1.1 no such user", []any{"b@example.com"}},
		"the first two":   {map[string][]string{"RCPT": {unknown, unknown}}, [][]string{{"c"}}, "smtp took the mail to c@example.com, but not to a@example.com, b@example.com: it answered 550 5.1.1 no such user", []any{"a@example.com", "b@example.com"}},
		"one for now":     {map[string][]string{"RCPT": {good, good, later, later}}, [][]string{{"a", "b"}}, "smtp took the mail to a@example.com, b@example.com, but not to c@example.com: it answered 450 4.2.1 try later", []any{"c@example.com"}},
		"two at a time":   {map[string][]string{"RCPT": {good, good, "452 4.5.3 too many recipients"}}, [][]string{{"a", "b"}, {"c"}}, "smtp took the mail to a@example.com, b@example.com, c@example.com", []any{}},
		"one at a time":   {map[string][]string{"RCPT": {good, later, later, good, later}}, [][]string{{"a"}, {"b"}, {"c"}}, "smtp took the mail to a@example.com, b@example.com, c@example.com", []any{}},
		"each in its way": {map[string][]string{"RCPT": {good, unknown, later, later}}, [][]string{{"a"}}, "smtp took the mail to a@example.com, but not to b@example.com, c@example.com: it answered 550 5.1.1 no such user; 450 4.2.1 try later", []any{"b@example.com", "c@example.com"}},
		"broken then":     {map[string][]string{"RCPT": {good, good, later}, "MAIL": {good, "drop"}}, [][]string{{"a", "b"}}, "smtp took the mail to a@example.com, b@example.com, but not to c@example.com: it answered nothing more", []any{"c@example.com"}},
		"refused then":    {map[string][]string{"RCPT": {good, good, later}, "TEXT": {good, "554 5.6.0 spam"}}, [][]string{{"a", "b"}}, "smtp took the mail to a@example.com, b@example.com, but not to c@example.com: it answered 554 5.6.0 spam", []any{"c@example.com"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, fake := plainMail(t)
			for command, replies := range c.replies {
				fake.Reply(command, replies...)
			}
			receipt := perform(t, s, attempt(mailTo(to)))
			if !strings.HasPrefix(receipt.Summary, c.summary) {
				t.Errorf("summary %q, want %q", receipt.Summary, c.summary)
			}
			if diff := cmp.Diff(c.refused, receipt.Outputs["refused"]); diff != "" {
				t.Errorf("refused (-want +got):\n%s", diff)
			}
			checkMails(t, fake.Mails(), c.took)
		})
	}
}

// checkMails wants one mail for each list of recipients, and all of them the same.
func checkMails(t *testing.T, mails []actionstest.Mail, took [][]string) {
	t.Helper()
	var got [][]string
	for _, m := range mails {
		var names []string
		for _, address := range m.To {
			names = append(names, strings.TrimSuffix(address, "@example.com"))
		}
		got = append(got, names)
		if m.Data != mails[0].Data {
			t.Errorf("mails differ:\n%s\n%s", mails[0].Data, m.Data)
		}
	}
	if diff := cmp.Diff(took, got); diff != "" {
		t.Errorf("mails taken (-want +got):\n%s", diff)
	}
}

// Nobody has it then, so all may be asked again as soon as one may take it.
func TestEmailRefusedByAll(t *testing.T) {
	t.Parallel()
	const unknown, later = "550 5.1.1 no such user", "450 4.2.1 try later"
	for name, c := range map[string]struct {
		replies   []string
		reason    ifsev.FailureReason
		permanent bool
		text      string
	}{
		"for good":          {[]string{unknown, "553 5.1.3 no address"}, ifsev.ReasonClient, true, "smtp took the mail to nobody of a@example.com, b@example.com: it answered 550 5.1.1 no such user; 553 5.1.3 no address"},
		"in the same words": {[]string{unknown, unknown}, ifsev.ReasonClient, true, "smtp took the mail to nobody of a@example.com, b@example.com: it answered 550 5.1.1 no such user"},
		"one for now":       {[]string{unknown, later}, ifsev.ReasonServer, false, "smtp took the mail to nobody of a@example.com, b@example.com: it answered 550 5.1.1 no such user; 450 4.2.1 try later"},
		"signed out":        {[]string{"530 5.7.0 sign in", "530 5.7.0 sign in"}, ifsev.ReasonAuth, true, "smtp took the mail to nobody of a@example.com, b@example.com: it answered 530 5.7.0 sign in"},
		"shut down":         {[]string{"250 2.1.5 ok", "421 4.3.2 shutting down"}, ifsev.ReasonServer, false, "smtp answered 421 4.3.2 shutting down"},
		"broken":            {[]string{"250 2.1.5 ok", "drop"}, ifsev.ReasonNetwork, false, "smtp: no answer from 127.0.0.1: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, fake := plainMail(t)
			fake.Reply("RCPT", c.replies...)
			f := refused(t, s, attempt(mailTo([]any{"a@example.com", "b@example.com"})))
			if f.Reason != c.reason || f.Permanent != c.permanent || !strings.HasPrefix(f.Text, c.text) || len(fake.Mails()) != 0 {
				t.Errorf("%+v and %d mails, want %s, permanent %v, %q", f, len(fake.Mails()), c.reason, c.permanent, c.text)
			}
		})
	}
}

func TestEmailObeysTheDeadline(t *testing.T) {
	t.Parallel()
	s, fake := plainMail(t)
	for _, command := range []string{"CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "TEXT"} {
		fake.Reply(command, "hang")
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
		f := refusedIn(ctx, t, s, attempt(mailTo("x@example.com")))
		cancel()
		if f.Reason != ifsev.ReasonTimeout || f.Permanent {
			t.Errorf("hanging at %s: %+v", command, f)
		}
	}
}

func TestEmailOverTLS(t *testing.T) {
	t.Parallel()
	fake := actionstest.NewSMTP(t)
	fake.Password = "pw-right-1"
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, fake.Authority(), 0o600); err != nil {
		t.Fatal(err)
	}
	with := func(password, ca string) *Sender {
		return sender(t, Options{Connections: map[string]Connection{"smtp": {
			Host: "127.0.0.1", Port: fake.Port(), From: "ifsev@example.com", User: "ann", Password: secret.Secret(password), CA: ca,
		}}})
	}
	perform(t, with("pw-right-1", ca), attempt(mailTo("x@example.com")))
	if m := fake.Mails()[0]; !m.TLS || m.User != "ann" {
		t.Errorf("TLS %v, user %q", m.TLS, m.User)
	}
	if f := refused(t, with("pw-wrong-1", ca), attempt(mailTo("x@example.com"))); f.Reason != ifsev.ReasonAuth || !f.Permanent || strings.Contains(f.Text, "pw-wrong-1") {
		t.Errorf("wrong password: %+v", f)
	}
	if f := refused(t, with("pw-right-1", ""), attempt(mailTo("x@example.com"))); f.Reason != ifsev.ReasonNetwork || !strings.Contains(f.Text, "certificate") {
		t.Errorf("unknown authority: %+v", f)
	}
	if n := len(fake.Mails()); n != 1 {
		t.Errorf("%d mails", n)
	}
}

func TestEmailOverTLSFromTheFirstByte(t *testing.T) {
	t.Parallel()
	fake, err := actionstest.ListenSMTPS("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(fake.Close)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, fake.Authority(), 0o600); err != nil {
		t.Fatal(err)
	}
	s := sender(t, Options{Connections: map[string]Connection{"smtp": {
		Host: "127.0.0.1", Port: fake.Port(), From: "ifsev@example.com", TLS: "tls", User: "ann", Password: "pw-1", CA: ca,
	}}})
	perform(t, s, attempt(mailTo("x@example.com")))
	if m := fake.Mails()[0]; !m.TLS || m.User != "ann" {
		t.Errorf("TLS %v, user %q", m.TLS, m.User)
	}
}

func TestEmailIsNotSentUnprotectedByAccident(t *testing.T) {
	t.Parallel()
	fake := actionstest.NewSMTP(t)
	fake.Reply("EHLO", "250 fake")
	s := sender(t, Options{Connections: map[string]Connection{"smtp": {Host: "127.0.0.1", Port: fake.Port(), From: "ifsev@example.com"}}})
	if f := refused(t, s, attempt(mailTo("x@example.com"))); f.Reason != ifsev.ReasonConfig || !strings.Contains(f.Text, "offers no STARTTLS: write tls: tls") || len(fake.Mails()) != 0 {
		t.Errorf("%+v, %d mails", f, len(fake.Mails()))
	}
}

func TestEmailToAServerWithoutSignIn(t *testing.T) {
	t.Parallel()
	fake := actionstest.NewSMTP(t)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, fake.Authority(), 0o600); err != nil {
		t.Fatal(err)
	}
	fake.Reply("EHLO", "250-fake\r\n250 STARTTLS", "250 fake")
	s := sender(t, Options{Connections: map[string]Connection{"smtp": {Host: "127.0.0.1", Port: fake.Port(), From: "ifsev@example.com", User: "ann", Password: "pw-1", CA: ca}}})
	if f := refused(t, s, attempt(mailTo("x@example.com"))); f.Reason != ifsev.ReasonConfig || !strings.Contains(f.Text, "leave user and password out") {
		t.Errorf("%+v", f)
	}
}

func TestEmailAtShutdown(t *testing.T) {
	t.Parallel()
	s, fake := plainMail(t)
	fake.Reply("MAIL", "hang")
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	if f := refusedIn(ctx, t, s, attempt(mailTo("x@example.com"))); f.Reason != ifsev.ReasonNetwork || f.Permanent || !strings.Contains(f.Text, "stopping") {
		t.Errorf("%+v", f)
	}
}

func TestEmailWrongArguments(t *testing.T) {
	t.Parallel()
	s, _ := plainMail(t)
	for text, d := range map[string]ifsev.Delivery{
		"to: it is missing":     mailTo(nil),
		"is no mail address":    mailTo("a@b@c"),
		"add people.bob.email":  mailTo("bob"),
		`is called "nobody"`:    mailTo([]any{"alice", "nobody"}),
		"got a map in it":       mailTo([]any{map[string]any{}}),
		`is called "x"`:         delivery("email", ifsev.Data{"to": "alice", "via": "x"}),
		"want a text, got a li": delivery("email", ifsev.Data{"to": "alice", "subject": []any{}}),
	} {
		if f := refused(t, s, attempt(d)); f.Reason != ifsev.ReasonConfig || !strings.Contains(f.Text, text) {
			t.Errorf("%+v, want %q", f, text)
		}
	}
}

func TestEmailObeysThePolicy(t *testing.T) {
	t.Parallel()
	fake := actionstest.NewSMTP(t)
	s := strictSender(t, Options{Connections: map[string]Connection{"smtp": {Host: "localhost", Port: fake.Port(), From: "ifsev@example.com", TLS: "none"}}})
	if f := refused(t, s, attempt(mailTo("x@example.com"))); f.Reason != ifsev.ReasonRefused || !f.Permanent {
		t.Errorf("%+v", f)
	}
}

func TestEmailWithoutServer(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	s := sender(t, Options{Connections: map[string]Connection{"smtp": {Host: "127.0.0.1", Port: port, From: "ifsev@example.com", TLS: "none"}}})
	if f := refused(t, s, attempt(mailTo("x@example.com"))); f.Reason != ifsev.ReasonNetwork || !strings.Contains(f.Text, "connection refused") {
		t.Errorf("%+v", f)
	}
}
