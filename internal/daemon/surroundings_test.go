package daemon_test

import (
	"errors"
	"testing"

	"github.com/ifsev/ifsev/internal/daemon"
)

func TestSurroundings(t *testing.T) {
	t.Parallel()
	none := func(string) (string, bool) { return "", false }
	texts := map[string]string{
		"good.yaml": "rules: [policies]\npeople: {alice: {}}\nconnections: {pagerduty: {routing_key: \"${env:KEY}\"}}\n",
		"bad.yaml":  "peple: {}\n",
	}
	read := func(path string) ([]byte, error) {
		if text, ok := texts[path]; ok {
			return []byte(text), nil
		}
		return nil, errors.New("not there")
	}
	good := daemon.ReadSurroundings("good.yaml", none, read)
	if len(good.Errors) > 0 || !good.Known || len(good.Rules) != 1 || len(good.World.Connections) != 1 || len(good.World.Directory.People) != 1 {
		t.Errorf("good: %+v", good)
	}
	if len(good.Warnings) != 1 {
		t.Errorf("a secret that is not there: %v", good.Warnings)
	}
	bad := daemon.ReadSurroundings("bad.yaml", none, read)
	if bad.Known || len(bad.Errors) != 1 || bad.World.Actions == nil {
		t.Errorf("bad: %+v", bad)
	}
	if nothing := daemon.ReadSurroundings("", none, read); !nothing.Known || len(nothing.Errors) > 0 || len(nothing.World.Actions) == 0 {
		t.Errorf("nothing configured: %+v", nothing)
	}
}
