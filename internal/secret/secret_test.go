package secret

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

const planted = "hunter2-planted"

type holder struct {
	Token   Secret
	Headers map[string]Secret `xml:"-"`
}

func newHolder() holder {
	return holder{Token: planted, Headers: map[string]Secret{"Authorization": planted}}
}

func TestNoVerbShowsIt(t *testing.T) {
	t.Parallel()
	pointer := newHolder()
	values := map[string]any{
		"alone": Secret(planted), "in a struct": newHolder(), "behind a pointer": &pointer,
		"in a list": []Secret{planted}, "as a key": map[Secret]int{planted: 1},
	}
	for name, v := range values {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%10.3s"} {
			out := fmt.Sprintf(verb, v)
			for _, trace := range []string{planted, planted[:3], fmt.Sprintf("%x", planted), fmt.Sprintf("%X", planted)} {
				if strings.Contains(out, trace) {
					t.Errorf("%s printed with %s shows %q: %s", name, verb, trace, out)
				}
			}
		}
	}
}

func TestEncodersRedact(t *testing.T) {
	t.Parallel()
	encoders := map[string]func(any) ([]byte, error){"json": json.Marshal, "xml": xml.Marshal}
	for name, encode := range encoders {
		out, err := encode(newHolder())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if bytes.Contains(out, []byte(planted)) || !bytes.Contains(out, []byte("redacted")) {
			t.Errorf("%s = %s", name, out)
		}
	}
	text, err := Secret(planted).MarshalText()
	if err != nil || string(text) != Redacted {
		t.Errorf("text = %s, %v", text, err)
	}
}

func TestLogsRedact(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		out.Reset()
		slog.New(h).Info("x", "token", Secret(planted), "all", newHolder())
		if strings.Contains(out.String(), planted) || !strings.Contains(out.String(), "redacted") {
			t.Errorf("%T wrote %s", h, out.String())
		}
	}
}

func TestReveal(t *testing.T) {
	t.Parallel()
	if Secret(planted).Reveal() != planted || Secret(planted).Empty() || !Secret("").Empty() {
		t.Error("Reveal or Empty is wrong")
	}
}
