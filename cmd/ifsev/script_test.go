package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"ifsev": main})
}

// TestScripts runs the stories of testdata/script: each reads like a page of the manual. Beside the commands of
// testscript they know:
//
//	daemon start [FLAG…]    starts `ifsev serve` on a free port and waits until it answers; IFSEV_SERVER names it
//	daemon stop             ends it as a deployment does, and fails unless it ends well
//	daemon kill             ends it as kill -9 does
//	daemon hangup           sends SIGHUP
//	daemon log REGEXP       waits until the daemon has said it on standard error
//	exits CODE COMMAND…     runs a command and compares its exit code
//	until REGEXP COMMAND…   runs a command until it prints something that matches
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Setup: func(e *testscript.Env) error {
			e.Setenv("IFSEV_AS", "alice")
			e.Setenv("TZ", "UTC")
			e.Setenv("NO_COLOR", "1")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"daemon": daemonCommand(), "exits": exitsCommand, "until": untilCommand,
		},
		RequireExplicitExec: true,
	})
}

// patience is how long a script waits for another process.
const patience = 20 * time.Second

func exitsCommand(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND…")
	}
	err := ts.Exec(args[1], args[2:]...)
	code := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if fmt.Sprint(code) != args[0] {
		ts.Fatalf("exit code %d, not %s", code, args[0])
	}
}

func untilCommand(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: until REGEXP COMMAND…")
	}
	want, err := regexp.Compile("(?m)" + args[0])
	ts.Check(err)
	for deadline := time.Now().Add(patience); ; {
		err := ts.Exec(args[1], args[2:]...)
		if err == nil && want.MatchString(ts.ReadFile("stdout")) {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("it never printed %s", args[0])
		}
		time.Sleep(20 * time.Millisecond) // another process is at work
	}
}

// running is the daemon of one script.
type running struct {
	cmd  *exec.Cmd
	said *said
	// ended is closed once the process has; err is how.
	ended chan struct{}
	err   error
}

// said collects what a daemon says on standard error.
type said struct {
	mu   sync.Mutex
	text strings.Builder
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

func daemonCommand() func(*testscript.TestScript, bool, []string) {
	var mu sync.Mutex
	daemons := map[string]*running{} // by script
	return func(ts *testscript.TestScript, _ bool, args []string) {
		mu.Lock()
		d := daemons[ts.Name()]
		mu.Unlock()
		if len(args) == 0 {
			ts.Fatalf("usage: daemon start|stop|kill|hangup|log")
		}
		switch args[0] {
		case "start":
			d = startDaemon(ts, args[1:])
			mu.Lock()
			daemons[ts.Name()] = d
			mu.Unlock()
		case "stop":
			if err := d.end(syscall.SIGTERM); err != nil {
				ts.Fatalf("it did not end well: %v\n%s", err, d.said)
			}
		case "kill":
			_ = d.end(syscall.SIGKILL) // nobody ends well of that
		case "hangup":
			ts.Check(d.cmd.Process.Signal(syscall.SIGHUP))
		case "log":
			d.waitSaid(ts, args[1])
		default:
			ts.Fatalf("there is no daemon %s", args[0])
		}
	}
}

func startDaemon(ts *testscript.TestScript, args []string) *running {
	path := ""
	for _, dir := range filepath.SplitList(ts.Getenv("PATH")) {
		if _, err := os.Stat(filepath.Join(dir, "ifsev")); err == nil && path == "" {
			path = filepath.Join(dir, "ifsev")
		}
	}
	d := &running{said: &said{}, ended: make(chan struct{})}
	d.cmd = exec.Command(path, append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)...)
	d.cmd.Dir, d.cmd.Stderr = ts.MkAbs("."), d.said
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "TZ", "GOCOVERDIR", "IFSEV_SECRET"} {
		d.cmd.Env = append(d.cmd.Env, name+"="+ts.Getenv(name))
	}
	out, err := d.cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(d.cmd.Start())
	ts.Defer(func() { _ = d.end(syscall.SIGKILL) }) // it may have ended already
	address := make(chan string, 1)
	go d.follow(out, address)
	select {
	case a := <-address:
		ts.Setenv("IFSEV_SERVER", a)
	case <-d.ended:
		ts.Fatalf("the daemon did not start: %v\n%s", d.err, d.said)
	case <-time.After(patience):
		ts.Fatalf("the daemon does not answer:\n%s", d.said)
	}
	return d
}

// follow reads the banner, tells the address that stands in it, and waits for the end.
func (d *running) follow(out io.Reader, address chan<- string) {
	defer close(d.ended)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if _, url, ok := strings.Cut(lines.Text(), " listens on "); ok {
			address <- url
		}
	}
	d.err = d.cmd.Wait()
}

// end sends a signal and answers how the process ended; a process that has ended is left alone.
func (d *running) end(sig os.Signal) error {
	_ = d.cmd.Process.Signal(sig) // it may have ended already
	select {
	case <-d.ended:
		return d.err
	case <-time.After(patience):
		_ = d.cmd.Process.Kill() // it would not listen
		<-d.ended
		return errors.New("it did not end in time")
	}
}

func (d *running) waitSaid(ts *testscript.TestScript, pattern string) {
	want, err := regexp.Compile(pattern)
	ts.Check(err)
	for deadline := time.Now().Add(patience); !want.MatchString(d.said.String()); {
		if time.Now().After(deadline) {
			ts.Fatalf("the daemon never said %s:\n%s", pattern, d.said)
		}
		time.Sleep(10 * time.Millisecond) // another process is at work
	}
}
