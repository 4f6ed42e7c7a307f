package daemon

import (
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ifsev/ifsev/internal/config"
	"github.com/ifsev/ifsev/internal/redistest"
)

const sheddingConfig = `
store: URL
durability: local
rules: [rules]
connections: {log: {}}
sources:
  needed: {kind: json, auth: none, map: {title: item.t, key: item.t}}
  spare: {kind: json, auth: none, sheddable: true, map: {title: item.t, key: item.t}}
`

// hook posts an alert and answers the status, what Retry-After says, and the body.
func (p *process) hook(t *testing.T, source, title string) (status int, after, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url+"/hooks/"+source, strings.NewReader(`{"t":"`+title+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := p.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header.Get("Retry-After"), string(raw)
}

// A Redis that fills up: first what can be done without is refused, then everything, and what was accepted goes on.
func TestARedisThatFillsUp(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.MaxMemory(64<<20, "noeviction"))
	dir := lay(t, map[string]string{
		"ifsev.yaml":   strings.ReplaceAll(sheddingConfig, "URL", server.URL()),
		"rules/a.yaml": "rules:\n  later: {if: open_for >= 1s, then: [add_tags: late]}\n",
	})
	p := start(t, Inputs{Config: filepath.Join(dir, "ifsev.yaml"), Flags: config.Overrides{Rules: []string{filepath.Join(dir, "rules")}}})
	metric := func(line string) bool {
		return strings.Contains(p.metrics(t), line+"\n")
	}
	want := func(source, title string, status int) string {
		t.Helper()
		got, after, body := p.hook(t, source, title)
		if got != status || (status == http.StatusAccepted) != (after == "") {
			t.Errorf("%s %s: %d, Retry-After %q, %s; want %d", source, title, got, after, body, status)
		}
		return body
	}
	want("spare", "a", http.StatusAccepted)
	server.Do("SETRANGE", "filler", "57671680", "x") // 55 of 64 MiB
	eventually(t, "shedding", func() bool { return metric("ifsev_store_shedding 1") })
	if body := want("spare", "b", http.StatusTooManyRequests); !strings.Contains(body, "runs out of room") {
		t.Error(body)
	}
	want("needed", "c", http.StatusAccepted)
	if !metric(`ifsev_events_received_total{result="shed",source="spare"} 1`) {
		t.Error("what is shed is not counted")
	}
	server.Do("CONFIG", "SET", "maxmemory", "32mb") // more is used than it may
	want("needed", "d", http.StatusServiceUnavailable)
	want("spare", "e", http.StatusTooManyRequests)
	server.Do("CONFIG", "SET", "maxmemory", "64mb")
	server.Do("DEL", "filler")
	eventually(t, "the end of shedding", func() bool { return metric("ifsev_store_shedding 0") })
	want("spare", "e", http.StatusAccepted)
	eventually(t, "the deadline of what was accepted before", func() bool {
		var list struct{ Items []struct{ Tags []string } }
		p.call(t, http.MethodGet, "/api/v1/incidents?tag=late", "", http.StatusOK, &list)
		return len(list.Items) == 3
	})
	for _, line := range []string{"runs out of room", "has room again"} {
		if n := strings.Count(p.log.String(), line); n != 1 {
			t.Errorf("the log says %q %d times", line, n)
		}
	}
}
