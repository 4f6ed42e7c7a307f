package actions

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/actions/actionstest"
	"github.com/ifsev/ifsev/internal/secret"
)

// plants are the secrets of one connection: every field of type secret gets one of its own.
type plants struct{ planted []string }

func (p *plants) next(field string) secret.Secret {
	s := fmt.Sprintf(`s3cr3t-%s-%02d/"<&`, strings.ToLower(field), len(p.planted))
	p.planted = append(p.planted, s)
	return secret.Secret(s)
}

// plant fills every secret of a connection, found by type, so that a field added later is planted too.
func plant(t *testing.T, kind, address string) (Connection, *plants) {
	t.Helper()
	p, c := &plants{}, Connection{Kind: kind, Host: "127.0.0.1", Port: 1, From: "ifsev@example.com"}
	v := reflect.ValueOf(&c).Elem()
	for i := range v.NumField() {
		name := v.Type().Field(i).Name
		switch v.Field(i).Interface().(type) {
		case secret.Secret:
			v.Field(i).SetString(p.next(name).Reveal())
		case map[string]secret.Secret:
			v.Field(i).Set(reflect.ValueOf(map[string]secret.Secret{"X-Key": p.next("header"), "X-Auth": "Bearer " + p.next("bearer")}))
		}
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(p.next("urluser").Reveal(), p.next("urlpass").Reveal())
	path := strings.ReplaceAll(p.next("path").Reveal(), "/", "-")
	p.planted[len(p.planted)-1] = path
	u.Path = "/services/" + path
	u.RawQuery = url.Values{"key": {p.next("query").Reveal()}}.Encode()
	c.URL = secret.Secret(u.String())
	return c, p
}

// leaks lists what of the secrets stands in a text, in any spelling, whole or in its telling part.
func (p *plants) leaks(text string) []string {
	var found []string
	for _, s := range p.planted {
		telling, _, _ := strings.Cut(s, "/")
		for _, spelling := range []string{s, telling, url.QueryEscape(s), url.PathEscape(s), html.EscapeString(s), base64.StdEncoding.EncodeToString([]byte(s)), hex.EncodeToString([]byte(s))} {
			if strings.Contains(text, spelling) {
				found = append(found, spelling)
			}
		}
	}
	return found
}

// echo answers with everything it was sent, in several spellings.
func echo(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		everything := fmt.Sprintf("%s %s %v %s %s", q.Method, q.URL, q.Header, body, q.URL.RawQuery)
		user, password, _ := q.BasicAuth()
		encoded, _ := json.Marshal(map[string]any{"ok": false, "error": everything, "deep": []any{map[string]any{everything: everything}}, "user": user, "password": password})
		w.Header().Set("Location", "https://elsewhere.example.com/"+q.URL.Path+"?"+q.URL.RawQuery)
		w.WriteHeader(status)
		_, _ = w.Write(encoded)
	}
}

func TestNoSecretComesOut(t *testing.T) {
	t.Parallel()
	var logged bytes.Buffer
	for _, status := range []int{200, 202, 302, 400, 401, 404, 429, 500} {
		server := httptest.NewServer(echo(status))
		t.Cleanup(server.Close)
		for _, kind := range []string{"webhook", "slack", "pagerduty", "smtp", "log"} {
			c, p := plant(t, kind, server.URL)
			s := sender(t, Options{Connections: map[string]Connection{"way": c}, Directory: carol(), Log: slog.New(slog.NewJSONHandler(&logged, nil))})
			out := everythingOf(t, s, c)
			if found := p.leaks(out + logged.String()); len(found) > 0 {
				at := strings.Index(out, found[0])
				t.Errorf("%s, status %d: %d leaks, such as …%s", kind, status, len(found), out[max(0, at-80):min(len(out), at+80)])
			}
		}
	}
}

