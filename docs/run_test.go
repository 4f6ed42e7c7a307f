package docs

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The pages whose commands are carried out, in order and by one shell, with a real daemon.
func TestPagesAreCarriedOut(t *testing.T) {
	t.Parallel()
	if os.Getenv("IFSEV_E2E") == "" {
		t.Skip("run with IFSEV_E2E=1 (make e2e)")
	}
	binary := filepath.Join(t.TempDir(), "ifsev")
	if out, err := exec.Command("go", "build", "-o", binary, "../cmd/ifsev").CombinedOutput(); err != nil {
		t.Fatalf("building ifsev: %v\n%s", err, out)
	}
	for _, name := range []string{"tutorial.md", "http.md", "backtest.md"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			carryOut(t, newShell(t, binary), readPage(t, name))
		})
	}
}

// The alerts a page proposes are ones Prometheus takes.
func TestProposedAlerts(t *testing.T) {
	t.Parallel()
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("promtool is not installed")
	}
	n := 0
	for _, p := range pages(t) {
		for _, b := range p.blocks {
			if b.lang != "yaml" || !strings.HasPrefix(b.text, "groups:") {
				continue
			}
			n++
			file := filepath.Join(t.TempDir(), "rules.yml")
			if err := os.WriteFile(file, []byte(b.text), 0o600); err != nil {
				t.Fatal(err)
			}
			if out, err := exec.Command(promtool, "check", "rules", file).CombinedOutput(); err != nil {
				t.Errorf("%s: %v\n%s", p.where(b), err, out)
			}
		}
	}
	if n == 0 {
		t.Error("no page proposes alerts any more")
	}
}

// The metrics that proposed alerts speak of are in the table of metrics.
func TestProposedAlertsUseMetricsThereAre(t *testing.T) {
	t.Parallel()
	p := readPage(t, "operations.md")
	for _, name := range regexp.MustCompile(`\bifsev_[a-z_]+`).FindAllString(p.text, -1) {
		if !strings.Contains(p.text, "| `"+name+"` |") {
			t.Errorf("operations.md speaks of the metric %s, which is not in its table", name)
		}
	}
}

func TestMatching(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		lang, want, got string
		fits            bool
	}{
		{"text", "a b\n", "a   b", true},
		{"text", "a\n", "b", false},
		{"text", "a\n…\nc\n", "a\nb\nb\nc", true},
		{"text", "a …\n", "b c", false},
		{"text", "declared 2026-01-05 09:00:00 (2s ago)", "declared  2027-11-30 10:11:12 (41s ago)", true},
		{"text", "rule fires in 20m", "rule fires in 21m", false},
		{"text", "in 19m59s", "in 18m2s", true},
		{"json", `{"a": 1, "b": […]}`, `{"a":1,"b":[{"c":2}]}`, true},
		{"json", `{"a": 1}`, `{"a":2}`, false},
		{"json", `{"id": "01a206aa-3edd-7d0e-ba19-b8a4d3e3d78d"}`, `{"id":"01a206aa-0000-7d0e-ba19-b8a4d3e3d78d"}`, true},
	} {
		if got := matches(block{lang: c.lang, text: c.want}, c.got); got != c.fits {
			t.Errorf("%q against %q: %v", c.want, c.got, got)
		}
	}
}

func TestLooking(t *testing.T) {
	t.Parallel()
	for commands, want := range map[string]bool{
		"ifsev show INC-1\n": true, "ifsev show INC-1\nifsev list\n": true, "ifsev declare x\n": false,
		"curl -sS http://127.0.0.1:8080/api/v1/rules\n": true, "curl -sS http://127.0.0.1:8080/x -d '{}'\n": false,
		"cat >x <<E\nE\n": false, "kill -9 $!\n": false, "ifsev deliveries retry --dead\n": false,
	} {
		if got := looks(commands); got != want {
			t.Errorf("%q: %v", commands, got)
		}
	}
}
