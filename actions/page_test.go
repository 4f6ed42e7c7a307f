package actions

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/actions/actionstest"
	"github.com/ifsev/ifsev/internal/secret"
)

func pageTo(target string) ifsev.Delivery { return delivery("page", ifsev.Data{"to": target}) }

// ways is one connection of each kind, each to a fake of its own.
type ways struct {
	pagerduty *actionstest.PagerDuty
	slack     *actionstest.Slack
	smtp      *actionstest.SMTP
	webhook   *actionstest.Receiver
	log       bytes.Buffer
}

func (w *ways) connections(names ...string) map[string]Connection {
	all := map[string]Connection{
		"pagerduty": {URL: secret.Secret(w.pagerduty.URL()), RoutingKey: "rk"},
		"slack":     {URL: secret.Secret(w.slack.API()), Token: "xoxb-1"},
		"smtp":      {Host: "127.0.0.1", Port: w.smtp.Port(), From: "ifsev@example.com", TLS: "none"},
		"webhook":   {URL: secret.Secret(w.webhook.URL())},
		"log":       {},
	}
	some := map[string]Connection{}
	for _, name := range names {
		some[name] = all[name]
	}
	return some
}

func newWays(t *testing.T) *ways {
	t.Helper()
	return &ways{pagerduty: actionstest.NewPagerDuty(t), slack: actionstest.NewSlack(t), smtp: actionstest.NewSMTP(t), webhook: actionstest.NewReceiver(t)}
}

func (w *ways) sender(t *testing.T, people map[string]ifsev.Person, names ...string) *Sender {
	t.Helper()
	return sender(t, Options{Connections: w.connections(names...), Directory: &ifsev.Directory{People: people, Roles: []string{"commander"}}, Log: slog.New(slog.NewTextHandler(&w.log, nil))})
}

func TestPageTakesThePersonsWay(t *testing.T) {
	t.Parallel()
	all := []string{"log", "pagerduty", "slack", "smtp", "webhook"}
	full := ifsev.Person{Name: "Alice Ng", Email: "alice@example.com", Slack: "U012AB", PagerDuty: "PABC12"}
	with := func(page string) ifsev.Person { p := full; p.Page = page; return p }
	for name, c := range map[string]struct {
		person ifsev.Person
		names  []string
		via    string
	}{
		"own: pagerduty":          {with("pagerduty"), all, "pagerduty"},
		"own: slack":              {with("slack"), all, "slack"},
		"own: mail":               {with("smtp"), all, "smtp"},
		"own: webhook":            {with("webhook"), all, "webhook"},
		"own: log":                {with("log"), all, "log"},
		"first: pagerduty":        {full, all, "pagerduty"},
		"then slack":              {full, []string{"log", "slack", "smtp", "webhook"}, "slack"},
		"then mail":               {full, []string{"log", "smtp", "webhook"}, "smtp"},
		"no Slack id":             {ifsev.Person{Email: "x@example.com"}, []string{"slack", "smtp"}, "smtp"},
		"pagerduty needs no more": {ifsev.Person{}, []string{"pagerduty", "slack"}, "pagerduty"},
	} {
		w := newWays(t)
		s := w.sender(t, map[string]ifsev.Person{"alice": c.person}, c.names...)
		receipt := perform(t, s, attempt(pageTo("alice")))
		reached := map[string]int{
			"pagerduty": len(w.pagerduty.Events()), "slack": len(w.slack.Posts()), "smtp": len(w.smtp.Mails()),
			"webhook": len(w.webhook.Requests()), "log": strings.Count(w.log.String(), "\n"),
		}
		for way, n := range reached {
			if want := map[bool]int{true: 1}[way == c.via]; n != want {
				t.Errorf("%s: %d through %s, want %d", name, n, way, want)
			}
		}
		if receipt.Outputs.String("person") != "alice" || receipt.Outputs.String("via") != c.via || receipt.Summary != "paged alice through "+c.via {
			t.Errorf("%s: receipt %+v", name, receipt)
		}
	}
}

func TestPageSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	w := newWays(t)
	people := map[string]ifsev.Person{"alice": {}, "bob": {Page: "gone"}, "carol": {Page: "slack"}, "dan": {Page: "smtp"}}
	s := w.sender(t, people, "slack", "smtp", "webhook", "log")
	for target, text := range map[string]string{
		"alice":     "no way to page alice: add a connection of kind pagerduty",
		"bob":       `through "gone", but no connection is called so`,
		"carol":     "add people.carol.slack",
		"dan":       "add people.dan.email",
		"commander": `nobody holds the role "commander"`,
		"nobody":    `no person, rotation or role is called "nobody"`,
		"":          "to: it is missing",
	} {
		f := refused(t, s, attempt(pageTo(target)))
		if f.Reason != ifsev.ReasonConfig || !f.Permanent || !strings.Contains(f.Text, text) {
			t.Errorf("page %q: %+v, want %q", target, f, text)
		}
	}
	a := attempt(pageTo("commander"))
	a.Roles = map[string]string{"commander": "zoe"}
	if f := refused(t, s, a); f.Reason != ifsev.ReasonConfig || !strings.Contains(f.Text, `"zoe"`) {
		t.Errorf("a role held by a stranger: %+v", f)
	}
}

