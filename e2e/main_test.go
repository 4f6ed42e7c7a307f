package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// binary is the ifsev under test, built once.
var binary string

func TestMain(m *testing.M) {
	if os.Getenv("IFSEV_E2E") == "" {
		fmt.Println("end-to-end tests are run with IFSEV_E2E=1 (make e2e)")
		os.Exit(m.Run())
	}
	dir, err := os.MkdirTemp("", "ifsev-e2e-")
	if err != nil {
		panic(err)
	}
	binary = filepath.Join(dir, "ifsev")
	build := exec.Command("go", "build", "-o", binary, "../cmd/ifsev")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "building ifsev:", err)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.RemoveAll(dir) // a leftover in the temporary folder harms nobody
	os.Exit(code)
}

// needsE2E skips a test unless end-to-end tests were asked for.
func needsE2E(t *testing.T) {
	t.Helper()
	if binary == "" {
		t.Skip("run with IFSEV_E2E=1")
	}
}

// needsProgram answers the path of a program, or fails saying which package has it.
func needsProgram(t *testing.T, name, pkg string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%s is not installed: apt-get install %s", name, pkg)
	}
	return path
}
