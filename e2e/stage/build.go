package stage

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// EnvBinary names the binary under test to the tests of a package. Main sets it to what it built, unless it is set
// already, so that another build can be put to the test.
const EnvBinary = "IFSEV_BINARY"

// Main is what a TestMain calls: it builds ifsev from the folder, such as ../cmd/ifsev, if IFSEV_E2E is set, runs the
// tests, and answers the exit code.
func Main(m *testing.M, folder string) int {
	if os.Getenv("IFSEV_E2E") == "" {
		_, _ = fmt.Fprintln(os.Stdout, "end-to-end tests are run with IFSEV_E2E=1 (make e2e, make faults)")
		return m.Run()
	}
	if os.Getenv(EnvBinary) != "" {
		return m.Run()
	}
	dir, err := os.MkdirTemp("", "ifsev-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }() // a leftover in the temporary folder harms nobody
	binary := filepath.Join(dir, "ifsev")
	build := exec.CommandContext(context.Background(), "go", "build", "-o", binary, folder)
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "building ifsev:", err)
		return 1
	}
	if err := os.Setenv(EnvBinary, binary); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// Binary answers the path of the ifsev under test, and skips the test where none was asked for.
func Binary(t testing.TB) string {
	t.Helper()
	path := os.Getenv(EnvBinary)
	if path == "" || os.Getenv("IFSEV_E2E") == "" {
		t.Skip("run with IFSEV_E2E=1")
	}
	return path
}

// Program answers the path of a program, or fails saying which package has it.
func Program(t testing.TB, name, pkg string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%s is not installed: apt-get install %s", name, pkg)
	}
	return path
}
