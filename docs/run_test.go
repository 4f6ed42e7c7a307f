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

// The metrics that pages speak of are in the table of metrics.
func TestMetricsOfPagesAreThere(t *testing.T) {
	t.Parallel()
	table := readPage(t, "operations.md").text
	n := 0
	for _, p := range pages(t) {
		for _, name := range regexp.MustCompile(`\bifsev_[a-z_]+`).FindAllString(p.text, -1) {
			n++
			family := regexp.MustCompile(`_(bucket|count|sum)$`).ReplaceAllString(name, "")
			if !strings.Contains(table, "| `"+family+"` |") {
				t.Errorf("%s speaks of the metric %s, which is not in the table of operations.md", p.path, name)
			}
		}
	}
	if n < 40 {
		t.Errorf("only %d metrics were found", n)
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
