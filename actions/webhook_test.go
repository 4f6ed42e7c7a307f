package actions

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/actions/actionstest"
	"github.com/ifsev/ifsev/internal/secret"
)

func webhookTo(t *testing.T, c Connection) (*Sender, *actionstest.Receiver) {
	t.Helper()
	r := actionstest.NewReceiver(t)
	c.Kind, c.URL = "webhook", secret.Secret(r.URL()+"/api?v=2")
	return sender(t, Options{Connections: map[string]Connection{"status": c}}), r
}

func TestWebhookRequest(t *testing.T) {
	t.Parallel()
	s, r := webhookTo(t, Connection{Token: "tok-1", Headers: map[string]secret.Secret{"X-Env": "prod", "X-Both": "connection"}})
	r.Behave(actionstest.Behaviour{Status: 201, Body: `{"id":9007199254740993,"html_url":"https://status.example.com/api/9"}`})
	receipt := perform(t, s, attempt(delivery("webhook", ifsev.Data{
		"to": "status", "path": "/incidents/a b", "method": "put", "query": map[string]any{"q": "1&2", "n": 3},
		"headers": map[string]any{"X-Own": "mine", "X-Both": "rule"}, "json": map[string]any{"title": `"},{`, "n": 1},
	})))
	q := r.Requests()[0]
	got := []string{q.Method, q.Path, q.Query.Encode(), q.Header.Get("Authorization"), q.Header.Get("X-Env"), q.Header.Get("X-Own"), q.Header.Get("X-Both"), q.Header.Get("Content-Type"), string(q.Body)}
	want := []string{"PUT", "/api/incidents/a b", "n=3&q=1%262&v=2", "Bearer tok-1", "prod", "mine", "connection", "application/json", `{"n":1,"title":"\"},{"}`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
	if receipt.Status != 201 || receipt.Outputs.Int("status") != 201 || receipt.Summary != "status answered 201 Created" {
		t.Errorf("receipt %+v", receipt)
	}
	answer, _ := receipt.Outputs["json"].(map[string]any)
	if answer["id"] != 9007199254740993 || answer["html_url"] != "https://status.example.com/api/9" {
		t.Errorf("json output %#v", receipt.Outputs["json"])
	}
}

func TestWebhookBodies(t *testing.T) {
	t.Parallel()
	s, r := webhookTo(t, Connection{})
	cases := []struct {
		args              ifsev.Data
		contentType, body string
	}{
		{ifsev.Data{"body": "plain ☃"}, "text/plain; charset=utf-8", "plain ☃"},
		{ifsev.Data{"body": "<x/>", "headers": map[string]any{"content-type": "text/xml"}}, "text/xml", "<x/>"},
		{ifsev.Data{"body": 42}, "text/plain; charset=utf-8", "42"},
		{ifsev.Data{"json": []any{1, "a"}}, "application/json", `[1,"a"]`},
		{ifsev.Data{"method": "GET"}, "", ""},
		{ifsev.Data{"method": "DELETE"}, "", ""},
	}
	for i, c := range cases {
		perform(t, s, attempt(delivery("webhook", c.args)))
		q := r.Requests()[i]
		if string(q.Body) != c.body || q.Header.Get("Content-Type") != c.contentType {
			t.Errorf("%v: sent %q as %q", c.args, q.Body, q.Header.Get("Content-Type"))
		}
	}
}

func TestWebhookTellsTheIncidentByItself(t *testing.T) {
	t.Parallel()
	s, r := webhookTo(t, Connection{})
	perform(t, s, attempt(delivery("webhook", nil)))
	body := r.Requests()[0].JSON()
	incident, _ := body["incident"].(map[string]any)
	if body["delivery"] != "dlv_0a1b2c" || incident["name"] != "INC-42" || incident["severity_name"] != "SEV1" || incident["url"] != "https://ifsev.example.com/incidents/42" {
		t.Errorf("body %v", body)
	}
}

// The signature was computed by hand: printf 'dlv_0a1b2c.1774612800.{"a":1}' | openssl dgst -sha256 -hmac KEY -binary | base64.
func TestWebhookSignature(t *testing.T) {
	t.Parallel()
	keys := map[string]secret.Secret{"encoded": "whsec_c2VjcmV0LWtleS0xMjM0NQ==", "raw": "secret-key-12345"}
	for name, key := range keys {
		s, r := webhookTo(t, Connection{Sign: key})
		a := attempt(delivery("webhook", ifsev.Data{"json": map[string]any{"a": 1}}))
		perform(t, s, a)
		a.Now = a.Now.Add(time.Hour)
		perform(t, s, a)
		first, second := r.Requests()[0].Header, r.Requests()[1].Header
		if first.Get("Webhook-Timestamp") != "1774612800" || first.Get("Webhook-Signature") != signatureByHand {
			t.Errorf("%s: signature %s at %s", name, first.Get("Webhook-Signature"), first.Get("Webhook-Timestamp"))
		}
		if second.Get("Webhook-Id") != first.Get("Webhook-Id") || second.Get("Webhook-Signature") == first.Get("Webhook-Signature") {
			t.Errorf("%s: a later attempt must have the same id and a signature of its own time", name)
		}
	}
	s, r := webhookTo(t, Connection{})
	perform(t, s, attempt(delivery("webhook", nil)))
	if r.Requests()[0].Header.Get("Webhook-Signature") != "" {
		t.Error("signed without a key")
	}
}

func TestWebhookBasicAuth(t *testing.T) {
	t.Parallel()
	s, r := webhookTo(t, Connection{User: "ann", Password: "pw-123456"})
	perform(t, s, attempt(delivery("webhook", nil)))
	if got := r.Requests()[0].Header.Get("Authorization"); got != "Basic YW5uOnB3LTEyMzQ1Ng==" {
		t.Errorf("Authorization %q", got)
	}
}

func TestWebhookToAnAddressSendsNoSecrets(t *testing.T) {
	t.Parallel()
	s, _ := webhookTo(t, Connection{Token: "tok-1", Sign: "key-1"})
	for _, arg := range []string{"url", "to"} {
		r := actionstest.NewReceiver(t)
		perform(t, s, attempt(delivery("webhook", ifsev.Data{arg: r.URL() + "/x", "path": "y"})))
		q := r.Requests()[0]
		if q.Path != "/x/y" || q.Header.Get("Authorization") != "" || q.Header.Get("Webhook-Signature") != "" {
			t.Errorf("%s: %s %v", arg, q.Path, q.Header)
		}
	}
}

func TestWebhookPathStaysBelowItsConnection(t *testing.T) {
	t.Parallel()
	s, r := webhookTo(t, Connection{})
	for i, c := range []struct{ path, want string }{
		{"x", "/api/x"}, {"/x/", "/api/x/"}, {"//evil.example.com/x", "/api//evil.example.com/x"}, {"a?b=c#d", "/api/a?b=c#d"},
		{"%2e%2e/x", "/api/%2e%2e/x"}, {"@evil.example.com", "/api/@evil.example.com"}, {"..a/b..", "/api/..a/b.."},
	} {
		perform(t, s, attempt(delivery("webhook", ifsev.Data{"path": c.path})))
		if q := r.Requests()[i]; q.Path != c.want || q.Query.Encode() != "v=2" {
			t.Errorf("path %q went to %q?%s, want %q", c.path, q.Path, q.Query.Encode(), c.want)
		}
	}
	for _, path := range []string{"../admin", "/x/../../admin", "/..", "/./x"} {
		if f := refused(t, s, attempt(delivery("webhook", ifsev.Data{"path": path}))); f.Reason != ifsev.ReasonConfig || !f.Permanent {
			t.Errorf("path %q: %+v", path, f)
		}
	}
}

func TestWebhookWrongArguments(t *testing.T) {
	t.Parallel()
	s, r := webhookTo(t, Connection{})
	for name, c := range map[string]struct {
		args ifsev.Data
		text string
	}{
		"both bodies":      {ifsev.Data{"json": 1, "body": "x"}, "json or body, not both"},
		"both targets":     {ifsev.Data{"to": "status", "url": "https://x.example.com"}, "not both"},
		"scheme":           {ifsev.Data{"url": "ftp://x.example.com"}, "https://"},
		"no host":          {ifsev.Data{"url": "https:///x"}, "names no host"},
		"no address":       {ifsev.Data{"url": "http://[::1"}, "no address"},
		"unknown":          {ifsev.Data{"to": "stauts"}, `"stauts": there is status`},
		"a list":           {ifsev.Data{"path": []any{"a"}}, "path: want a text, got a list"},
		"headers no map":   {ifsev.Data{"headers": "X: y"}, "headers: want a map, got a text"},
		"a header in two":  {ifsev.Data{"headers": map[string]any{"X": "a\r\nY: b"}}, "one line"},
		"header's name":    {ifsev.Data{"headers": map[string]any{"X Y": "a"}}, "no name of a header"},
		"ours":             {ifsev.Data{"headers": map[string]any{"idempotency-key": "a"}}, "set by ifsev itself"},
		"host":             {ifsev.Data{"headers": map[string]any{"Host": "a"}}, "set by ifsev itself"},
		"method":           {ifsev.Data{"method": "G ET"}, "check method"},
		"map in the query": {ifsev.Data{"query": map[string]any{"a": map[string]any{}}}, "query: a: want a text, got a map"},
		"no JSON":          {ifsev.Data{"json": func() {}}, "cannot be written as JSON"},
	} {
		f := refused(t, s, attempt(delivery("webhook", c.args)))
		if f.Reason != ifsev.ReasonConfig || !f.Permanent || !strings.Contains(f.Text, c.text) {
			t.Errorf("%s: %+v, want %q in it", name, f, c.text)
		}
	}
	if n := len(r.Requests()); n != 0 {
		t.Errorf("%d requests were sent all the same", n)
	}
}

const signatureByHand = "v1,6i2lvfKgE96bc82W3jdmjfrA1lEN2qrpdZMlHkSWgtc="
