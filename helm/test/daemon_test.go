package helm_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	core "k8s.io/api/core/v1"
)

// What the chart configures is right in the eyes of ifsev itself.
func TestCheck(t *testing.T) {
	t.Parallel()
	for _, file := range sets(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			checked(t, render(t, "--values", file))
		})
	}
}

// checked lets ifsev check what a release configures.
func checked(t *testing.T, r *release) {
	t.Helper()
	dir := t.TempDir()
	args := []string{"check"}
	if c := r.configMaps[r.service.Name+"-config"]; c != nil {
		put(t, filepath.Join(dir, "config"), c.Data)
		args = append(args, "--config", filepath.Join(dir, "config", "ifsev.yaml"))
	}
	rules := mustMake(t, filepath.Join(dir, "rules"))
	if c := r.configMaps[r.service.Name+"-rules"]; c != nil {
		put(t, rules, c.Data)
	}
	if out, err := exec.Command(programs(t).ifsev, append(args, rules)...).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// put lays files into a folder as Kubernetes shows a ConfigMap: each is a link through ..data to a folder of that
// version, and all change at once when ..data does.
func put(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	version, err := os.MkdirTemp(mustMake(t, dir), "..")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(version, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(filepath.Join("..data", name), filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrExist) {
			t.Fatal(err)
		}
	}
	temporary := filepath.Join(dir, "..data_tmp")
	if err := errors.Join(os.Symlink(filepath.Base(version), temporary), os.Rename(temporary, filepath.Join(dir, "..data"))); err != nil {
		t.Fatal(err)
	}
}

func mustMake(t *testing.T, dir string) string {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// The daemon is started as the pod starts it, with the folders moved: it becomes ready, takes over a changed ConfigMap
// and a changed Secret, and stops in the time it is given.
func TestThePodRuns(t *testing.T) {
	t.Parallel()
	r, root := render(t, "--values", chart+"/ci/embedded.yaml"), t.TempDir()
	moved := strings.NewReplacer("/etc/ifsev", root+"/etc", "/run/secrets", root+"/secrets", "/var/lib/ifsev", root+"/data", "0.0.0.0:8080", "127.0.0.1:0")
	config := r.configMaps["test-ifsev-config"].Data["ifsev.yaml"]
	put(t, root+"/etc/config", map[string]string{"ifsev.yaml": moved.Replace(config)})
	put(t, root+"/etc/rules/values", r.configMaps["test-ifsev-rules"].Data)
	put(t, root+"/secrets/ifsev", secrets(config, "first"))

	d := start(t, r, moved)
	pod, _ := r.pod(t)
	for _, path := range []string{r.container(t).LivenessProbe.HTTPGet.Path, r.container(t).ReadinessProbe.HTTPGet.Path, "/metrics"} {
		d.until(t, path, "", "200 OK")
	}
	d.until(t, "/api/v1/rules", "first-token", "200 OK")
	d.until(t, "/api/v1/rules", "second-token", "401")

	rules := r.configMaps["test-ifsev-rules"].Data
	rules["more.yaml"] = "rules: {taken-over: {if: severity == 1, then: [{note: hello}]}}"
	put(t, root+"/etc/rules/values", rules)
	d.until(t, "/api/v1/rules", "first-token", "taken-over")

	put(t, root+"/secrets/ifsev", secrets(config, "second"))
	d.until(t, "/api/v1/rules", "second-token", "200 OK")
	d.until(t, "/api/v1/rules", "first-token", "401")

	began := time.Now()
	d.stop(t)
	if took := time.Since(began); took > time.Duration(*pod.Spec.TerminationGracePeriodSeconds)*time.Second {
		t.Errorf("it took %v to stop", took)
	}
}

// secrets makes a value for each key the configuration reads of the Secret: the generation, a dash and the key.
func secrets(config, generation string) map[string]string {
	files := map[string]string{}
	for _, m := range regexp.MustCompile(`/run/secrets/ifsev/([a-z]+)`).FindAllStringSubmatch(config, -1) {
		files[m[1]] = generation + "-" + m[1]
	}
	return files
}

// process is a daemon that runs.
type process struct {
	cmd *exec.Cmd
	url string
}

// start runs what the container runs, and waits until it says where it listens.
func start(t *testing.T, r *release, moved *strings.Replacer) *process {
	t.Helper()
	c := r.container(t)
	return launch(t, c.Args, c.Env, moved)
}

// launch runs a daemon with its arguments and variables.
func launch(t *testing.T, said []string, variables []core.EnvVar, moved *strings.Replacer) *process {
	t.Helper()
	var args []string
	for _, a := range said {
		args = append(args, moved.Replace(a))
	}
	cmd := exec.CommandContext(context.Background(), programs(t).ifsev, args...)
	cmd.Dir = t.TempDir()
	for _, e := range variables {
		cmd.Env = append(cmd.Env, e.Name+"="+moved.Replace(e.Value))
	}
	var log strings.Builder
	cmd.Stderr = &log
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Log(log.String())
		}
	})
	found := regexp.MustCompile(`http://127\.0\.0\.1:\d+`)
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if url := found.FindString(lines.Text()); url != "" {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return &process{cmd, url}
		}
	}
	_ = cmd.Wait()
	t.Fatalf("it did not start:\n%s", log.String())
	return nil
}

// until asks until status and body hold the text.
func (p *process) until(t *testing.T, path, token, want string) {
	t.Helper()
	var last string
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if token != "" {
			req.Header.Set("Authorization", "Bearer "+token)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		if err = errors.Join(err, res.Body.Close()); err != nil {
			t.Fatal(err)
		}
		if last = res.Status + "\n" + string(body); strings.Contains(last, want) {
			return
		}
		select { // a real process is asked over and over: there is nothing to wait on
		case <-t.Context().Done():
		case <-time.After(50 * time.Millisecond):
		}
	}
	t.Fatalf("%s never said %q, but\n%s", path, want, last)
}

// stop ends it as Kubernetes does.
func (p *process) stop(t *testing.T) {
	t.Helper()
	if err := errors.Join(p.cmd.Process.Signal(syscall.SIGTERM), p.cmd.Wait()); err != nil {
		t.Errorf("it did not end well: %v", err)
	}
}
