package triggers

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/secret"
)

// TestHMACProperty signs random bodies in random ways: what was signed is taken, and with one byte changed it is not.
func TestHMACProperty(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		o := HMACOptions{
			Header: "X-Sig", Prefix: rapid.SampledFrom([]string{"", "v1=", "sha256=", "v1,"}).Draw(t, "prefix"),
			Encoding:  rapid.SampledFrom([]string{"hex", "base64"}).Draw(t, "encoding"),
			Algorithm: rapid.SampledFrom([]string{"sha1", "sha256", "sha512"}).Draw(t, "algorithm"),
			Timestamp: rapid.SampledFrom([]string{"", "X-Time"}).Draw(t, "timestamp"),
		}
		key := secret.Secret(rapid.StringN(1, 40, -1).Draw(t, "key"))
		body := rapid.SliceOfN(rapid.Byte(), 1, 200).Draw(t, "body")
		v := must(NewHMAC(o, "another", key))
		stamp := strconv.FormatInt(noon.Unix()+int64(rapid.IntRange(-300, 300).Draw(t, "skew")), 10)
		req := request(string(body), "X-Time", stamp)
		sum := v.expected(req, map[bool]string{true: stamp}[o.Timestamp != ""])[1]
		text := hex.EncodeToString(sum)
		if o.Encoding == "base64" {
			text = base64.StdEncoding.EncodeToString(sum)
		}
		req.Header.Set("X-Sig", o.Prefix+text)
		if err := v.Verify(req); err != nil {
			t.Fatalf("%+v: %v", o, err)
		}
		at := rapid.IntRange(0, len(body)-1).Draw(t, "at")
		req.Body = append([]byte(nil), body...)
		req.Body[at] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		if v.Verify(req) == nil {
			t.Fatalf("%+v: took a body that was changed", o)
		}
	})
}

// TestIdentityProperty sends the alerts of a group in another order and with others between: each keeps its ID, and no
// two that differ share one.
func TestIdentityProperty(t *testing.T) {
	t.Parallel()
	d := must(NewDecoder("alertmanager", Options{Source: "am"}))
	ids := func(t *rapid.T, alerts []string) map[string]string {
		elements, err := d.Decode(request(`{"status":"firing","alerts":[` + strings.Join(alerts, ",") + `]}`))
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]string{}
		for i, e := range elements {
			out[alerts[i]] = e.Alert.ID
		}
		return out
	}
	one := rapid.Custom(func(t *rapid.T) string {
		b, _ := json.Marshal(map[string]any{
			"labels":   map[string]string{"alertname": rapid.StringMatching(`[a-c]{1,2}`).Draw(t, "name")},
			"startsAt": noon.AddDate(0, 0, rapid.IntRange(0, 2).Draw(t, "day")), "status": rapid.SampledFrom([]string{"firing", "resolved"}).Draw(t, "status"),
		})
		return string(b)
	})
	rapid.Check(t, func(t *rapid.T) {
		alerts := rapid.SliceOfNDistinct(one, 1, 8, rapid.ID).Draw(t, "alerts")
		first := ids(t, alerts)
		again := ids(t, append(rapid.Permutation(alerts).Draw(t, "order"), `{"labels":{"alertname":"z"}}`))
		seen := map[string]string{}
		for alert, id := range first {
			if again[alert] != id {
				t.Fatalf("%s has another ID in other company", alert)
			}
			if other, taken := seen[id]; taken {
				t.Fatalf("%s and %s share an ID", alert, other)
			}
			seen[id] = alert
		}
	})
}

func BenchmarkAlertmanager(b *testing.B) {
	one := strings.TrimSuffix(strings.SplitN(fixture(b, "alertmanager-firing.json"), `"alerts":[`, 2)[1], "\n")
	one = one[:strings.Index(one, "]")]
	d := must(NewDecoder("alertmanager", Options{Source: "am", Severities: ifsev.DefaultSeverities()}))
	for _, n := range []int{1, 100} {
		body := `{"alerts":[` + strings.TrimSuffix(strings.Repeat(one+",", n), ",") + `]}`
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if es, err := d.Decode(request(body)); err != nil || len(es) != n {
					b.Fatal(err, len(es))
				}
			}
		})
	}
}