// everythingOf gathers what a sender says about itself and about an attempt at every kind.
func everythingOf(t *testing.T, s *Sender, c Connection) string {
	t.Helper()
	var out strings.Builder
	_, _ = fmt.Fprintf(&out, "%v %+v %#v %+v\n", c, c, c, s.Connections())
	for _, spec := range Catalogue() {
		args := ifsev.Data{"channel": "#x", "text": "x", "to": "way"}
		if spec.Kind == "page" {
			args["to"] = "carol"
		}
		if spec.Kind == "email" {
			args["to"] = "x@example.com"
		}
		receipt, err := s.Perform(t.Context(), attempt(delivery(spec.Kind, args)))
		encoded, _ := json.Marshal(receipt)
		_, _ = fmt.Fprintf(&out, "%s: %+v %s %v %+v\n", spec.Kind, receipt, encoded, err, err)
	}
	return out.String()
}

func TestNoSecretInNetworkErrors(t *testing.T) {
	t.Parallel()
	hanging, dropping := actionstest.NewReceiver(t), actionstest.NewReceiver(t)
	hanging.Always(&actionstest.Behaviour{Hang: true})
	dropping.Always(&actionstest.Behaviour{Drop: true})
	for name, address := range map[string]string{
		"hangs": hanging.URL(), "drops": dropping.URL(), "refuses": "http://127.0.0.1:1", "no TLS": strings.Replace(dropping.URL(), "http", "https", 1),
		"never": "http://169.254.169.254", "no name": "http://no-such-name.invalid",
	} {
		for _, kind := range []string{"webhook", "slack", "pagerduty"} {
			c, p := plant(t, kind, address)
			s := sender(t, Options{Connections: map[string]Connection{"way": c}, Directory: carol()})
			action := map[string]string{"webhook": "webhook", "slack": "slack.post", "pagerduty": "pagerduty.trigger"}[kind]
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			f := refusedIn(ctx, t, s, attempt(delivery(action, ifsev.Data{"to": "way", "channel": "#x", "text": "x"})))
			cancel()
			if found := p.leaks(fmt.Sprintf("%+v %v", f, f)); len(found) > 0 {
				t.Errorf("%s %s: %s in %s", kind, name, found[0], f.Text)
			}
		}
	}
}

// Some mail servers repeat the line they refuse, and the client writes what it signs in with in base64.
func TestNoSecretOfAMailServerThatRepeatsTheLine(t *testing.T) {
	t.Parallel()
	const user, password = "AKIA-s3cr3t-user-1", "s3cr3t/pass+>>>-88"
	fake := actionstest.NewSMTP(t)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, fake.Authority(), 0o600); err != nil {
		t.Fatal(err)
	}
	s := sender(t, Options{Connections: map[string]Connection{"smtp": {Host: "127.0.0.1", Port: fake.Port(), From: "ifsev@example.com", User: user, Password: password, CA: ca}}})
	for _, line := range []string{"\x00" + user + "\x00" + password, user, password, user + ":" + password} {
		encoded := base64.StdEncoding.EncodeToString([]byte(line))
		fake.Reply("AUTH", "535 5.7.8 refused: AUTH PLAIN "+encoded)
		if f := refused(t, s, attempt(mailTo("x@example.com"))); f.Reason != ifsev.ReasonAuth || !strings.Contains(f.Text, "AUTH PLAIN "+secret.Redacted) {
			t.Errorf("%q: %+v", line, f)
		}
	}
}

func TestNoSecretOfAnAddressInARule(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(echo(400))
	t.Cleanup(server.Close)
	s := sender(t, Options{})
	for _, arg := range []string{"url", "to"} {
		f := refused(t, s, attempt(delivery("webhook", ifsev.Data{arg: server.URL + "/hooks/tok3n-12345678?key=k3y-12345678"})))
		if strings.Contains(f.Text, "tok3n") || strings.Contains(f.Text, "k3y-") {
			t.Errorf("%s: %s", arg, f.Text)
		}
	}
}

func TestNoSecretOfAnAddressInThePlaceOfAName(t *testing.T) {
	t.Parallel()
	s := sender(t, Options{})
	address := "https://hooks.example.com/services/tok3n-12345678?key=k3y-12345678"
	for action, arg := range map[string]string{"slack.post": "to", "pagerduty.trigger": "to", "email": "via", "page": "to"} {
		args := ifsev.Data{"to": "x@example.com"}
		args[arg] = address
		if f := refused(t, s, attempt(delivery(action, args))); strings.Contains(f.Text, "tok3n") || strings.Contains(f.Text, "k3y-") {
			t.Errorf("%s: %s", action, f.Text)
		}
	}
}

