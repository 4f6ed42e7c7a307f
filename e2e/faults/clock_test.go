package faults

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/ifsev/ifsev/e2e/stage"
	"github.com/ifsev/ifsev/internal/redistest"
)

// wrongClock builds ifsev with a standard library whose clock is so many seconds ahead. The product has no hook for
// it, and a static binary asks the kernel past any library that could be put before it.
func wrongClock(t *testing.T, seconds int) string {
	t.Helper()
	root, err := exec.CommandContext(t.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(strings.TrimSpace(string(root)), "src", "time", "time.go")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const right = "func Now() Time {\n\tsec, nsec, mono := runtimeNow()\n"
	if strings.Count(string(text), right) != 1 {
		t.Skipf("%s is written otherwise: this test does not know how to put the clock of %s wrong", path, runtime.Version())
	}
	dir := t.TempDir()
	wrong := filepath.Join(dir, "time.go")
	stage.Write(t, wrong, strings.Replace(string(text), right, right+fmt.Sprintf("\tsec += %d\n", seconds), 1))
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {path: wrong}})
	if err != nil {
		t.Fatal(err)
	}
	stage.Write(t, filepath.Join(dir, "overlay.json"), string(overlay))
	binary := filepath.Join(dir, "ifsev")
	build := exec.CommandContext(t.Context(), "go", "build", "-overlay", filepath.Join(dir, "overlay.json"), "-o", binary, "../../cmd/ifsev")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return binary
}

// clocksWrong runs three replicas, one of them ahead and one behind.
func clocksWrong(t *testing.T) (tally, string) {
	ahead, behind := wrongClock(t, 90), wrongClock(t, -90)
	redis := redistest.Start(t, redistest.AOF("everysec"))
	r := newRun(t, redis.URL(), 1)
	for _, binary := range []string{ahead, behind} {
		r.daemon(stage.Setup{Store: redis.URL(), Binary: binary})
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
