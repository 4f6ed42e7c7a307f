package daemon

import (
	"strings"
	"testing"
	"time"

	"github.com/ifsev/ifsev/internal/redistest"
)

func TestOpenStore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for address, place := range map[string]string{"memory:": "memory", "file:" + dir + "/a": dir + "/a", "file://" + dir + "/b": dir + "/b"} {
		s, err := openStore(t.Context(), address, "", time.Now)
		if err != nil {
			t.Fatalf("%s: %v", address, err)
		}
		if s.place != place || s.shared || (address == "memory:") != (len(s.warnings) > 0) {
			t.Errorf("%s: %+v", address, s)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestStoresThatCannotBeOpened(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	held, err := openStore(t.Context(), "file:"+dir, "", time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = held.Close() }() // the test is about the second
	for address, says := range map[string]string{
		"file:":                              "names no folder",
		"file:" + dir:                        "another",
		"postgres://user:hunter2@host/db":    "redis+sentinel://HOST:PORT,HOST:PORT/MASTER/DB, redis+cluster://",
		"nonsense":                           "not known",
		"":                                   "not known",
		"redis://user:hunter2@127.0.0.1:1/0": "is Redis running at 127.0.0.1:1",
	} {
		_, err := openStore(t.Context(), address, "", time.Now)
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v does not say %q", address, err, says)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: the password is told: %v", address, err)
		}
	}
}

// A daemon that could accept nothing says so at its start, and what would help.
func TestReplicatedWithoutAReplica(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	_, err := openStore(t.Context(), server.URL(), "replicated", time.Now)
	if err == nil || !strings.Contains(err.Error(), "durability: replicated needs a replica, and the Redis server has none: add one, or use durability: local") {
		t.Error(err)
	}
	if s, err := openExisting(t.Context(), server.URL(), "replicated", time.Now); err != nil {
		t.Errorf("to read: %v", err)
	} else if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestRedactURL(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"redis://redis:6379/0":              "redis://redis:6379/0",
		"redis://:hunter2@redis:6379/0":     "redis://…@redis:6379/0",
		"rediss://u:hunter2@r:1?password=x": "rediss://…@r:1",
		"redis://u:hun%zzter2@r":            "redis://…@r",
		"redis://u:1/hunter2@r:1/0":         "redis://…@r:1/0",
		"redis://r%zz":                      "redis:…",
		"redis+cluster://a:1,b:2?prefix=x:": "redis+cluster://a:1,b:2?prefix=x:",
	} {
		if got := redactURL(address); got != want {
			t.Errorf("%s: %s", address, got)
		}
	}
}

// What a store promises follows what it does, also where nobody has chosen.
func TestTheDoctorSaysWhatIsTrueOfWhatIsAccepted(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	redistest.StartReplica(t, server)
	said := map[string]string{}
	for _, durability := range []string{"", "local", "replicated"} {
		s, err := openStore(t.Context(), server.URL(), durability, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		said[durability] = promise(s.durability)
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if said[""] != said["local"] || !strings.Contains(said[""], "as the server keeps it") || !strings.Contains(said["replicated"], "every replica") {
		t.Errorf("%q", said)
	}
	s, err := openStore(t.Context(), "file:"+t.TempDir(), "", time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if text := promise(s.durability); text != "what is accepted is on the disk" {
		t.Error(text)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
