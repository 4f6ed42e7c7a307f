package daemon

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/ifsev/ifsev/internal/secret"
)

func TestLogRedacts(t *testing.T) {
	t.Parallel()
	const planted = "hunter2"
	for _, terminal := range []bool{true, false} {
		var out bytes.Buffer
		log := NewLog(&out, terminal, slog.LevelInfo)
		log.Info("redis://user:"+planted+"@host/0",
			"token", planted, "Authorization", "Bearer "+planted, "slack_api_key", planted,
			"store", "redis://user:"+planted+"@host:6379/0", "error", errors.New("dial redis://:"+planted+"@host: refused"),
			"typed", secret.Secret(planted))
		log.WithGroup("g").Warn("x", slog.Group("h", "password", planted))
		if strings.Contains(out.String(), planted) {
			t.Errorf("terminal %v: %s", terminal, out.String())
		}
		for _, kept := range []string{"host:6379", "refused"} {
			if !strings.Contains(out.String(), kept) {
				t.Errorf("%s is gone: %s", kept, out.String())
			}
		}
	}
}

func TestLogFormat(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	NewLog(&out, false, slog.LevelInfo).Info("started", "listen", "127.0.0.1:8080", "took", 1500*time.Millisecond)
	var line map[string]any
	if err := json.Unmarshal(out.Bytes(), &line); err != nil || line["msg"] != "started" || line["listen"] != "127.0.0.1:8080" || line["took"] != "1.5s" {
		t.Errorf("%s: %v", out.String(), err)
	}
	out.Reset()
	NewLog(&out, true, slog.LevelWarn).Info("quiet")
	if out.Len() != 0 {
		t.Errorf("below the level: %s", out.String())
	}
}
