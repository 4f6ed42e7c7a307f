package actions

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/actions/actionstest"
	"github.com/ifsev/ifsev/internal/secret"
)

// Whatever is rendered into a path, the request goes to the same host and below the connection's path.
func TestPathProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		base, err := url.Parse(rapid.SampledFrom([]string{"https://h.example.com", "https://h.example.com/", "https://h.example.com/api", "https://h.example.com/a%2Fb/"}).Draw(t, "base"))
		if err != nil {
			t.Fatal(err)
		}
		path := rapid.OneOf(rapid.String(), rapid.StringMatching(`[./\\%2eE:@?#a]{0,12}`)).Draw(t, "path")
		in := &args{}
		sent := below(in, base, path, map[string]string{rapid.String().Draw(t, "name"): rapid.String().Draw(t, "value")}).String()
		if in.wrong != nil {
			return
		}
		// What counts is what the other side reads.
		got, err := url.Parse(sent)
		if err != nil {
			t.Fatalf("%q became no address: %v", path, err)
		}
		clean := got.JoinPath().Path // with dots resolved, as a server may do
		if got.Host != base.Host || got.Fragment != "" || !strings.HasPrefix(clean, strings.TrimSuffix(base.Path, "/")) {
			t.Fatalf("%q below %s became %s", path, base, sent)
		}
		if !strings.HasPrefix(got.EscapedPath(), strings.TrimSuffix(base.EscapedPath(), "/")) {
			t.Fatalf("%s was respelled in %s", base, sent)
		}
		if path != "" && !strings.HasSuffix(got.Path, strings.TrimPrefix(path, "/")) {
			t.Fatalf("%q arrives as %q", path, got.Path)
		}
	})
}

// Whatever is rendered into a message, Slack finds no order in it, wherever it stands.
func TestSlackTextProperties(t *testing.T) {
	t.Parallel()
	unescape := strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[<>&!@|;a-h]{0,20}`)).Draw(t, "text")
		safe := slackText(text)
		if strings.ContainsAny(safe, "<>") || unescape.Replace(safe) != text {
			t.Fatalf("%q became %q", text, safe)
		}
		kind := rapid.SampledFrom([]string{"mrkdwn", "markdown"}).Draw(t, "type")
		var blocks any = map[string]any{"type": kind, "text": text}
		depth := rapid.IntRange(0, 4).Draw(t, "depth")
		for range depth {
			blocks = []any{map[string]any{"elements": blocks, "type": "context"}}
		}
		blocks = slackBlocks(blocks)
		for range depth {
			blocks = blocks.([]any)[0].(map[string]any)["elements"]
		}
		if got := blocks.(map[string]any)["text"]; got != safe {
			t.Fatalf("in blocks %q became %q", text, got)
		}
	})
}

// However short a text is cut, no order and no half of an escape comes out of it.
func TestSlackCutProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[<>&;☃a]{0,20}`)).Draw(t, "text")
		limit := rapid.IntRange(-1, 60).Draw(t, "limit")
		safe := slackText(text)
		got := slackCut(safe, limit)
		kept, wasCut := strings.CutSuffix(got, "…")
		if n := utf8.RuneCountInString(got); n > max(limit, 1) || got != safe && (!wasCut || !strings.HasPrefix(safe, kept)) {
			t.Fatalf("%q became %q, for at most %d", safe, got, limit)
		}
		if got != safe && slackText(html.UnescapeString(kept)) != kept {
			t.Fatalf("%q became %q: half an escape", safe, got)
		}
	})
}

