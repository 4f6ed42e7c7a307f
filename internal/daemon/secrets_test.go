package daemon

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ifsev/ifsev/internal/config"
)

// A secret that is replaced where it lies, as Kubernetes and systemd do, is taken over without a restart; one that is
// gone for a moment takes nothing away.
func TestAChangedSecretIsTakenOver(t *testing.T) {
	t.Parallel()
	dir := lay(t, map[string]string{"config/ifsev.yaml": "", "secrets/..1/token": "first\n"})
	link(t, "..1", filepath.Join(dir, "secrets", "..data"))
	token := filepath.Join(dir, "secrets", "token")
	link(t, filepath.Join("..data", "token"), token)
	file := filepath.Join(dir, "config", "ifsev.yaml")
	write(t, file, "auth: {tokens: [{name: ops, token: \"${file:"+token+"}\", scopes: [admin]}]}\n")
	p := start(t, Inputs{Config: file, Flags: config.Overrides{Store: "memory:"}})

	p.knows(t, "first", http.StatusOK)
	if err := os.Remove(filepath.Join(dir, "secrets", "..data")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the refused reload", func() bool { return strings.Contains(p.metrics(t), "last_reload_successful 0") })
	p.knows(t, "first", http.StatusOK)

	if err := os.Mkdir(filepath.Join(dir, "secrets", "..2"), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "secrets", "..2", "token"), "second\n")
	link(t, "..2", filepath.Join(dir, "secrets", "..data_tmp"))
	if err := os.Rename(filepath.Join(dir, "secrets", "..data_tmp"), filepath.Join(dir, "secrets", "..data")); err != nil {
		t.Fatal(err)
	}
	p.knows(t, "second", http.StatusOK)
	p.knows(t, "first", http.StatusUnauthorized)
}

// knows waits until a request with that token is answered with that status.
func (p *process) knows(t *testing.T, token string, status int) {
	t.Helper()
	eventually(t, "the answer to "+token, func() bool {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url+"/api/v1/rules", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		resp, err := p.client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		return resp.StatusCode == status
	})
}