func TestNoSecretInErrorsOfNew(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"ftp://x.example.com/s3cr3t-path-1", "https:///s3cr3t-path-1", "http://[s3cr3t-path-1", "s3cr3t-path-1", "https://x.example.com/%zzs3cr3t-path-1"} {
		_, err := New(Options{Connections: map[string]Connection{
			"a": {Kind: "webhook", URL: secret.Secret(address)},
			"b": {Kind: "webhook", URL: "https://x.example.com", Sign: "whsec_s3cr3t-sign-1"},
			"c": {Kind: "webhook", URL: "https://x.example.com", Headers: map[string]secret.Secret{"X": "s3cr3t-head-1\n"}},
			"d": {Kind: "s3cr3t", Token: "s3cr3t"},
		}})
		if err == nil || strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestHalfASecretIsNotLeft(t *testing.T) {
	t.Parallel()
	r := actionstest.NewReceiver(t)
	s := sender(t, Options{Connections: map[string]Connection{"webhook": {URL: secret.Secret(r.URL()), Token: "s3cr3t-token-0123456789"}}})
	for pad := errorLimit - 80; pad < errorLimit; pad++ {
		r.Behave(actionstest.Behaviour{Status: 400, Body: strings.Repeat("x", pad) + "s3cr3t-token-0123456789"})
		if f := refused(t, s, attempt(delivery("webhook", nil))); strings.Contains(f.Text, "s3cr") {
			t.Fatalf("after %d letters: …%s", pad, f.Text[len(f.Text)-40:])
		}
	}
}

// A secret that lies across the end of what is read is found no more once it is cut.
func TestHalfASecretIsNotLeftWhereTheAnswerIsCut(t *testing.T) {
	t.Parallel()
	const token = "s3cr3t-tök3n-0123456789"
	r := actionstest.NewReceiver(t)
	s := sender(t, Options{Connections: map[string]Connection{"webhook": {URL: secret.Secret(r.URL()), Token: token}}})
	for left := range len(token) + 2 {
		r.Behave(actionstest.Behaviour{Status: 400, Body: "no" + strings.Repeat(" ", answerLimit-left-9) + "Bearer " + token + " that is it"})
		if f := refused(t, s, attempt(delivery("webhook", nil))); strings.Contains(f.Text, "s3c") || !strings.Contains(f.Text, "400 Bad Request: no Bearer") {
			t.Errorf("%d bytes of it are read: %s", left, f.Text)
		}
	}
}

func TestHalfASecretIsNotLeftInAnOutput(t *testing.T) {
	t.Parallel()
	token := strings.Repeat("s3cr3t", 400) // so long that what is left of the answer is short
	r := actionstest.NewReceiver(t)
	s := sender(t, Options{Connections: map[string]Connection{"webhook": {URL: secret.Secret(r.URL()), Token: secret.Secret(token)}}})
	r.Behave(actionstest.Behaviour{Status: 200, Body: strings.Repeat(token+" ", 40)})
	body := perform(t, s, attempt(delivery("webhook", nil))).Outputs.String("body")
	if strings.Contains(body, "s3c") || !strings.HasPrefix(body, secret.Redacted) {
		t.Errorf("output %.100s … %s", body, body[max(0, len(body)-100):])
	}
}

func TestHalfASecretIsNotLeftWhereTheAnswerBreaksOff(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, "no Bearer s3cr3t-tok")
	}))
	t.Cleanup(server.Close)
	s := sender(t, Options{Connections: map[string]Connection{"webhook": {URL: secret.Secret(server.URL), Token: "s3cr3t-token-0123456789"}}})
	if f := refused(t, s, attempt(delivery("webhook", nil))); strings.Contains(f.Text, "s3c") || !strings.Contains(f.Text, "no Bearer") {
		t.Errorf("%s", f.Text)
	}
}

func TestASecretWithBlanksIsFound(t *testing.T) {
	t.Parallel()
	const password = "s3cr3t  with\tblanks"
	r := actionstest.NewReceiver(t)
	s := sender(t, Options{Connections: map[string]Connection{"webhook": {URL: secret.Secret(r.URL()), User: "ann", Password: password}}})
	r.Behave(actionstest.Behaviour{Status: 400, Body: "wrong password:\n " + password + "\n"})
	if f := refused(t, s, attempt(delivery("webhook", nil))); !strings.HasSuffix(f.Text, ": wrong password: "+secret.Redacted) {
		t.Errorf("%s", f.Text)
	}
}

