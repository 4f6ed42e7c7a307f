package triggers

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ifsev/ifsev/internal/secret"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestBearerAndBasic(t *testing.T) {
	t.Parallel()
	bearer := must(NewBearer("", "new", "old"))
	header := must(NewBearer("X-Token", "s3cret"))
	basic := must(NewBasic("alice", "pass:word", "older"))
	auth := func(user, password string) string {
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
	}
	for name, c := range map[string]struct {
		v      Verifier
		header []string
		ok     bool
	}{
		"right":                         {bearer, []string{"Authorization", "Bearer new"}, true},
		"the old one, while it lasts":   {bearer, []string{"Authorization", "bearer old"}, true},
		"wrong":                         {bearer, []string{"Authorization", "Bearer newer"}, false},
		"prefix":                        {bearer, []string{"Authorization", "Bearer ne"}, false},
		"empty":                         {bearer, []string{"Authorization", "Bearer "}, false},
		"missing":                       {bearer, nil, false},
		"another scheme":                {bearer, []string{"Authorization", "Token new"}, false},
		"both secrets at once":          {bearer, []string{"Authorization", "Bearer new old"}, false},
		"header of its own":             {header, []string{"x-token", "s3cret"}, true},
		"header of its own, wrong":      {header, []string{"X-Token", "s3cret2"}, false},
		"header of its own, as Bearer":  {header, []string{"Authorization", "Bearer s3cret"}, false},
		"user and password":             {basic, []string{"Authorization", auth("alice", "pass:word")}, true},
		"user and older password":       {basic, []string{"Authorization", auth("alice", "older")}, true},
		"another user":                  {basic, []string{"Authorization", auth("bob", "older")}, false},
		"no base64":                     {basic, []string{"Authorization", "Basic alice:older"}, false},
		"no password":                   {basic, nil, false},
		"open":                          {Open{}, nil, true},
		"open, from a web page":         {Open{}, []string{"Origin", "https://evil.example"}, false},
		"open, from a web page of ours": {Open{}, []string{"Sec-Fetch-Site", "same-origin"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkVerdict(t, c.v, request("{}", c.header...), c.ok)
		})
	}
}

func checkVerdict(t *testing.T, v Verifier, req Request, ok bool) {
	t.Helper()
	err := v.Verify(req)
	if (err == nil) != ok {
		t.Errorf("got %v, want ok %t", err, ok)
	}
	if err != nil && !errors.Is(err, ErrUnauthorized) {
		t.Errorf("%v does not wrap ErrUnauthorized", err)
	}
	if err != nil {
		for _, s := range []string{"s3cret", "older", "pass:word", "key-1"} {
			if strings.Contains(err.Error(), s) {
				t.Errorf("the error shows a secret: %v", err)
			}
		}
	}
}

func TestEmptySecretsAreRefused(t *testing.T) {
	t.Parallel()
	for _, secrets := range [][]secret.Secret{nil, {""}, {"a", ""}} {
		if _, err := NewBearer("", secrets...); err == nil {
			t.Errorf("bearer took %d secrets, one of them empty", len(secrets))
		}
		if _, err := NewBasic("u", secrets...); err == nil {
			t.Errorf("basic took %d secrets, one of them empty", len(secrets))
		}
		if _, err := NewHMAC(HMACOptions{Header: "X"}, secrets...); err == nil {
			t.Errorf("hmac took %d secrets, one of them empty", len(secrets))
		}
	}
}

// The vectors below were made outside of this program, with openssl dgst -hmac, under the key `key-1`; the time is
// 1795435200, which is noon of the tests.
const (
	vectorBody = `{"title":"Größe ✓","n":1.0}`
	vectorTime = "1795435200"
)

func TestHMACPresets(t *testing.T) {
	t.Parallel()
	sum := func(name string) string { return vectors[name] }
	for _, c := range []struct {
		preset string
		header []string
	}{
		{"github", []string{"X-Hub-Signature-256", "sha256=" + sum("body")}},
		{"grafana", []string{"X-Grafana-Alerting-Signature", sum("body")}},
		{"sentry", []string{"Sentry-Hook-Signature", sum("body")}},
		{"checkly", []string{"X-Checkly-Signature", sum("body")}},
		{"pagerduty", []string{"X-PagerDuty-Signature", "v1=" + sum("body")}},
		{"pagerduty", []string{"X-PagerDuty-Signature", "v1=" + strings.Repeat("0", 64) + ",v1=" + sum("body")}},
		{"pagerduty", []string{"X-PagerDuty-Signature", "v2=zz, v1=" + sum("body")}},
		{"slack", []string{"X-Slack-Signature", "v0=" + sum("slack"), "X-Slack-Request-Timestamp", vectorTime}},
		{"stripe", []string{"Stripe-Signature", "t=" + vectorTime + ",v1=" + sum("dot") + ",v0=abc"}},
		{"stripe", []string{"Stripe-Signature", "t=" + vectorTime + ",v1=" + strings.Repeat("0", 64) + ",v1=" + sum("dot")}},
		{"standard-webhooks", []string{"Webhook-Id", "msg_1", "Webhook-Timestamp", vectorTime, "Webhook-Signature", "v1," + sum("standard")}},
		{"standard-webhooks", []string{"Webhook-Id", "msg_1", "Webhook-Timestamp", vectorTime, "Webhook-Signature", "v1a,AAAA v1,AAAA v1," + sum("standard")}},
	} {
		t.Run(c.preset, func(t *testing.T) {
			t.Parallel()
			key, wrong := secret.Secret("key-1"), secret.Secret("key-2")
			if c.preset == "standard-webhooks" {
				key, wrong = "whsec_a2V5LTE=", "whsec_a2V5LTI="
			}
			opts, ok := Preset(c.preset)
			if !ok {
				t.Fatal("no such preset")
			}
			v := must(NewHMAC(opts, key))
			good := request(vectorBody, c.header...)
			checkVerdict(t, v, good, true)
			checkVerdict(t, v, request(vectorBody), false)
			checkVerdict(t, v, request(vectorBody+" ", c.header...), false)
			// The same JSON written anew is another body: raw bytes are signed.
			checkVerdict(t, v, request(strings.Replace(vectorBody, "1.0", "1", 1), c.header...), false)
			checkVerdict(t, v, request(strings.Replace(vectorBody, "ö", `\u00f6`, 1), c.header...), false)
			checkVerdict(t, must(NewHMAC(opts, wrong)), good, false)
			checkVerdict(t, must(NewHMAC(opts, wrong, key)), good, true)
			if opts.timed() {
				checkStale(t, v, good)
			}
		})
	}
}

