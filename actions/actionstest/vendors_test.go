package actionstest

import (
	"fmt"
	"net"
	"net/http"
	"net/smtp"
	"strings"
	"testing"
	"time"
)

func trigger(key, summary string) string {
	return fmt.Sprintf(`{"routing_key":"rk","event_action":"trigger","dedup_key":%q,"payload":{"summary":%q,"source":"s","severity":"critical"}}`, key, summary)
}

func TestPagerDutyAnswersAsDocumented(t *testing.T) {
	t.Parallel()
	p := NewPagerDuty(t)
	for _, c := range []struct {
		body, text string
		status     int
	}{
		{trigger("k", "x"), `{"dedup_key":"k","message":"Event processed","status":"success"}`, 202},
		{trigger("", "x"), `"dedup_key":"srv`, 202},
		{`{"routing_key":"rk","event_action":"resolve","dedup_key":"unknown"}`, `"status":"success"`, 202},
		{`{`, `'body' is not valid JSON`, 400},
		{`{}`, `["'routing_key' is missing or blank","'event_action' is missing or blank","'dedup_key' is missing or blank"]`, 400},
		{`{"routing_key":"rk","event_action":"trigger"}`, `'payload' is missing or blank`, 400},
		{`{"routing_key":"rk","event_action":"shout","dedup_key":"k"}`, `'event_action' is invalid`, 400},
		{trigger("k", strings.Repeat("x", 1025)), `'payload.summary' is too long`, 400},
		{trigger(strings.Repeat("k", 256), "x"), `'dedup_key' is too long`, 400},
		{strings.Replace(trigger("k", "x"), "critical", "fatal", 1), `'payload.severity' is invalid`, 400},
	} {
		resp, text, err := post(t, p.URL()+"/v2/enqueue", c.body)
		if err != nil || resp.StatusCode != c.status || !strings.Contains(text, c.text) {
			t.Errorf("%s: %v %s %v, want %d with %s", c.body, resp, text, err, c.status, c.text)
		}
	}
	if resp, _, err := post(t, p.URL()+"/v1/enqueue", "{}"); err != nil || resp.StatusCode != http.StatusNotFound {
		t.Errorf("another path: %v %v", resp, err)
	}
	if len(p.Events()) != 3 || len(p.Alerts()) != 2 {
		t.Errorf("%d events, %d alerts", len(p.Events()), len(p.Alerts()))
	}
}

func TestPagerDutyAlertsLive(t *testing.T) {
	t.Parallel()
	p := NewPagerDuty(t)
	for _, c := range []struct{ action, state string }{
		{"trigger", "triggered"}, {"trigger", "triggered"}, {"acknowledge", "acknowledged"}, {"acknowledge", "acknowledged"},
		{"resolve", "resolved"}, {"acknowledge", "resolved"}, {"trigger", "triggered"},
	} {
		body := strings.Replace(trigger("k", "x"), "trigger", c.action, 1)
		if _, _, err := post(t, p.URL()+"/v2/enqueue", body); err != nil {
			t.Fatal(err)
		}
		if alerts := p.Alerts(); len(alerts) != 1 || alerts[0].State != c.state {
			t.Errorf("after %s: %+v, want %s", c.action, alerts, c.state)
		}
	}
	p.Behave(Behaviour{Status: 429})
	if resp, _, err := post(t, p.URL()+"/v2/enqueue", trigger("other", "x")); err != nil || resp.StatusCode != http.StatusTooManyRequests || len(p.Alerts()) != 1 {
		t.Errorf("throttled: %v %v, %d alerts", resp, err, len(p.Alerts()))
	}
}

func TestSlackAnswersAsDocumented(t *testing.T) {
	t.Parallel()
	s := NewSlack(t)
	s.Token, s.Channels, s.Spacing = "xoxb-1", map[string]string{"#a": "", "#old": "is_archived"}, time.Hour
	good := `{"channel":"#a","text":"hi"}`
	for _, c := range []struct {
		token, body, text string
		status            int
	}{
		{"xoxb-1", good, `"ok":true`, 200}, {"xoxb-1", good, `ratelimited`, 429}, {"", good, `not_authed`, 200}, {"xoxb-2", good, `invalid_auth`, 200},
		{"xoxb-1", `{`, `invalid_json`, 200}, {"xoxb-1", `{"channel":"#b","text":"x"}`, `channel_not_found`, 200}, {"xoxb-1", `{"text":"x"}`, `channel_not_found`, 200},
		{"xoxb-1", `{"channel":"#old","text":"x"}`, `is_archived`, 200}, {"xoxb-1", `{"channel":"#a"}`, `no_text`, 200},
		{"xoxb-1", fmt.Sprintf(`{"channel":"#a","text":%q}`, strings.Repeat("x", 40001)), `msg_too_long`, 200},
		{"xoxb-1", slackBlocks(strings.Repeat(`{"type":"divider"},`, 50) + `{"type":"divider"}`), `invalid_blocks`, 200},
		{"xoxb-1", slackBlocks(slackBlock("header", 151)), `must be less than 151 characters [json-pointer:/blocks/0/text/text]`, 200},
		{"xoxb-1", slackBlocks(`{"type":"divider"},` + slackBlock("section", 3001)), `must be less than 3001 characters [json-pointer:/blocks/1/text/text]`, 200},
		{"xoxb-1", slackBlocks(fmt.Sprintf(`{"type":"section","fields":[{"type":"mrkdwn","text":%q}]}`, strings.Repeat("x", 2001))), `[json-pointer:/blocks/0/fields/0/text]`, 200},
	} {
		resp, text, err := post(t, s.API()+"/chat.postMessage", c.body, "Authorization", strings.TrimSpace("Bearer "+c.token))
		if err != nil || resp.StatusCode != c.status || !strings.Contains(text, c.text) {
			t.Errorf("%q %.60s: %v %s %v, want %d with %s", c.token, c.body, resp, text, err, c.status, c.text)
		}
	}
	if posts := s.Posts(); len(posts) != 1 || posts[0].Text != "hi" || posts[0].TS == "" {
		t.Errorf("posts %+v", posts)
	}
}

