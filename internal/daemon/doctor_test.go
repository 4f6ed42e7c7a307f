package daemon

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ifsev/ifsev/internal/config"
	"github.com/ifsev/ifsev/internal/engine"
	"github.com/ifsev/ifsev/internal/redistest"
	"github.com/ifsev/ifsev/internal/wire"
	"github.com/ifsev/ifsev/state"
	"github.com/ifsev/ifsev/state/memstate"
)

// line answers what is said about something.
func line(t *testing.T, d *wire.Doctor, about string) wire.DoctorLine {
	t.Helper()
	for _, l := range d.Lines {
		if l.About == about {
			return l
		}
	}
	t.Errorf("nothing is said about %q: %+v", about, d.Lines)
	return wire.DoctorLine{}
}

func TestAHeartbeatGoesOutAndItsAddressIsNeverShown(t *testing.T) {
	t.Parallel()
	var beats, refuse atomic.Int64
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if beats.Add(1); refuse.Load() == 1 {
			http.Error(w, "no "+r.URL.Path, http.StatusNotFound)
		}
	}))
	defer srv.Close()
	dir := lay(t, map[string]string{"ifsev.yaml": "heartbeat: {url: \"" + srv.URL + "/${env:BEAT}\", every: 10s}\noutgoing: {allow_private: true}\n"})
	in := Inputs{
		Config: dir + "/ifsev.yaml", Flags: config.Overrides{Store: "memory:"},
		Env: func(name string) (string, bool) {
			if name == "BEAT" {
				return "t0psecret-7f2d41", true
			}
			return "", false
		},
	}
	p := start(t, in)
	var d wire.Doctor
	eventually(t, "a heartbeat", func() bool {
		d = wire.Doctor{}
		p.call(t, http.MethodGet, "/api/v1/doctor", "", http.StatusOK, &d)
		return beats.Load() > 0 && strings.HasPrefix(line(t, &d, "heartbeat").Text, "arrived")
	})
	if l := line(t, &d, "store"); l.Status != wire.DoctorWarn || !strings.Contains(l.Text, "memory") {
		t.Errorf("%+v", l)
	}
	p.stop(t)
	refuse.Store(1)
	p = start(t, in)
	eventually(t, "that it is refused", func() bool { return strings.Contains(p.log.String(), "the heartbeat did not arrive") })
	d = wire.Doctor{}
	p.call(t, http.MethodGet, "/api/v1/doctor", "", http.StatusOK, &d)
	l := line(t, &d, "heartbeat")
	if said := l.Text + p.log.String() + p.metrics(t); l.Status != wire.DoctorFail || d.OK || strings.Contains(said, "t0psecret") {
		t.Errorf("%+v", l)
	}
}

// What will fail in months, or fails each hour, is said now.
func TestTheDoctorTriesTheArchive(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := dir + "/file"
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	bucket := func(status int) string {
		var mu sync.Mutex
		var kept []byte
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			w.Header().Set("ETag", `"e"`)
			w.Header().Set("Last-Modified", time.Unix(1e9, 0).UTC().Format(http.TimeFormat))
			switch {
			case status != http.StatusOK:
				w.WriteHeader(status)
			case r.Method == http.MethodPut:
				kept, _ = io.ReadAll(r.Body)
				if n, err := strconv.Atoi(r.Header.Get("X-Amz-Decoded-Content-Length")); err == nil { // in chunks
					_, kept, _ = bytes.Cut(kept, []byte("\r\n"))
					kept = kept[:n]
				}
			default:
				_, _ = w.Write(kept)
			}
		}))
		t.Cleanup(srv.Close)
		return srv.URL
	}
	s3 := func(endpoint string) string {
		return "archive: {s3: {endpoint: \"" + endpoint + "\", bucket: incidents}}\n"
	}
	for name, c := range map[string]struct{ text, status string }{
		"a folder":                   {"archive: {dir: " + dir + "/new/archive}\n", wire.DoctorOK},
		"a folder that cannot be":    {"archive: {dir: " + file + "/archive}\n", wire.DoctorFail},
		"a bucket":                   {s3(bucket(http.StatusOK)), wire.DoctorOK},
		"a bucket that refuses":      {s3(bucket(http.StatusForbidden)), wire.DoctorFail},
		"a bucket that is not there": {s3("http://127.0.0.1:1"), wire.DoctorFail},
		"none":                       {"", wire.DoctorOK},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := lay(t, map[string]string{"ifsev.yaml": c.text})
			p := start(t, Inputs{Config: in + "/ifsev.yaml", Flags: config.Overrides{Store: "memory:"}})
			var d wire.Doctor
			p.call(t, http.MethodGet, "/api/v1/doctor", "", http.StatusOK, &d)
			if l := line(t, &d, "archive"); l.Status != c.status {
				t.Errorf("%+v", l)
			}
			const warning = "closed incidents cannot be archived as things are"
			if c.status == wire.DoctorFail {
				eventually(t, "a warning", func() bool { return strings.Contains(p.log.String(), warning) })
			}
			p.stop(t)
			if c.status == wire.DoctorOK && strings.Contains(p.log.String(), warning) {
				t.Error(p.log.String())
			}
			if left, err := filepath.Glob(dir + "/new/archive/*"); err != nil || len(left) > 0 {
				t.Errorf("what was tried is left: %v, %v", left, err)
			}
		})
	}
}

func TestTheDoctorSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		about, status, word string
		is                  func(*engine.Checkup, *config.Config)
		say                 func(*examined)
	}{
		"not ready":  {"daemon", "fail", "no lease", func(c *engine.Checkup, _ *config.Config) { c.Ready = errors.New("no lease") }, func(e *examined) { e.daemon(false) }},
		"an archive": {"daemon", "ok", "archive", func(c *engine.Checkup, _ *config.Config) { c.Ready = errors.New("x") }, func(e *examined) { e.daemon(true) }},
		"replicas": {"replicas", "warn", "differ", func(c *engine.Checkup, _ *config.Config) {
			c.Replicas = []state.Replica{{Owner: "a", Hash: "1"}, {Owner: "b", Hash: "2"}}
		}, func(e *examined) { e.replicas(true) }},
		"reload":        {"rules", "warn", "last reload failed", func(c *engine.Checkup, _ *config.Config) { c.ReloadFailed, c.Own = true, true }, (*examined).rules},
		"others' rules": {"rules", "warn", "another replica", func(*engine.Checkup, *config.Config) {}, (*examined).rules},
		"breaker": {"to x", "warn", "keeps failing", func(c *engine.Checkup, _ *config.Config) {
			c.Destinations = map[string]engine.DestinationCheckup{"x": {Breaker: "open"}}
		}, (*examined).destinations},
		"pause": {"to x", "ok", "asked to wait for another 20s", func(c *engine.Checkup, _ *config.Config) {
			c.Destinations = map[string]engine.DestinationCheckup{"x": {Pending: 1, Until: now.Add(20 * time.Second), Breaker: "closed"}}
		}, (*examined).destinations},
		"late": {"to x", "warn", "1h ago", func(c *engine.Checkup, _ *config.Config) {
			c.Destinations = map[string]engine.DestinationCheckup{"x": {Pending: 1, Oldest: now.Add(-time.Hour)}}
		}, (*examined).destinations},
		"overdue": {"deadlines", "fail", "due for 2h", func(c *engine.Checkup, _ *config.Config) { c.Stats.OldestWake = now.Add(-2 * time.Hour) }, (*examined).deadlines},
		"violation": {"invariant lane", "fail", "is lost", func(c *engine.Checkup, _ *config.Config) {
			c.Violations = []state.Violation{state.Unlisted(1, "x", "i", "is lost")}
		}, func(e *examined) { e.invariants(memstate.New(time.Now)) }},
		"synthetic":                 {"synthetic", "fail", "held up", func(c *engine.Checkup, _ *config.Config) { c.ProbeFailed = "held up" }, (*examined).synthetic},
		"off":                       {"synthetic", "ok", "off", func(_ *engine.Checkup, c *config.Config) { c.Synthetic.Every = 0 }, (*examined).synthetic},
		"clock":                     {"clock", "warn", "3s ahead", func(c *engine.Checkup, _ *config.Config) { c.Ahead = 3 * time.Second }, (*examined).clock},
		"no backups":                {"backups", "warn", "none are made", func(_ *engine.Checkup, c *config.Config) { c.Backup.Off = true }, func(e *examined) { e.backups(now) }},
		"little room":               {"room", "fail", "1024 MiB of 100 GiB", nil, func(e *examined) { e.room(state.Room{Free: 1 << 30, Total: 100 << 30, Keep: 5 << 30}, nil) }},
		"less room":                 {"room", "warn", "should be", nil, func(e *examined) { e.room(state.Room{Free: 55 << 30, Total: 1000 << 30, Keep: 50 << 30}, nil) }},
		"deleted":                   {"archive", "ok", "are deleted after", func(_ *engine.Checkup, c *config.Config) { c.Retention.Delete = true }, func(e *examined) { e.kept(nil) }},
		"backup failed":             {"backups", "fail", "no backup was made", func(c *engine.Checkup, _ *config.Config) { c.BackupFailed = "no backup was made" }, func(e *examined) { e.backups(now) }},
		"archived":                  {"archive", "ok", "go to /a after 90d", func(_ *engine.Checkup, c *config.Config) { c.Archive.Dir = "/a" }, func(e *examined) { e.kept(nil) }},
		"archive cannot be written": {"archive", "fail", "bucket b: refused", func(_ *engine.Checkup, c *config.Config) { c.Archive.S3 = &config.S3{Bucket: "b"} }, func(e *examined) { e.kept(errors.New("refused")) }},
		"archive failed":            {"archive", "warn", "INC-7", func(c *engine.Checkup, _ *config.Config) { c.ArchiveFailed = "INC-7 is damaged" }, func(e *examined) { e.kept(nil) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := examined{Doctor: wire.Doctor{OK: true}, c: engine.Checkup{At: now}, cfg: config.Default()}
			if c.is != nil {
				c.is(&e.c, e.cfg)
			}
			c.say(&e)
			l := line(t, &e.Doctor, c.about)
			if l.Status != c.status || !strings.Contains(l.Text, c.word) || e.OK != (c.status != wire.DoctorFail) {
				t.Errorf("%+v", l)
			}
			if c.status != wire.DoctorOK && l.Next == "" {
				t.Error("it does not say what to do")
			}
		})
	}
}

