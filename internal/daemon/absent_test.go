package daemon

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/ifsev/ifsev/internal/config"
	"github.com/ifsev/ifsev/internal/redistest"
)

// planted are secrets, each of which stands in one place of the configuration and nowhere else. The first letters of
// each are plain, so that they stand in every spelling of it; what follows has to be escaped nearly everywhere.
type planted struct {
	mu    sync.Mutex
	cores map[string]string // by name
	spelt map[string][]string
}

func newPlanted() *planted { return &planted{cores: map[string]string{}, spelt: map[string][]string{}} }

// core makes a secret that any address may hold.
func (p *planted) core(name string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cores[name] == "" {
		p.cores[name] = fmt.Sprintf("Zq%03dx7Kw%03d", len(p.cores), 999-len(p.cores))
		p.spelt[name] = spellings(p.cores[name])
	}
	return p.cores[name]
}

// value makes one with letters that have to be escaped.
func (p *planted) value(name string) string { return p.core(name) + `/+"<&\` }

// env answers every variable ${env:…} names: each is a secret of its own.
func (p *planted) env(name string) (string, bool) {
	if strings.HasPrefix(name, "IFSEV_") {
		return "", false
	}
	if strings.HasPrefix(name, "PLAIN_") {
		return p.core(name), true
	}
	return p.value(name), true
}

// spellings lists how a core may be written so that somebody could read it.
func spellings(core string) []string {
	list := []string{core, hex.EncodeToString([]byte(core)), strings.ToUpper(hex.EncodeToString([]byte(core))), reversed(core)}
	for shift := range 3 { // base64 of anything around it
		text := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("\x00", shift) + core))
		from, rest := []int{0, 2, 3}[shift], (shift+len(core))%3
		list = append(list, text[from:len(text)-[]int{0, 3, 2}[rest]])
	}
	return list
}

func reversed(s string) string {
	b := []byte(s)
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
	return string(b)
}

// look fails the test for every secret that can be read in a text.
func (p *planted) look(t *testing.T, where, text string) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for name, list := range p.spelt {
		for _, s := range list {
			if at := strings.Index(text, s); at >= 0 {
				t.Errorf("%s: the secret %s stands there as %q: …%q…", where, name, s, text[max(0, at-120):min(len(text), at+80)])
				break
			}
		}
	}
}

// mirror answers every request with all of it, in the body and in headers, with the status its path begins with.
func mirror(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	user, password, _ := r.BasicAuth()
	everything := fmt.Sprintf("%s %s %v %s %s %s", r.Method, r.URL, r.Header, body, user, password)
	w.Header().Set("Location", "http://127.0.0.1:1"+r.URL.String())
	w.Header().Set("Retry-After", r.Header.Get("Authorization"))
	w.Header().Set("X-Echo", strings.Map(func(c rune) rune { return max(c, ' ') }, everything))
	w.Header().Set("Content-Type", "application/json; echo="+r.Header.Get("X-Api-Key"))
	kind := strings.Split(r.URL.Path, "/")[1]
	if kind == "cut" {
		w.Header().Set("Content-Length", "100000")
		_, _ = io.WriteString(w, everything)
		panic(http.ErrAbortHandler)
	}
	var status int
	_, _ = fmt.Sscan(kind, &status)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"ok": false, "error": everything, everything: []any{r.Header, string(body)}, "message": password, "errors": []string{everything}})
}

// failing are the ways a receiver can fail, each with the address of one.
func failing(plain, secured string) map[string]string {
	ways := map[string]string{
		"refused": "http://127.0.0.1:1/", "untrusted": secured + "/200/", "notls": strings.Replace(plain, "http:", "https:", 1) + "/200/",
		"forbidden": "http://169.254.169.254/", "cut": plain + "/cut/",
	}
	for _, status := range []string{"200", "302", "307", "400", "401", "404", "429", "500"} {
		ways["s"+status] = plain + "/" + status + "/"
	}
	return ways
}

// plant writes a configuration with a secret in every place there is for one, and rules that use all of them.
func (p *planted) plant(t *testing.T, dir, plain, secured string) (file string) {
	t.Helper()
	var c, r strings.Builder
	write(t, filepath.Join(dir, "token"), p.core("a token in a file")+"\n")
	fmt.Fprintf(&c, `auth:
  tokens:
    - {name: reader, token: "${env:PLAIN_READ}", scopes: [read]}
    - {name: root, token: "${env:PLAIN_ADMIN}", scopes: [admin]}
    - {name: filed, token: "${file:%s}", scopes: [respond]}
outgoing: {allow_private: true}
retention: {closed: 90d}
heartbeat: {url: "%s/500/${env:PLAIN_HEARTBEAT}?k=${env:PLAIN_HEARTBEAT_KEY}", every: 10s}
archive: {s3: {endpoint: "http://127.0.0.1:1", bucket: b, access_key: "${env:S3_ID}", secret_key: "${env:S3_KEY}"}}
people: {ann: {name: Ann, slack: U1, pagerduty: P1, email: ann@example.com, page: slack-s400}}
sources:
  bearer: {kind: json, secret: "${env:PLAIN_BEARER}", map: {title: item.t}}
  header: {kind: json, header: X-Token, secret: "${env:PLAIN_HEADER}", map: {title: item.t}}
  basic: {kind: json, basic: {user: u, password: "${env:BASIC}"}, map: {title: item.t}}
  signed: {kind: json, hmac: {preset: github, secret: ["${env:HMAC}", "${env:HMAC_OLD}"]}, map: {title: item.t}}
connections:
  mail: {kind: smtp, host: 127.0.0.1, port: 1, from: i@example.com, user: "${env:PLAIN_MAIL_USER}", password: "${env:MAIL}"}
  dry: {kind: webhook, dry_run: true, url: "%s/200/${env:PLAIN_DRY}", token: "${env:DRY}"}
`, filepath.Join(dir, "token"), plain, plain)
	r.WriteString("rules:\n  mail: {when: declared, then: [{email: {to: ann, subject: x, text: y}, retry: {attempts: 1}, on_error: [{note: \"${error.message}\"}]}]}\n")
	r.WriteString("  page: {when: declared, then: [{page: ann, retry: {attempts: 1}, on_error: [{note: \"${error.message}\"}]}]}\n")
	r.WriteString("  dry: {when: declared, then: [{webhook: {to: dry}}]}\n")
	for way, address := range failing(plain, secured) {
		up := strings.ToUpper(way)
		fmt.Fprintf(&c, "  hook-%s: {kind: webhook, url: \"%s${env:PLAIN_%s_PATH}?key=${env:PLAIN_%s_QUERY}\", sign: \"${env:%s_SIGN}\", headers: {Authorization: \"Bearer ${env:PLAIN_%s_AUTH}\", X-Api-Key: \"${env:%s_KEY}\"}}\n", way, address, up, up, up, up, up)
		fmt.Fprintf(&c, "  basic-%s: {kind: webhook, url: \"%s${env:PLAIN_%s_PATH2}\", user: \"${env:PLAIN_%s_USER}\", password: \"${env:%s_PASSWORD}\"}\n", way, address, up, up, up)
		fmt.Fprintf(&c, "  token-%s: {kind: webhook, url: \"%s\", token: \"${env:%s_TOKEN}\"}\n", way, address, up)
		fmt.Fprintf(&c, "  slack-%s: {kind: slack, url: \"%s${env:PLAIN_%s_SLACK}\", token: \"${env:%s_BOT}\"}\n", way, address, up, up)
		fmt.Fprintf(&c, "  pd-%s: {kind: pagerduty, url: \"%s${env:PLAIN_%s_PD}\", routing_key: \"${env:%s_ROUTING}\"}\n", way, address, up, up)
		for _, kind := range []string{"hook", "basic", "token"} {
			fmt.Fprintf(&r, "  %s-%s: {when: declared, then: [{id: call, webhook: {to: %s-%s}, retry: {attempts: 1}, on_error: [{note: \"${error.message}\"}]}, {note: \"${steps.call.body}\"}]}\n", kind, way, kind, way)
		}
		fmt.Fprintf(&r, "  slack-%s: {when: declared, then: [{slack.post: {to: slack-%s, channel: \"#x\", text: t}, retry: {attempts: 1}, on_error: [{note: \"${error.message}\"}]}]}\n", way, way)
		fmt.Fprintf(&r, "  pd-%s: {when: declared, then: [{pagerduty.trigger: {to: pd-%s}, retry: {attempts: 1}, on_error: [{note: \"${error.message}\"}]}]}\n", way, way)
	}
	fmt.Fprintf(&c, "rules: [%q]\n", filepath.Join(dir, "rules"))
	if err := os.MkdirAll(filepath.Join(dir, "rules"), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "rules", "all.yaml"), r.String())
	file = filepath.Join(dir, "ifsev.yaml")
	write(t, file, c.String())
	return file
}

// TestSecretsAreNowhere plants a secret in every place a configuration has for one, has receivers fail in every way and
// send back what they were sent, asks for everything there is to ask for, and then looks for each secret, in every
// spelling, in answers, logs, metrics, and in the bytes of the store.
func TestSecretsAreNowhere(t *testing.T) {
	t.Parallel()
	t.Run("embedded", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		secretsAreNowhere(t, newPlanted(), "file:"+filepath.Join(dir, "data"), dir)
	})
	t.Run("redis", func(t *testing.T) {
		t.Parallel()
		dir, p := t.TempDir(), newPlanted()
		server := redistest.Start(t, redistest.AOF("always"), redistest.Config("aof-use-rdb-preamble", "no", "dir", dir, "requirepass", p.core("store")))
		secretsAreNowhere(t, p, strings.Replace(server.URL(), "redis://", "redis://:"+p.core("store")+"@", 1), dir)
	})
}

func secretsAreNowhere(t *testing.T, p *planted, store, data string) {
	t.Helper()
	plain, secured := httptest.NewUnstartedServer(http.HandlerFunc(mirror)), httptest.NewUnstartedServer(http.HandlerFunc(mirror))
	plain.Config.ErrorLog, secured.Config.ErrorLog = log.New(io.Discard, "", 0), log.New(io.Discard, "", 0)
	plain.Start()
	secured.StartTLS()
	t.Cleanup(plain.Close)
	t.Cleanup(secured.Close)
	dir := t.TempDir()
	file := p.plant(t, dir, plain.URL, secured.URL)
	d := start(t, Inputs{Config: file, Flags: config.Overrides{Store: store}, Env: p.env})
	d.declareAndWait(t, p)
	d.askEverything(t, p)
	d.tryDoors(t, p)
	d.breakFiles(t, p, file)
	d.stop(t)
	p.look(t, "the log", d.log.String())
	p.look(t, "what is printed", d.out.String())
	if n := len(p.cores); n < 100 {
		t.Errorf("only %d secrets were planted", n)
	}
	read := lookIn(t, p, data)
	if read < 10_000 {
		t.Errorf("the store is %d bytes: it was looked for in the wrong place", read)
	}
}

// lookIn reads every file of the store.
func lookIn(t *testing.T, p *planted, dir string) (bytes int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		bytes += len(raw)
		p.look(t, path, string(raw))
		return err
	})
	if err != nil {
		t.Error(err)
	}
	return bytes
}

// ask makes a request and looks at all of the answer.
func (p *process) ask(t *testing.T, secrets *planted, method, path, body string, headers ...string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, p.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+secrets.core("PLAIN_ADMIN"))
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := p.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	secrets.look(t, method+" "+path, fmt.Sprint(resp.Header)+string(raw))
	return resp.StatusCode, string(raw)
}

// declareAndWait declares an incident and waits until every delivery has come to an end.
func (p *process) declareAndWait(t *testing.T, secrets *planted) {
	t.Helper()
	if status, body := p.ask(t, secrets, http.MethodPost, "/api/v1/incidents", `{"title":"T","severity":1}`); status != http.StatusCreated {
		t.Fatalf("%d %s", status, body)
	}
	eventually(t, "the end of all deliveries", func() bool {
		_, body := p.ask(t, secrets, http.MethodGet, "/api/v1/deliveries?limit=200", "")
		return strings.Count(body, `"state":"dead"`) > 40 && !regexp.MustCompile(`"state":"(waiting|in_flight|retrying)"`).MatchString(body)
	})
}

// askEverything asks every GET of the API's own document, and does what can be done to a dead delivery.
func (p *process) askEverything(t *testing.T, secrets *planted) {
	t.Helper()
	_, text := p.ask(t, secrets, http.MethodGet, "/api/openapi.json", "")
	var doc struct {
		Paths map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	asked := 0
	for path, methods := range doc.Paths {
		if methods["get"] == nil {
			continue
		}
		path = strings.NewReplacer("{id}", "1", "{name}", "hook-s400").Replace(path)
		if status, body := p.ask(t, secrets, http.MethodGet, path, ""); status >= http.StatusInternalServerError {
			t.Errorf("%s: %d %s", path, status, body)
		}
		asked++
	}
	if asked < 10 {
		t.Errorf("only %d addresses to ask", asked)
	}
	p.ask(t, secrets, http.MethodGet, "/api/v1/incidents/1/timeline?limit=1000", "")
	_, dead := p.ask(t, secrets, http.MethodGet, "/api/v1/deliveries?state=dead", "")
	id := regexp.MustCompile(`"id":"([^"]+)"`).FindStringSubmatch(dead)
	if id == nil {
		t.Fatalf("no dead delivery: %s", dead)
	}
	p.ask(t, secrets, http.MethodPost, "/api/v1/deliveries/"+id[1]+"/retry", "{}")
	p.ask(t, secrets, http.MethodPost, "/api/v1/deliveries/"+id[1]+"/drop", "{}")
}

