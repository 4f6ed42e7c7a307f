package config

import (
	"strings"
	"testing"
	"time"
)

func TestWatching(t *testing.T) {
	t.Parallel()
	c := full(t)
	if c.Heartbeat != (Heartbeat{URL: "https://hc.example.com/s3cret-from-env", Every: 30 * time.Second}) || c.Synthetic.Every != 5*time.Minute {
		t.Errorf("%+v %+v", c.Heartbeat, c.Synthetic)
	}
	c = parse(t, "heartbeat: {url: https://hc.example.com/x}\n")
	if c.Heartbeat.Every != time.Minute || c.Synthetic.Every != time.Minute {
		t.Errorf("by default %+v %+v", c.Heartbeat, c.Synthetic)
	}
	if c = parse(t, "synthetic: none\n"); c.Synthetic.Every != 0 || c.Heartbeat.URL != "" {
		t.Errorf("%+v %+v", c.Heartbeat, c.Synthetic)
	}
}

func TestTheAddressOfTheHeartbeatIsNeverShown(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"heartbeat: {url: ftp://hc.example.com/t0psecret, every: 5s}", "heartbeat: {uri: https://hc.example.com/t0psecret}",
		"heartbeat: https://hc.example.com/t0psecret", "heartbeat: {url: https://hc.example.com/t0psecret, every: 1s}",
	} {
		_, problems := Parse("ifsev.yaml", []byte(text+"\n"), testEnv, testFiles)
		if said := problems.Text(); len(problems) == 0 || strings.Contains(said, "t0psecret") {
			t.Errorf("%q: %s", text, said)
		}
	}
}