// While no daemon runs, the doctor says of a Redis what a start would say, with the next step that fits, and makes nothing.
func TestTheDoctorLooksAtARedis(t *testing.T) {
	t.Parallel()
	server, locked := redistest.Start(t), redistest.Start(t)
	locked.Do("ACL", "SETUSER", "default", "resetpass", ">hunter2")
	for url, c := range map[string]struct{ status, durability, says string }{
		server.URL():                           {"ok", "", "there is no store yet"},
		server.URL() + "?prefix=a:":            {"ok", "", "?prefix=a: answers, and there is no store yet"},
		"redis://:hunter3@" + locked.Addr():    {"fail", "", "does not know this user or password"},
		"redis+cluster://" + server.Addr():     {"fail", "local", "write the store as redis://"},
		"redis://127.0.0.1:1":                  {"fail", "", "is Redis running at 127.0.0.1:1"},
		"redis+sentinel://" + server.Addr():    {"fail", "", "the name of the master is missing"},
		"redis+nonsense://" + server.Addr():    {"fail", "", "redis+sentinel://"},
		"rediss://" + server.Addr() + "?ca=/x": {"fail", "", "cannot be read"},
	} {
		in := Inputs{Flags: config.Overrides{Store: url, Durability: c.durability}}
		d := Diagnose(t.Context(), in, "dev", errors.New("no daemon answers"), time.Now)
		if l := line(t, &d, "store"); l.Status != c.status || !strings.Contains(l.Text, c.says) || l.Next != "" || strings.Contains(l.Text, "hunter") {
			t.Errorf("%s: %+v, want %q", url, l, c.says)
		}
	}
	if size := server.Do("DBSIZE"); size != "0" {
		t.Errorf("it holds %s keys", size)
	}
}

// What a running daemon's store says itself has no other next step.
func TestTheDoctorsNextStepFits(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	o, err := openStore(t.Context(), server.URL(), "", time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = o.Close() }() // the test is about what it says
	check := func(down error, next bool) {
		t.Helper()
		e := examined{c: engine.Checkup{Store: down}, cfg: config.Default()}
		e.store(t.Context(), o)
		if l := line(t, &e.Doctor, "store"); (l.Next != "") != next || !strings.Contains(l.Text, "does not answer") {
			t.Errorf("%+v", l)
		}
	}
	server.Do("ACL", "SETUSER", "default", "-eval", "-evalsha")
	_, down := o.Stats(t.Context())
	check(down, false)
	check(state.ErrUnavailable, true)
}
