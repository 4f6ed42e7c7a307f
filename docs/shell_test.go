package docs

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// The address the pages speak of; where a page is carried out it is a free one.
const pageAddress = "127.0.0.1:8080"

// shell is one bash that carries out the blocks of a page one after the other, as somebody at a terminal does.
type shell struct {
	t       *testing.T
	in      io.Writer
	address string
	mu      sync.Mutex
	out     bytes.Buffer
	blocks  int
}

// newShell starts a shell in a folder of its own with ifsev on its path.
func newShell(t *testing.T, binary string) *shell {
	t.Helper()
	s := &shell{t: t, address: freeAddress(t)}
	dir := t.TempDir()
	cmd := exec.Command("bash", "--norc", "--noprofile")
	cmd.Dir = dir
	cmd.Env = []string{
		"PATH=" + filepath.Dir(binary) + ":" + os.Getenv("PATH"), "HOME=" + dir, "USER=you", "LC_ALL=C.UTF-8", "NO_PROXY=*",
		"IFSEV_LISTEN=" + s.address, "IFSEV_SERVER=http://" + s.address,
	}
	cmd.Stdout, cmd.Stderr = s, s
	cmd.WaitDelay = 5 * time.Second                       // what it left in the background may hold its output
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // so that all it started ends with it
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s.in = in
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // its own group: the shell and the daemon it started
		_ = cmd.Wait()                                      // it was killed
		if t.Failed() {
			for _, file := range []string{filepath.Join(dir, "ifsev.log"), filepath.Join(dir, "demo", "ifsev.log")} {
				if text, err := os.ReadFile(file); err == nil {
					t.Logf("the daemon's log:\n%s", text)
				}
			}
		}
	})
	return s
}

// Write takes in what the shell and its programs print.
func (s *shell) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.out.Write(p)
}

func (s *shell) printed() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.out.String()
}

// ofAJob is what bash itself says of a program in the background that was killed.
var ofAJob = regexp.MustCompile(`(?m)^bash: line \d+: +\d+ (Killed|Terminated).*\n?`)

// run carries out a block and answers what it printed. Printed is asked again for what a program in the background
// prints later.
func (s *shell) run(commands string) (printed func() string) {
	s.t.Helper()
	s.blocks++
	end := fmt.Sprintf("--end-of-block-%d--", s.blocks)
	from := len(s.printed())
	if _, err := io.WriteString(s.in, strings.ReplaceAll(commands, pageAddress, s.address)+"\necho "+end+"\n"); err != nil {
		s.t.Fatal(err)
	}
	within(s.t, 60*time.Second, "the end of the block", func() bool { return strings.Contains(s.printed()[from:], end) })
	return func() string {
		text := strings.Replace(s.printed()[from:], end+"\n", "", 1)
		return ofAJob.ReplaceAllString(strings.ReplaceAll(text, s.address, pageAddress), "")
	}
}

// ready waits until the daemon answers.
func (s *shell) ready() {
	s.t.Helper()
	within(s.t, 20*time.Second, "a ready daemon", func() bool {
		resp, err := http.Get("http://" + s.address + "/readyz") //nolint:noctx // a test on loopback
		if err != nil {
			return false
		}
		_ = resp.Body.Close() // only the status is of interest
		return resp.StatusCode == http.StatusOK
	})
}

// within asks until the answer is yes.
func within(t *testing.T, limit time.Duration, what string, yes func() bool) {
	t.Helper()
	for deadline := time.Now().Add(limit); !yes(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s did not come within %v", what, limit)
		}
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }() // the daemon takes the address over
	return l.Addr().String()
}

// carryOut carries out the blocks of a page and compares what they print with the block of text or JSON behind each.
func carryOut(t *testing.T, s *shell, p *page) {
	t.Helper()
	ran := 0
	for i, b := range p.blocks {
		if b.lang != "sh" {
			continue
		}
		ran++
		printed := s.run(b.text)
		if strings.Contains(b.text, "ifsev serve") {
			s.ready()
			within(t, 10*time.Second, "the last line of what the daemon prints", func() bool {
				return strings.HasSuffix(strings.TrimSpace(printed()), "}'")
			})
		}
		if i+1 == len(p.blocks) || p.blocks[i+1].lang != "text" && p.blocks[i+1].lang != "json" {
			continue
		}
		want := p.blocks[i+1]
		if got, ok := s.comesAbout(b, want, printed); !ok {
			t.Fatalf("%s\n%s\nprints\n%s\nand not\n%s", p.where(b), b.text, got, want.text)
		}
	}
	if ran == 0 {
		t.Errorf("%s: no block was carried out", p.path)
	}
}

// comesAbout waits until a block has printed what it should, and answers what it printed last. What only looks is done
// again, as people do.
func (s *shell) comesAbout(b, want block, printed func() string) (got string, ok bool) {
	const limit = 15 * time.Second
	for deadline := time.Now().Add(limit); ; time.Sleep(100 * time.Millisecond) {
		got = printed()
		if matches(want, got) {
			return got, true
		}
		if time.Now().After(deadline) {
			return got, false
		}
		if looks(b.text) {
			printed = s.run(b.text)
		}
	}
}

var look = regexp.MustCompile(`^(ifsev (show|list|explain|check|deliveries list)\b|curl -sS http|tail |grep |cat [a-z])`)

// looks reports whether every command of a block changes nothing.
func looks(commands string) bool {
	for line := range strings.Lines(commands) {
		if !look.MatchString(line) || strings.Contains(line, " -d") || strings.Contains(line, "<<") {
			return false
		}
	}
	return true
}

// What differs from run to run, and what it is replaced with in both texts.
var differing = []struct {
	pattern *regexp.Regexp
	with    string
}{
	{regexp.MustCompile(`\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?`), "TIME"},
	{regexp.MustCompile(`\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b`), "ID"},
	{regexp.MustCompile(`\b(dlv|fir|evt|alr|key)_[0-9a-v]{24}\b`), "${1}_ID"},
	{regexp.MustCompile(`\b(\d+d)?(\d+h)?(\d+m)?\d+m?s\b`), "SPAN"},
	{regexp.MustCompile(`[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT`), "DATE"},
}

// matches compares what was printed with what a page shows: times and ids may differ, blanks do not count, and …
// stands for anything.
func matches(want block, got string) bool {
	space := " "
	if want.lang == "json" {
		space = ""
	}
	plain := func(text string) string {
		for _, d := range differing {
			text = d.pattern.ReplaceAllString(text, d.with)
		}
		return strings.Join(strings.Fields(text), space)
	}
	parts := strings.Split(plain(want.text), "…")
	for i := range parts {
		parts[i] = regexp.QuoteMeta(strings.TrimSpace(parts[i]))
	}
	return regexp.MustCompile(`(?s)^\s*` + strings.Join(parts, ".*?") + `\s*$`).MatchString(plain(got))
}
