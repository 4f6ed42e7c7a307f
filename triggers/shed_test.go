package triggers

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ifsev/ifsev/internal/problem"
)

// Of two sources one can be done without. Both are asked for their secrets first, so that nobody learns what is there.
func TestSheddingRefusesWhatCanBeDoneWithout(t *testing.T) {
	t.Parallel()
	items := Options{Map: paths(map[string]string{"title": "item.t"})}
	source := func(name string, sheddable bool) *Source {
		return &Source{Name: name, Auth: must(NewBearer("", "s3cret")), Decoder: decoder(t, "json", items), Sheddable: sheddable}
	}
	d := &desk{sink: &memorySink{}, now: noon, counts: map[string]int{}}
	shedding := false
	d.Handler = Handler(NewSourceSet(map[string]*Source{"needed": source("needed", false), "spare": source("spare", true)}), d.sink, HandlerOptions{
		Now:      func() time.Time { return d.now },
		Observe:  func(source string, result Result, n int) { d.counts[source+" "+string(result)] += n },
		Shedding: func() bool { return shedding },
	})
	secret := []string{"Authorization", "Bearer s3cret", "Content-Type", "application/json"}
	n := 0
	want := func(source string, status int, header ...string) string {
		t.Helper()
		n++
		w := d.post("/hooks/"+source, fmt.Sprintf(`{"t":"full","n":%d}`, n), header...)
		if w.Code != status {
			t.Fatalf("%s: %d %s, want %d", source, w.Code, w.Body, status)
		}
		if status == http.StatusTooManyRequests {
			if w.Header().Get("Retry-After") != "60" || w.Header().Get("Content-Type") != problem.ContentType {
				t.Errorf("headers %v", w.Header())
			}
		}
		return w.Body.String()
	}
	want("spare", http.StatusAccepted, secret...)
	shedding = true
	if body := want("spare", http.StatusTooManyRequests, secret...); !strings.Contains(body, "runs out of room") || !strings.Contains(body, "nothing was recorded") {
		t.Errorf("%s does not say why", body)
	}
	want("spare", http.StatusUnauthorized)
	want("needed", http.StatusAccepted, secret...)
	shedding = false
	want("spare", http.StatusAccepted, secret...)
	for name, n := range map[string]int{"spare shed": 1, "spare accepted": 2, "needed accepted": 1, "needed shed": 0, "spare unauthorized": 1} {
		if d.counts[name] != n {
			t.Errorf("%s: %d, want %d", name, d.counts[name], n)
		}
	}
}
