package triggers

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func TestCheckShape(t *testing.T) {
	t.Parallel()
	for body, ok := range map[string]bool{
		`{"a":[1,2]}`: true, `[[[]]]`: true, `[[[[]]]]`: false, `{"a":"[[[[[[[["}`: true, `{"a":"\"[[[["}`: true, `["\\",[[[]]]]`: false,
		`[1,2,3,4,5,6,7,8]`: true, `[1,2,3,4,5,6,7,8,9,10,11]`: false, `",,,,,,,,,,,,"`: true, "": true,
	} {
		if err := checkShape([]byte(body), 3, 10); (err == nil) != ok {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestClip(t *testing.T) {
	t.Parallel()
	if clip("äöü", 3) != "äöü" || clip("äöüß", 3) != "äö…" {
		t.Error("a character is a character")
	}
}

// fuzzDecoder holds what every decoder promises: no panic, and every element either has a reason or can be declared.
func fuzzDecoder(f *testing.F, kind string, o Options, seeds ...string) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	o.Source = "tool"
	d, err := NewDecoder(kind, o)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if checkShape(body, 64, 1000) != nil {
			return
		}
		elements, err := d.Decode(Request{Body: body, At: noon})
		if err != nil && (len(elements) > 0 || err.Error() == "") {
			t.Errorf("%v with %d elements", err, len(elements))
		}
		for _, e := range elements {
			a := e.Alert
			if e.Reason != "" {
				continue
			}
			if a.ID == "" || !strings.HasPrefix(a.Key, "tool:") || a.Fingerprint == "" || a.Title == "" || a.Status == "" || !a.Severity.Valid() {
				t.Errorf("half an alert: %+v", a)
			}
			if _, err := json.Marshal(a); err != nil {
				t.Errorf("%v: %+v", err, a)
			}
		}
	})
}

func FuzzAlertmanager(f *testing.F) {
	fuzzDecoder(f, "alertmanager", Options{TTL: time.Hour}, fixture(f, "alertmanager-firing.json"), fixture(f, "alertmanager-resolved.json"), twoAlerts,
		`{"alerts":[{}]}`, `{"alerts":[{"status":"firing","labels":{"severity":{}},"startsAt":1e300}]}`)
}

func FuzzJSON(f *testing.F) {
	fuzzDecoder(f, "json", Options{Map: paths(map[string]string{
		"title": "item.t", "severity": "item.s", "status": "item.st", "tags": "item.tags", "starts_at": "item.at", "ends_at": "item.end",
		"fields.x": "item.x", "url": "item.u", "id": "item.id",
	})}, `{"t":"x","s":1,"st":"up","tags":["a"],"at":"2026-11-22 11:26:05","end":1e9,"x":{},"u":"https://x","id":12345678901234567890}`, `[{"t":1.5}]`)
}

func FuzzHMAC(f *testing.F) {
	f.Add("t="+vectorTime+",v1="+vectors["dot"], vectorTime, vectorBody)
	f.Add("v1,AAAA v1,"+vectors["standard"], vectorTime, vectorBody)
	var all []*HMAC
	for _, name := range Presets() {
		o, _ := Preset(name)
		all = append(all, must(NewHMAC(o, "a2V5LTM=")))
	}
	f.Fuzz(func(t *testing.T, signature, timestamp, body string) {
		for _, v := range all {
			req := request(body, v.opts.Header, signature)
			if v.opts.Timestamp != "" {
				req.Header.Set(v.opts.Timestamp, timestamp)
			}
			if v.Verify(req) == nil {
				t.Errorf("%q is no signature under this key", signature)
			}
		}
	})
}