func TestPageWithoutDirectory(t *testing.T) {
	t.Parallel()
	s, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	if f := refused(t, s, attempt(pageTo("alice"))); f.Reason != ifsev.ReasonConfig {
		t.Errorf("%+v", f)
	}
}

func TestWhoIsPagedIsDecidedAtTheAttempt(t *testing.T) {
	t.Parallel()
	w := newWays(t)
	s := sender(t, Options{Connections: w.connections("pagerduty")})
	a := attempt(pageTo("database"))
	for _, c := range []struct {
		after  time.Duration
		person string
	}{{0, "alice"}, {20*time.Hour + 59*time.Minute, "alice"}, {21 * time.Hour, "bob"}, {45 * time.Hour, "alice"}} {
		a.Now = noon().Add(c.after)
		if got := perform(t, s, a).Outputs.String("person"); got != c.person {
			t.Errorf("after %s %s was paged, want %s", c.after, got, c.person)
		}
	}
	a.Delivery.Args = ifsev.Data{"to": "commander"}
	a.Roles = map[string]string{"commander": "bob"}
	if got := perform(t, s, a).Outputs.String("person"); got != "bob" {
		t.Errorf("the commander is %s", got)
	}
}

func TestPagesAreAlertsOfTheirOwn(t *testing.T) {
	t.Parallel()
	w := newWays(t)
	s := sender(t, Options{Connections: w.connections("pagerduty")})
	first, second := attempt(pageTo("alice")), attempt(pageTo("bob"))
	second.Delivery.ID = "dlv_other"
	perform(t, s, first)
	perform(t, s, first) // an attempt whose answer was lost
	perform(t, s, second)
	if alerts := w.pagerduty.Alerts(); len(alerts) != 2 || len(alerts[0].Events) != 2 {
		t.Errorf("alerts %+v, want two, of which one was told twice", alerts)
	}
	first.Delivery.Args["dedup_key"] = "mine"
	if perform(t, s, first); w.pagerduty.Events()[3].DedupKey != "mine" {
		t.Error("dedup_key is not obeyed")
	}
}

func TestWhatAPageSays(t *testing.T) {
	t.Parallel()
	w := newWays(t)
	people := map[string]ifsev.Person{}
	for _, way := range []string{"pagerduty", "slack", "smtp", "webhook", "log"} {
		people[way+"er"] = ifsev.Person{Page: way, Slack: "U1", Email: "a@example.com", PagerDuty: "P1"}
	}
	s := w.sender(t, people, "pagerduty", "slack", "smtp", "webhook", "log")
	for target := range people {
		d := pageTo(target)
		d.Args["text"] = "Wake up & <look>"
		perform(t, s, attempt(d))
	}
	event, body := w.pagerduty.Events()[0], w.webhook.Requests()[0].JSON()
	told, _ := body["page"].(map[string]any)
	if event.Payload.Summary != "Wake up & <look>" || event.Payload.CustomDetails["pagerduty_user"] != "P1" || event.Payload.CustomDetails["paged"] != "pagerdutyer" {
		t.Errorf("PagerDuty: %+v", event.Payload)
	}
	if got, want := w.slack.Posts()[0].Text, "<@U1> Wake up &amp; &lt;look&gt;\nhttps://ifsev.example.com/incidents/42"; got != want || w.slack.Posts()[0].Channel != "U1" {
		t.Errorf("Slack: %q to %q", got, w.slack.Posts()[0].Channel)
	}
	if data := w.smtp.Mails()[0].Data; !strings.Contains(data, "Subject: Wake up & <look>\r\n") || !strings.Contains(data, "[SEV1] INC-42 Checkout is down") {
		t.Errorf("mail:\n%s", data)
	}
	if told["person"] != "webhooker" || told["text"] != "Wake up & <look>" || body["incident"] == nil {
		t.Errorf("webhook: %v", body)
	}
	for _, part := range []string{"msg=page", "person=loger", `text="Wake up & <look>"`, "incident=INC-42", "rule=sev1-kit"} {
		if !strings.Contains(w.log.String(), part) {
			t.Errorf("log has no %s: %s", part, w.log.String())
		}
	}
}

func TestPageThroughAnIncomingWebhookMentions(t *testing.T) {
	t.Parallel()
	w := newWays(t)
	s := sender(t, Options{Connections: map[string]Connection{"slack": {URL: secret.Secret(w.slack.Incoming())}}})
	perform(t, s, attempt(pageTo("alice")))
	if got := w.slack.Posts()[0].Text; !strings.HasPrefix(got, "<@U012AB> [SEV1] INC-42") {
		t.Errorf("text %q", got)
	}
}

// A page must not die of its length, and must not lose the way to the incident by being cut.
func TestALongPageThroughSlack(t *testing.T) {
	t.Parallel()
	w := newWays(t)
	s := sender(t, Options{Connections: w.connections("slack")})
	for i, text := range []string{strings.Repeat("&", 9000), strings.Repeat("☃", 40000)} {
		d := pageTo("alice")
		d.Args["text"] = text
		d.Facts.URL = "https://ifsev.example.com/?a=1&incident=42"
		perform(t, s, attempt(d))
		got := w.slack.Posts()[i].Text
		if !strings.HasPrefix(got, "<@U012AB> ") || !strings.HasSuffix(got, "…\nhttps://ifsev.example.com/?a=1&amp;incident=42") {
			t.Errorf("text %.40q … %q", got, got[len(got)-60:])
		}
	}
}