func slackBlock(kind string, length int) string {
	return fmt.Sprintf(`{"type":%q,"text":{"type":"mrkdwn","text":%q}}`, kind, strings.Repeat("x", length))
}

func slackBlocks(blocks string) string {
	return `{"channel":"#a","text":"hi","blocks":[` + blocks + `]}`
}

func TestSlackIncomingWebhookAnswersAsDocumented(t *testing.T) {
	t.Parallel()
	s := NewSlack(t)
	for _, c := range []struct {
		url, body, text string
		status          int
	}{
		{s.Incoming(), `{"text":"hi"}`, "ok", 200}, {s.Incoming(), `{`, "invalid_payload", 400}, {s.Incoming(), `{}`, "no_text", 400},
		{s.Incoming(), slackBlocks(slackBlock("section", 3000)), "ok", 200}, {s.Incoming(), slackBlocks(slackBlock("section", 3001)), "invalid_blocks", 400},
		{s.URL() + "/services/T1", `{"text":"hi"}`, "no_service", 404}, {s.URL() + "/elsewhere", `{}`, "not found", 404},
	} {
		if resp, text, err := post(t, c.url, c.body); err != nil || resp.StatusCode != c.status || text != c.text {
			t.Errorf("%s: %v %q %v, want %d %q", c.body, resp, text, err, c.status, c.text)
		}
	}
	s.Spacing = time.Hour
	if resp, _, err := post(t, s.Incoming(), `{"text":"hi"}`); err != nil || resp.StatusCode != http.StatusTooManyRequests || resp.Header.Get("Retry-After") != "1" {
		t.Errorf("too soon: %v %v", resp, err)
	}
}

func TestSMTPTakesMailFromTheStandardLibrary(t *testing.T) {
	t.Parallel()
	s := NewSMTP(t)
	address := net.JoinHostPort("127.0.0.1", fmt.Sprint(s.Port()))
	// The library insists on the server's certificate once STARTTLS is offered, so it is offered without.
	s.Reply("EHLO", "250 fake", "250 fake")
	if err := smtp.SendMail(address, nil, "a@example.com", []string{"b@example.com", "c@example.com"}, []byte("Subject: x\r\n\r\n.dot\r\n")); err != nil {
		t.Fatal(err)
	}
	m := s.Mails()[0]
	if m.From != "a@example.com" || strings.Join(m.To, " ") != "b@example.com c@example.com" || m.Data != "Subject: x\r\n\r\n.dot\r\n" || m.TLS || m.At.IsZero() {
		t.Errorf("mail %+v", m)
	}
	s.Reply("RCPT", "550 5.1.1 no such user")
	if err := smtp.SendMail(address, nil, "a@example.com", []string{"b@example.com"}, []byte("x")); err == nil || !strings.HasPrefix(err.Error(), "550") || len(s.Mails()) != 1 {
		t.Errorf("%v, %d mails", err, len(s.Mails()))
	}
}

func TestSMTPClosesWhatHangs(t *testing.T) {
	t.Parallel()
	s, err := ListenSMTP("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.Reply("CONNECT", "hang")
	c, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", fmt.Sprint(s.Port())))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	s.Close()
	s.Close()
	if err := c.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if n, err := c.Read(make([]byte, 1)); err == nil || n != 0 || strings.Contains(err.Error(), "timeout") {
		t.Errorf("read %d, %v, want the connection closed", n, err)
	}
}

func TestAddressInUse(t *testing.T) {
	t.Parallel()
	r := NewReceiver(t)
	address := strings.TrimPrefix(r.URL(), "http://")
	if _, err := Listen(address); err == nil {
		t.Error("two receivers on one address")
	}
	if _, err := ListenSMTP(address); err == nil {
		t.Error("a mail server on the same address")
	}
	for _, listen := range []func() error{
		func() error { _, err := ListenPagerDuty(address); return err },
		func() error { _, err := ListenSlack(address); return err },
	} {
		if listen() == nil {
			t.Error("a fake on the same address")
		}
	}
}