func TestUnfinishedTexts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		secrets    []string
		text, want string
	}{
		{nil, "as it is", "as it is"},
		{[]string{"s3cr3t"}, "plain", "plain"},
		{[]string{"s3cr3t"}, "a s3cr3t b s3cr", "a <redacted> b "},
		{[]string{"s3cr3t"}, "a s3cr3t", "a <redacted>"},
		{[]string{"s3cr3t"}, "s3c", ""},
		{[]string{"tok1tok1"}, "a tok1tok1", "a "},                 // its end may begin another
		{[]string{"tok1tok1"}, "a tok1tok1tok1to", "a "},           // and so may that one's
		{[]string{"token", "token-and-more"}, "a token-and", "a "}, // the longer one, though the shorter is whole
		{[]string{"abcd", "cdef"}, "x abcd", "x "},
	} {
		if got := newScrubber(c.secrets).unfinished(c.text); got != c.want {
			t.Errorf("%q of %q became %q, want %q", c.text, c.secrets, got, c.want)
		}
	}
}

// Cut wherever it may be, of a text with secrets in it nothing is left that the whole text, scrubbed, does not hold.
func TestUnfinishedProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		secrets := rapid.SliceOfN(rapid.StringMatching(`[a-d]{4,9}`), 1, 4).Draw(t, "secrets")
		text := ""
		for range rapid.IntRange(1, 6).Draw(t, "pieces") {
			text += rapid.StringMatching(`[x-z]{1,4}`).Draw(t, "between") + rapid.SampledFrom(secrets).Draw(t, "secret")
		}
		text = text[:rapid.IntRange(0, len(text)).Draw(t, "cut")]
		if left := newScrubber(secrets).unfinished(text); strings.ContainsAny(strings.ReplaceAll(left, secret.Redacted, ""), "abcd") {
			t.Fatalf("%q became %q", text, left)
		}
	})
}

func TestScrubberProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		secrets := rapid.SliceOfN(rapid.StringMatching(`[a-d/"<+ ]{4,9}`), 1, 5).Draw(t, "secrets")
		text := rapid.StringMatching(`[a-d/"<+ ]{0,20}`).Draw(t, "before")
		for _, s := range secrets {
			text += s + rapid.StringMatching(`[a-d/"<+ ]{0,5}`).Draw(t, "between")
		}
		once := newScrubber(secrets).text(text)
		for _, s := range secrets {
			if strings.Contains(once, s) {
				t.Fatalf("%q is still in %q", s, once)
			}
		}
	})
}

func TestShortAndPlainWordsStay(t *testing.T) {
	t.Parallel()
	c := Connection{URL: "https://status.example.com/api/v2", User: "admin", Password: "abc"}
	text := `admin said abc at https://status.example.com/api/v2/incidents/7`
	if got := newScrubber(c.secrets()).text(text); got != text {
		t.Errorf("got %q", got)
	}
	none := Connection{Host: "mail.example.com"}
	if got := newScrubber(none.secrets()).spellings; len(got) > 0 {
		t.Errorf("without a secret %q are looked for", got)
	}
}

// Some services take an API key for the user, and no password.
func TestAKeyForAUserIsFound(t *testing.T) {
	t.Parallel()
	const key = "sk-s3cr3t-12345678"
	want := "a " + secret.Redacted + " b " + secret.Redacted
	for _, c := range []Connection{{User: key}, {URL: "https://" + key + "@h.example.com"}} {
		text := "a " + base64.StdEncoding.EncodeToString([]byte(key+":")) + " b " + key
		if got := newScrubber(c.secrets()).text(text); got != want {
			t.Errorf("got %q", got)
		}
	}
}

func TestLongestSecretGoesFirst(t *testing.T) {
	t.Parallel()
	if got := newScrubber([]string{"token", "token-and-more"}).text("a token-and-more b token"); got != "a <redacted> b <redacted>" {
		t.Errorf("got %q", got)
	}
}
