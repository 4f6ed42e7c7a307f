// Package helm_test holds the chart to its promises without a cluster: every set of values under ../ifsev/ci is rendered,
// decoded strictly into the types of Kubernetes, and looked at as a whole; what it configures is checked by ifsev itself.
// It is a module of its own, so that nobody who builds ifsev needs Kubernetes.
package helm_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// chart is the folder of the chart.
const chart = "../ifsev"

// tools are the programs the tests run.
type tools struct{ helm, ifsev string }

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "ifsev-helm-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	built := filepath.Join(dir, "ifsev")
	build := exec.Command("go", "build", "-o", built, "./cmd/ifsev")
	build.Dir, build.Env = "../..", append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "ifsev cannot be built: %v\n%s", err, out)
		return 1
	}
	if err := os.Setenv("IFSEV_BUILT", built); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// programs finds the programs; without helm the test is skipped, unless IFSEV_REQUIRE_HELM says that it must run.
func programs(t *testing.T) tools {
	t.Helper()
	found := tools{helm: "../../bin/helm", ifsev: os.Getenv("IFSEV_BUILT")}
	if _, err := os.Stat(found.helm); err != nil {
		if found.helm, err = exec.LookPath("helm"); err != nil {
			if os.Getenv("IFSEV_REQUIRE_HELM") != "" {
				t.Fatal("there is no helm: make helm installs it")
			}
			t.Skip("there is no helm: make helm installs it")
		}
	}
	return found
}