func checkStale(t *testing.T, v Verifier, req Request) {
	t.Helper()
	for after, ok := range map[time.Duration]bool{
		0: true, 5 * time.Minute: true, 5*time.Minute + time.Second: false, -5 * time.Minute: true, -6 * time.Minute: false, 48 * time.Hour: false,
	} {
		late := req
		late.At = noon.Add(after)
		checkVerdict(t, v, late, ok)
	}
	// A replay under a new time is a forgery.
	forged := Request{Header: req.Header.Clone(), Body: req.Body, At: noon.Add(time.Hour)}
	later := strconv.FormatInt(forged.At.Unix(), 10)
	for name, values := range forged.Header {
		forged.Header.Set(name, strings.ReplaceAll(values[0], vectorTime, later))
	}
	checkVerdict(t, v, forged, false)
	checkVerdict(t, v, Request{Header: http.Header{}, Body: req.Body, At: noon}, false)
}

func TestHMACOptions(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		opts  HMACOptions
		value string
		extra []string
	}{
		"sha1":            {HMACOptions{Header: "X-Sig", Algorithm: "sha1", Prefix: "sha1="}, "sha1=" + vectors["sha1"], nil},
		"sha512, base64":  {HMACOptions{Header: "X-Sig", Algorithm: "sha512", Encoding: "base64"}, vectors["sha512-base64"], nil},
		"timestamp":       {HMACOptions{Header: "X-Sig", Timestamp: "X-Time"}, vectors["dot"], []string{"X-Time", vectorTime}},
		"grafana's time":  {must2(Preset("grafana")).WithTimestamp("X-Time"), vectors["colon"], []string{"X-Time", vectorTime}},
		"capital letters": {HMACOptions{Header: "X-Sig"}, strings.ToUpper(vectors["body"]), nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := must(NewHMAC(c.opts, "key-1"))
			checkVerdict(t, v, request(vectorBody, append(c.extra, c.opts.Header, c.value)...), true)
			checkVerdict(t, v, request(vectorBody+"x", append(c.extra, c.opts.Header, c.value)...), false)
		})
	}
}

func must2[T any](v T, ok bool) T {
	if !ok {
		panic("missing")
	}
	return v
}

func TestHMACRefusesOptions(t *testing.T) {
	t.Parallel()
	for want, o := range map[string]HMACOptions{
		"the header that holds the signature is missing: name it, or a preset":                                  {},
		`encoding is hex or base64, not "base32"`:                                                               {Header: "X", Encoding: "base32"},
		`algorithm is sha256, sha1 or sha512, not "md5"`:                                                        {Header: "X", Algorithm: "md5"},
		`signed must hold {body}, or the body would not be protected: "{timestamp}"`:                            {Header: "X", Signed: "{timestamp}", Timestamp: "T"},
		"a timestamp protects only if it is signed: set both timestamp and signed with {timestamp}, or neither": {Header: "X", Signed: "{body}", Timestamp: "T"},
		"signed holds {id}: name the header of the id":                                                          {Header: "X", Signed: "{id}.{body}"},
		"the secret must be base64, as in whsec_…":                                                              {Header: "X", Base64Secret: true},
	} {
		if _, err := NewHMAC(o, "key-1"); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if _, err := NewHMAC(HMACOptions{Header: "X", Signed: "{timestamp}{body}"}, "k"); err == nil {
		t.Error("a signed time needs its header")
	}
}

func TestHMACLooksAtFewSignatures(t *testing.T) {
	t.Parallel()
	v := must(NewHMAC(must2(Preset("pagerduty")), "key-1"))
	many := strings.Repeat("v1="+strings.Repeat("0", 64)+",", maxSignatures) + "v1=" + vectors["body"]
	checkVerdict(t, v, request(vectorBody, "X-PagerDuty-Signature", many), false)
}

func TestPresetsAreComplete(t *testing.T) {
	t.Parallel()
	if got := fmt.Sprint(Presets()); got != "[checkly github grafana pagerduty sentry slack standard-webhooks stripe]" {
		t.Error(got)
	}
	for _, name := range Presets() {
		o, _ := Preset(name)
		if _, err := NewHMAC(o, "a2V5LTE="); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, ok := Preset("nobody"); ok {
		t.Error("nobody is no preset")
	}
}