// A receiver that checks signatures as Standard Webhooks says takes every one of ours, and none that was touched.
func TestSignatureProperties(t *testing.T) {
	t.Parallel()
	verify := func(h http.Header, key []byte, id string, body []byte) bool {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(id + "." + h.Get("Webhook-Timestamp") + "." + string(body)))
		given, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(h.Get("Webhook-Signature"), "v1,"))
		return err == nil && hmac.Equal(given, mac.Sum(nil))
	}
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.SliceOfN(rapid.Byte(), 1, 64).Draw(t, "key")
		body := rapid.SliceOf(rapid.Byte()).Draw(t, "body")
		at := time.Unix(rapid.Int64Range(0, 1<<33).Draw(t, "at"), 0)
		key, err := signingKey(secret.Secret(signPrefix + base64.StdEncoding.EncodeToString(raw)))
		if err != nil {
			t.Fatal(err)
		}
		h := http.Header{}
		sign(h, key, "dlv_1", at, body)
		if h.Get("Webhook-Timestamp") != strconv.FormatInt(at.Unix(), 10) || !verify(h, raw, "dlv_1", body) {
			t.Fatalf("refused: %v", h)
		}
		if verify(h, raw, "dlv_2", body) || verify(h, raw, "dlv_1", append(body, 'x')) || verify(h, append(raw, 1), "dlv_1", body) {
			t.Fatalf("a touched one is taken: %v", h)
		}
	})
}

// A header that is let through is one that arrives as it was written, and nothing else with it.
func TestHeaderProperties(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var last http.Header
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		last = q.Header.Clone()
	}))
	t.Cleanup(server.Close)
	s := sender(t, Options{Connections: map[string]Connection{"webhook": {URL: secret.Secret(server.URL)}}})
	usual := len(headersOf(t, s, nil, &mu, &last))
	rapid.Check(t, func(rt *rapid.T) {
		name := "X-" + rapid.StringMatching(`[A-Za-z0-9 :\r\n-]{0,8}`).Draw(rt, "name")
		value := rapid.OneOf(rapid.String(), rapid.StringMatching("[a-z \r\n\x00:]{0,12}")).Draw(rt, "value")
		if checkHeader(name, value) != nil {
			return
		}
		got := headersOf(t, s, map[string]any{name: value}, &mu, &last)
		if got.Get(name) != strings.Trim(value, " \t") || len(got) != usual+1 {
			rt.Fatalf("%q: %q arrived as %q among %d headers", name, value, got.Get(name), len(got))
		}
	})
}

func headersOf(t *testing.T, s *Sender, headers map[string]any, mu *sync.Mutex, last *http.Header) http.Header {
	t.Helper()
	perform(t, s, attempt(delivery("webhook", ifsev.Data{"headers": headers})))
	mu.Lock()
	defer mu.Unlock()
	return *last
}

// Many attempts at once through every kind: each is done once, under its own key, and a receiver that hangs is no
// concern of the others.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	w := newWays(t)
	hanging := actionstest.NewReceiver(t)
	hanging.Always(&actionstest.Behaviour{Hang: true})
	connections := w.connections("pagerduty", "slack", "smtp", "webhook")
	connections["hanging"] = Connection{Kind: "webhook", URL: secret.Secret(hanging.URL())}
	s := sender(t, Options{Connections: connections})
	steps := []ifsev.Delivery{
		delivery("webhook", ifsev.Data{"to": "webhook"}), delivery("slack.post", ifsev.Data{"channel": "#x", "text": "x"}),
		delivery("pagerduty.trigger", nil), delivery("page", ifsev.Data{"to": "alice"}), delivery("email", ifsev.Data{"to": "alice"}),
	}
	const rounds = 10
	var stuck, others sync.WaitGroup
	for range rounds {
		stuck.Go(func() {
			d := delivery("webhook", ifsev.Data{"to": "hanging"})
			d.Timeout = 5 * time.Second
			if _, err := s.Perform(t.Context(), attempt(d)); err == nil {
				t.Error("a receiver that hangs has answered")
			}
		})
	}
	for i := range rounds {
		for _, d := range steps {
			others.Go(func() {
				d.ID = d.Action + strconv.Itoa(i)
				if _, err := s.Perform(t.Context(), attempt(d)); err != nil {
					t.Errorf("%s: %v", d.ID, err)
				}
			})
		}
	}
	others.Wait()
	hanging.Close()
	stuck.Wait()
	if p, k, m, h := len(w.pagerduty.Events()), len(w.slack.Posts()), len(w.smtp.Mails()), len(w.webhook.Done()); p != 2*rounds || k != rounds || m != rounds || h != rounds {
		t.Errorf("%d events, %d posts, %d mails, %d webhooks", p, k, m, h)
	}
}
