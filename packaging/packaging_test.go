// Package packaging holds the files by which ifsev is installed to what ifsev is: the unit, the image, the release.
package packaging

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/ifsev/ifsev/internal/config"
)

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The configurations that come with image and packages are read, keep their data where the place for it is, and let
// nobody in who is not asked.
func TestConfigurations(t *testing.T) {
	t.Parallel()
	for path, refused := range map[string]bool{"docker/ifsev.yaml": true, "systemd/ifsev.yaml": false} {
		c, problems := config.Load(path, os.LookupEnv, os.ReadFile)
		if len(problems) > 0 {
			t.Errorf("%s", problems.Text())
			continue
		}
		if c.Store.Reveal() != "file:/var/lib/ifsev" || !slices.Equal(c.Rules, []string{"/etc/ifsev/rules"}) {
			t.Errorf("%s: store %s, rules %v", path, c.Store.Reveal(), c.Rules)
		}
		if err := c.CheckExposure(); (err != nil) != refused {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// unit reads the settings of the service; those that may be given more than once have all their values.
func unit(t *testing.T) map[string][]string {
	t.Helper()
	settings := map[string][]string{}
	for lines := bufio.NewScanner(strings.NewReader(read(t, "systemd/ifsev.service"))); lines.Scan(); {
		if key, value, ok := strings.Cut(lines.Text(), "="); ok && !strings.HasPrefix(key, "#") {
			settings[key] = append(settings[key], value)
		}
	}
	return settings
}

func TestUnit(t *testing.T) {
	t.Parallel()
	u := unit(t)
	for key, want := range map[string]string{
		"Type": "notify", "Restart": "always", "DynamicUser": "yes", "NoNewPrivileges": "yes", "ProtectSystem": "strict",
		"StateDirectory": "ifsev", "CapabilityBoundingSet": "", "ExecReload": "/bin/kill -HUP $MAINPID",
	} {
		if !slices.Equal(u[key], []string{want}) {
			t.Errorf("%s=%v, want %q", key, u[key], want)
		}
	}
	stop, err := strconv.Atoi(u["TimeoutStopSec"][0])
	if err != nil || stop <= 15 {
		t.Errorf("TimeoutStopSec=%v: the daemon takes up to 15 s (%v)", u["TimeoutStopSec"], err)
	}
}

// systemd itself reads the unit, where it is installed; what it lets the service do stays as little as it is.
func TestSystemdTakesTheUnit(t *testing.T) {
	t.Parallel()
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd-analyze is not installed")
	}
	path := filepath.Join(t.TempDir(), "ifsev.service")
	self, err := os.Executable() // the program must be there
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(read(t, "systemd/ifsev.service"), "/usr/bin/ifsev", self, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), analyze, "verify", "--man=no", path).CombinedOutput(); err != nil || bytes.Contains(out, []byte("ifsev.service:")) {
		t.Errorf("%v\n%s", err, out)
	}
	if out, err := exec.CommandContext(t.Context(), analyze, "security", "--offline=yes", "--threshold=15", path).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// Both recipes make the same image, which runs what the chart expects: not as root, without a shell, and with data where
// the volume is.
func TestImages(t *testing.T) {
	t.Parallel()
	want := []string{"USER 65532:65532", "WORKDIR /var/lib/ifsev", "VOLUME /var/lib/ifsev", "STOPSIGNAL SIGTERM", `ENTRYPOINT ["/usr/bin/ifsev"]`, `CMD ["serve", "--config=/etc/ifsev/ifsev.yaml", "--log=json"]`}
	from := map[string]string{}
	for _, path := range []string{"../Dockerfile", "docker/goreleaser.Dockerfile"} {
		lines := strings.Split(read(t, path), "\n")
		for _, line := range want {
			if !slices.Contains(lines, line) {
				t.Errorf("%s: %s is missing", path, line)
			}
		}
		for _, line := range lines {
			if image, ok := strings.CutPrefix(line, "FROM "); ok {
				from[path] = image // the last counts
			}
		}
	}
	if a, b := from["../Dockerfile"], from["docker/goreleaser.Dockerfile"]; a != b || !strings.HasSuffix(a, ":nonroot") {
		t.Errorf("the images are made on %q and %q", a, b)
	}
}

// The image is built with the Go that go.mod asks for.
func TestTheImageIsBuiltWithTheRightGo(t *testing.T) {
	t.Parallel()
	asked := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(read(t, "../go.mod"))
	used := regexp.MustCompile(`golang:(\d+\.\d+)-`).FindStringSubmatch(read(t, "../Dockerfile"))
	if len(asked) < 2 || len(used) < 2 || asked[1] != used[1] {
		t.Errorf("go.mod asks for %v, the Dockerfile takes %v", asked, used)
	}
}

// Every folder with code the binary is made of reaches the build of the image.
func TestTheImageGetsTheWholeSource(t *testing.T) {
	t.Parallel()
	let := strings.Split(read(t, "../.dockerignore"), "\n")
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", "../cmd/ifsev").Output()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, path := range strings.Fields(string(out)) {
		if below, ours := strings.CutPrefix(path, "github.com/ifsev/ifsev/"); ours {
			n++
			if top, _, _ := strings.Cut(below, "/"); !slices.Contains(let, "!"+top) {
				t.Errorf(".dockerignore keeps %s out", top)
			}
		}
	}
	if n < 10 {
		t.Errorf("only %d packages", n)
	}
}

// What a release is said to hold is there.
func TestReleaseNamesFilesThatAreThere(t *testing.T) {
	t.Parallel()
	var release struct {
		Archives []struct{ Files []string }
		Nfpms    []struct {
			Contents []struct{ Src, Dst string }
			Scripts  map[string]string
		}
		Docker []struct {
			Dockerfile string
			Extra      []string `yaml:"extra_files"`
		} `yaml:"dockers_v2"`
	}
	if err := yaml.Unmarshal([]byte(read(t, "../.goreleaser.yaml")), &release); err != nil {
		t.Fatal(err)
	}
	files := []string{release.Docker[0].Dockerfile}
	files = append(files, release.Docker[0].Extra...)
	for _, f := range release.Archives[0].Files {
		files = append(files, strings.ReplaceAll(f, "**", "*"))
	}
	for _, c := range release.Nfpms[0].Contents {
		files = append(files, c.Src)
	}
	for _, script := range release.Nfpms[0].Scripts {
		files = append(files, script)
	}
	for _, f := range files {
		if found, err := filepath.Glob(filepath.Join("..", f)); f != "" && (err != nil || len(found) == 0) {
			t.Errorf("%s is not there", f)
		}
	}
	if len(files) < 10 {
		t.Errorf("only %d files", len(files))
	}
}
