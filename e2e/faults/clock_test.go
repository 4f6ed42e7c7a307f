package faults

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/ifsev/ifsev/e2e/stage"
	"github.com/ifsev/ifsev/internal/redistest"
)

// clockAhead is how many seconds a binary of wrongClock is ahead.
const clockAhead = "IFSEV_TEST_CLOCK_AHEAD"

// skew is a file that wrongClock adds to the standard library.
const skew = `package time

import "syscall"

var ahead = func() (n int64) {
	text, _ := syscall.Getenv("` + clockAhead + `")
	sign := int64(1)
	for _, c := range text {
		if c == '-' {
			sign = -1
		} else {
			n = n*10 + int64(c-'0')
		}
	}
	return n * sign
}()
`

// wrongClock builds ifsev with a standard library whose clock is wrong. The product has no hook for it, and a static
// binary asks the kernel past any library that could be put before it.
func wrongClock(t *testing.T) string {
	t.Helper()
	root, err := exec.CommandContext(t.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	source := filepath.Join(strings.TrimSpace(string(root)), "src", "time")
	text, err := os.ReadFile(filepath.Join(source, "time.go"))
	if err != nil {
		t.Fatal(err)
	}
	const right = "func Now() Time {\n\tsec, nsec, mono := runtimeNow()\n"
	if strings.Count(string(text), right) != 1 {
		t.Skipf("time.Now of %s is written otherwise: this test does not know how to put it wrong", runtime.Version())
	}
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	stage.Write(t, in("time.go"), strings.Replace(string(text), right, right+"\tsec += ahead\n", 1))
	stage.Write(t, in("skew.go"), skew)
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {
		filepath.Join(source, "time.go"): in("time.go"), filepath.Join(source, "skew.go"): in("skew.go"),
	}})
	if err != nil {
		t.Fatal(err)
	}
	stage.Write(t, in("overlay.json"), string(overlay))
	build := exec.CommandContext(t.Context(), "go", "build", "-overlay", in("overlay.json"), "-o", in("ifsev"), "../../cmd/ifsev")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return in("ifsev")
}

// clocksWrong runs three replicas, one of them ahead and one behind.
func clocksWrong(t *testing.T) (tally, string) {
	binary := wrongClock(t)
	redis := redistest.Start(t, redistest.AOF("everysec"))
	r := newRun(t, redis.URL(), 1)
	for _, seconds := range []string{"90", "-90"} {
		r.daemon(stage.Setup{Store: redis.URL(), Binary: binary, Env: []string{clockAhead + "=" + seconds}})
	}
	r.load()
	for range 5 {
		r.flow()
	}
	for _, d := range r.daemons { // what the others held goes to those that are left
		d.Kill()
		r.flow()
		d.Restart(t)
	}
	return r.settle(), ""
}
