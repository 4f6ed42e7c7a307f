package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestStrangersAreTold(t *testing.T) {
	t.Parallel()
	w := &world{
		lookup: func(string) (string, bool) { return "x", true },
		environ: func() []string {
			return []string{
				"IFSEV_TOKN=x", "IFSEV_LISTEN=x", "IFSEV_CONFIG=x", "IFSEV_ASKED=x", "IFSEV_ZZZZZZZ=x", "IFSEVX=x", "PATH=x",
				"IFSEV_SERVICE_HOST=x", "IFSEV_SERVICE_PORT=x", "IFSEV_SERVICE_PORT_HTTP=x", "IFSEV_PORT=x", "IFSEV_PORT_8080_TCP=x",
				"IFSEV_PORT_8080_TCP_PROTO=x", "IFSEV_PORT_8080_TCP_ADDR=x", "IFSEV_CANARY_SERVICE_HOST=x", "IFSEV_CANARY_PORT_80_TCP_PORT=x",
			}
		},
	}
	e := w.environment()
	e.get("IFSEV_ASKED")
	var told []string
	e.strangers(func(message string) { told = append(told, message) })
	want := []string{
		"the environment variable IFSEV_TOKN means nothing to ifsev: did you mean IFSEV_TOKEN?",
		"the environment variable IFSEV_ZZZZZZZ means nothing to ifsev",
	}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Error(diff)
	}
}
