package triggers

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestRefusalsAreTold(t *testing.T) {
	t.Parallel()
	now := noon
	var told []Refusal
	d := &desk{Handler: Handler(testSources(t), &memorySink{}, HandlerOptions{
		Now: func() time.Time { return now }, Refused: func(r Refusal) { told = append(told, r) },
	})}
	nothing := "map.title: it gave nothing"
	for name, c := range map[string]struct {
		path, body string
		header     []string
		want       []Refusal
	}{
		"taken":          {"/hooks/shop", `{"t":"x"}`, nil, nil},
		"no alerts":      {"/hooks/shop", `[]`, nil, nil},
		"one":            {"/hooks/shop", `{"t":""}`, nil, []Refusal{{Source: "shop", Result: Rejected, Reason: nothing, Alerts: 1}}},
		"some":           {"/hooks/shop", `[{"t":"x"},{"t":""},{"t":""}]`, nil, []Refusal{{Source: "shop", Result: Rejected, Reason: "alert 2 of 3: " + nothing, Pointer: "/1", Alerts: 2}}},
		"no JSON":        {"/hooks/shop", `{`, nil, []Refusal{{Source: "shop", Result: Rejected, Reason: "the body is not JSON: unexpected EOF", Alerts: 1}}},
		"a wrong token":  {"/hooks/am", `{}`, []string{"Authorization", "Bearer hunter2"}, []Refusal{{Source: "am", Result: Unauthorized, Reason: "not authorized: wrong or missing token", Alerts: 1}}},
		"no such source": {"/hooks/passw0rd", `{}`, nil, []Refusal{{Source: UnknownSource, Result: Unauthorized, Reason: "there is no such source in the configuration", Alerts: 1}}},
		"a long word":    {"/hooks/shop", `{"t":"x"}`, []string{"Content-Type", strings.Repeat("x", 5000)}, []Refusal{{Source: "shop", Result: Rejected, Reason: `the content type "` + strings.Repeat("x", 79) + `…" is not JSON: send it with Content-Type: application/json`, Alerts: 1}}},
	} {
		now, told = now.Add(time.Minute), nil
		d.post(c.path, c.body, c.header...)
		if diff := cmp.Diff(c.want, told); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// A flood of what is refused is a line now and then, and hides nobody else's.
func TestAFloodOfRefusals(t *testing.T) {
	t.Parallel()
	var told []Refusal
	r := refusals{tell: func(r Refusal) { told = append(told, r) }}
	for i := range 25_000 { // 25 s
		at := noon.Add(time.Duration(i) * time.Millisecond)
		r.add(Refusal{Source: "a", Result: Rejected, Alerts: 2}, at)
		if i == 3 {
			r.add(Refusal{Source: "a", Result: Unauthorized, Alerts: 1}, at)
			r.add(Refusal{Source: "b", Result: Rejected, Alerts: 1}, at)
		}
	}
	want := []Refusal{
		{Source: "a", Result: Rejected, Alerts: 2}, {Source: "a", Result: Unauthorized, Alerts: 1}, {Source: "b", Result: Rejected, Alerts: 1},
		{Source: "a", Result: Rejected, Alerts: 2, Untold: 19_998}, {Source: "a", Result: Rejected, Alerts: 2, Untold: 19_998},
	}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Error(diff)
	}
}
