package api

import (
	"context"
	"net/http"
	"testing"

	"github.com/ifsev/ifsev/internal/wire"
)

func TestTheDoctorIsAsked(t *testing.T) {
	t.Parallel()
	s := newService(t, withTokens)
	s.send(t, http.MethodGet, "/api/v1/doctor", "", as("admin-secret")...).want(t, http.StatusNotImplemented, nil)
	s = newService(t, withTokens, func(o *Options, _ *Settings) {
		o.Doctor = func(context.Context) wire.Doctor {
			d := wire.Doctor{OK: true, Running: true}
			d.Add("store", wire.DoctorFail, "it is away", "look after it")
			return d
		}
	})
	var d wire.Doctor
	s.send(t, http.MethodGet, "/api/v1/doctor", "", as("admin-secret")...).want(t, http.StatusOK, &d)
	if d.OK || !d.Running || len(d.Lines) != 1 || d.Lines[0].Next != "look after it" {
		t.Errorf("%+v", d)
	}
}
