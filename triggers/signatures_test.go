package triggers

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ifsev/ifsev/internal/secret"
)

// vector is a signed request of testdata/signatures.json.
type vector struct {
	Name, Source                     string
	Kind, Preset, User, Secret, Body string
	// Timestamp is the header a tool can be told to send; Set goes over the preset.
	Timestamp string
	Set       map[string]string
	Header    map[string]string
	// At is the time of signing, in epoch seconds; 0 where there is none.
	At int64
}

func readVectors(t *testing.T) []vector {
	t.Helper()
	var list []vector
	dec := json.NewDecoder(strings.NewReader(fixture(t, "signatures.json")))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&list); err != nil {
		t.Fatal(err)
	}
	return list
}

// verifier makes what the configuration would make for this tool, with these secrets.
func (v *vector) verifier(t *testing.T, secrets ...secret.Secret) Verifier {
	t.Helper()
	switch v.Kind {
	case "bearer":
		return must(NewBearer("", secrets...))
	case "basic":
		return must(NewBasic(v.User, secrets...))
	}
	o, known := Preset(v.Preset)
	if v.Preset != "" && !known {
		t.Fatalf("there is no preset %s", v.Preset)
	}
	if v.Timestamp != "" {
		o = o.WithTimestamp(v.Timestamp)
	}
	for key, value := range v.Set {
		*map[string]*string{"header": &o.Header, "timestamp": &o.Timestamp, "id": &o.ID, "algorithm": &o.Algorithm}[key] = value
	}
	return must(NewHMAC(o, secrets...))
}

func (v *vector) request() Request {
	req := Request{Header: http.Header{}, Body: []byte(v.Body), At: noon}
	if v.At != 0 {
		req.At = time.Unix(v.At, 0)
	}
	for name, value := range v.Header {
		req.Header.Set(name, value)
	}
	return req
}

func TestSignaturesOthersMade(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, v := range readVectors(t) {
		seen[v.Preset] = true
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			if v.Source == "" {
				t.Error("it does not say where it comes from")
			}
			right := v.verifier(t, secret.Secret(v.Secret))
			checkVerdict(t, right, v.request(), true)
			v.checkSecrets(t)
			v.checkBody(t, right)
			v.checkHeaders(t, right)
			v.checkTime(t, right)
		})
	}
	for _, name := range Presets() {
		if !seen[name] {
			t.Errorf("no signature of %s", name)
		}
	}
}

// otherSecret is a wrong one of the same form.
func (v *vector) otherSecret() secret.Secret {
	if strings.HasPrefix(v.Preset, "standard") {
		return "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	}
	return secret.Secret(v.Secret + "x")
}

func (v *vector) checkSecrets(t *testing.T) {
	t.Helper()
	own, other := secret.Secret(v.Secret), v.otherSecret()
	checkVerdict(t, v.verifier(t, other), v.request(), false)
	// While one replaces another both are right, in either order.
	checkVerdict(t, v.verifier(t, other, own), v.request(), true)
	checkVerdict(t, v.verifier(t, own, other), v.request(), true)
}

// checkBody changes one bit at a time: of a signed body none is left out.
func (v *vector) checkBody(t *testing.T, right Verifier) {
	t.Helper()
	_, signed := right.(*HMAC)
	for i := range v.Body {
		req := v.request()
		req.Body[i] ^= 1
		checkVerdict(t, right, req, !signed)
	}
	for _, body := range []string{"", v.Body + "\n", v.Body[1:]} {
		req := v.request()
		req.Body = []byte(body)
		checkVerdict(t, right, req, !signed)
	}
}

// checkHeaders takes away, empties and cuts each header that counts.
func (v *vector) checkHeaders(t *testing.T, right Verifier) {
	t.Helper()
	for name, value := range v.Header {
		if name == "Sentry-Hook-Resource" {
			continue // says what happened, and is not signed
		}
		for _, instead := range []string{"", value[:len(value)/5], "v0=", strings.Repeat("0", 64), "sha256=", "t=1,v1=", strings.Repeat(",", 9000)} {
			req := v.request()
			req.Header.Set(name, instead)
			checkVerdict(t, right, req, false)
		}
		req := v.request()
		req.Header.Del(name)
		checkVerdict(t, right, req, false)
	}
}

// checkTime replays a request later and earlier, and under a time of its own.
func (v *vector) checkTime(t *testing.T, right Verifier) {
	t.Helper()
	for after, ok := range map[time.Duration]bool{
		5 * time.Minute: true, -5 * time.Minute: true, 5*time.Minute + time.Second: false, -5*time.Minute - time.Second: false, 365 * 24 * time.Hour: false,
	} {
		req := v.request()
		req.At = req.At.Add(after)
		checkVerdict(t, right, req, ok || v.At == 0)
	}
	if v.At == 0 {
		return
	}
	forged := v.request()
	forged.At = forged.At.Add(time.Hour)
	for name, value := range v.Header {
		forged.Header.Set(name, strings.ReplaceAll(value, strconv.FormatInt(v.At, 10), strconv.FormatInt(forged.At.Unix(), 10)))
	}
	checkVerdict(t, right, forged, false)
}