// tryDoors shows secrets where they are wrong, and nearly right ones.
func (p *process) tryDoors(t *testing.T, secrets *planted) {
	t.Helper()
	for name := range map[string]bool{"PLAIN_READ": true, "PLAIN_ADMIN": true, "PLAIN_BEARER": true, "a token in a file": true} {
		secret := secrets.core(name)
		p.ask(t, secrets, http.MethodPost, "/api/v1/reload", `{"by":1}`, "Authorization", "Bearer "+secret)
		p.ask(t, secrets, http.MethodGet, "/api/v1/incidents", "", "Authorization", "Bearer "+secret+"x")
		p.ask(t, secrets, http.MethodGet, "/api/v1/incidents", "", "Authorization", secret)
		for _, source := range []string{"bearer", "header", "basic", "signed", "none"} {
			p.ask(t, secrets, http.MethodPost, "/hooks/"+source, `[{"t":"x"}]`, "Authorization", "Bearer "+secret, "X-Token", secret, "X-Hub-Signature-256", "sha256="+secret)
		}
	}
}

// breakFiles reloads configurations that are wrong near a secret, or in which one stands literally.
func (p *process) breakFiles(t *testing.T, secrets *planted, file string) {
	t.Helper()
	good, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	literal := secrets.core("literal")
	for _, wrong := range []string{
		"auth: {tokens: [{name: x, token: " + literal + ", scopes: [admin]}]}\n", "auth: {tokens: [{name: x, tokn: " + literal + ", scopes: [admin]}]}\n",
		"auth: {tokens: [{name: x, sha256: " + literal + ", scopes: [admin]}]}\n", "auth: {tokens: [{name: x, token: \"" + literal + "\n",
		"connections: {slack: {token: " + literal + "}}\n", "connections: {x: {kind: webhook, url: \"http://u:" + literal + "@h/\"}}\n",
		"connections: {x: {kind: webhook, url: \"nothing/" + literal + "\"}}\n", "connections: {x: {kind: webhook, url: \"http://h\", headers: {X-Api-Key: " + literal + "}}}\n",
		"sources: {x: {kind: json, secret: " + literal + "}}\n", "sources: {x: {kind: json, basic: " + literal + "}}\n", "sources: {x: {kind: json, hmac: {secret: " + literal + "}}}\n",
		"store: \"redis://:" + literal + "@h/0\"\n", "archive: {s3: {endpoint: \"https://s3.example.com\", bucket: b, secret_key: " + literal + "}}\n",
		"  auth:\n tokens: " + literal + "\n", "auth: {tokens: [{name: x, token: \"${env:PLAIN_ADMIN\", scopes: [admin]}]}\n",
	} {
		write(t, file, wrong)
		if status, body := p.ask(t, secrets, http.MethodPost, "/api/v1/reload", ""); status != http.StatusUnprocessableEntity {
			t.Errorf("%q: %d %s", wrong, status, body)
		}
	}
	write(t, file, string(good))
	if status, body := p.ask(t, secrets, http.MethodPost, "/api/v1/reload", ""); status != http.StatusOK {
		t.Errorf("the good file again: %d %s", status, body)
	}
}

// The search itself finds what it is to find.
func TestSpellingsAreFound(t *testing.T) {
	t.Parallel()
	p := newPlanted()
	core := p.core("x")
	for _, text := range []string{core, "a" + core, fmt.Sprintf("%x", core), fmt.Sprintf("%X", "u:"+core), fmt.Sprintf("%q", p.value("x"))} {
		if !holds(core, text) {
			t.Errorf("not found in %s", text)
		}
	}
	for i := range 6 {
		if text := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("u", i) + core + strings.Repeat("v", i))); !holds(core, text) {
			t.Errorf("not found in the base64 %s", text)
		}
	}
	for _, text := range []string{"Zq", "Zq00x7K", "5a713030", ""} {
		if holds(core, text) {
			t.Errorf("found in %s", text)
		}
	}
}

func holds(core, text string) bool {
	for _, s := range spellings(core) {
		if strings.Contains(text, s) {
			return true
		}
	}
	return false
}
