package api

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ifsev/ifsev/internal/wire"
)

func TestWrongSilencesNameTheirFields(t *testing.T) {
	t.Parallel()
	s := newService(t)
	for body, want := range map[string]struct{ pointer, says string }{
		`{"if":"true","until":"tomorrow"}`:                        {"/until", "must be a time such as 2026-12-01T08:00:00Z, not \"tomorrow\""},
		`{"if":"true","until":"2026-11-24"}`:                      {"/until", "must be a time"},
		`{"if":"true","until":17}`:                                {"/until", "must be a time"},
		`{"if":"true","until":"9999-12-31T23:59:59-12:00"}`:       {"/until", "must be a time"},
		`{"if":"true","until":"2020-01-01T00:00:00Z"}`:            {"/until", "over"},
		`{"if":"true","until":"2020-01-01T00:00:00Z","for":"2h"}`: {"/until", "either until or for"},
		`{"if":"true"}`:                                              {"/until", "either until or for"},
		`{"if":"true","for":"nope"}`:                                 {"/for", "must be a duration such as 20m, not \"nope\""},
		`{"if":"true","for":"999999999999999w"}`:                     {"/for", "must be a duration"},
		`{"if":"true","for":7200}`:                                   {"/for", "must be a duration"},
		`{"if":"true","for":"0s"}`:                                   {"/for", "more than nothing"},
		`{"if":"severty == 1","for":"2h"}`:                           {"/if", "severty"},
		`{"if":"true","for":"2h","rules":["noted","unacknowldged"]}`: {"/rules/1", "did you mean unacknowledged?"},
	} {
		p := s.send(t, http.MethodPost, "/api/v1/silences", body).problem(t, http.StatusUnprocessableEntity)
		if diff := cmp.Diff([]string{want.pointer}, pointers(p)); diff != "" {
			t.Errorf("%s: %s", body, diff)
			continue
		}
		if !strings.Contains(p.Errors[0].Detail, want.says) {
			t.Errorf("%s: %q does not say %q", body, p.Errors[0].Detail, want.says)
		}
	}
}

func TestSilenceUntilAndFor(t *testing.T) {
	t.Parallel()
	s := newService(t)
	for _, when := range []string{`"until":"2126-12-01T09:00:00+01:00"`, `"for":"1h30m"`} {
		var got wire.Silence
		s.send(t, http.MethodPost, "/api/v1/silences", `{"if":"true","rules":["asleep"],`+when+`}`).want(t, http.StatusCreated, &got)
		if got.Until.Before(time.Now()) || got.Until.Location() != time.UTC || got.ID == "" {
			t.Errorf("%s: %+v", when, got)
		}
		r := s.send(t, http.MethodGet, "/api/v1/silences/"+got.ID, "")
		var again wire.Silence
		r.want(t, http.StatusOK, &again)
		if diff := cmp.Diff(got, again); diff != "" {
			t.Error(diff)
		}
		s.send(t, http.MethodDelete, "/api/v1/silences/"+got.ID, "").want(t, http.StatusOK, nil)
		_ = s.send(t, http.MethodGet, "/api/v1/silences/"+got.ID, "").problem(t, http.StatusNotFound)
	}
}
