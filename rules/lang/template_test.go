package lang

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestTemplates(t *testing.T) {
	t.Parallel()
	s, env, now := testScope(t, ctx.berlin), testEnv(), t0.Add(25*time.Minute)
	env["title"] = "Costs ${severity} and $${x} {{.y}}"
	for src, want := range map[string]any{
		"SEV${severity} ${status}": "SEV1 open",
		"${title}":                 "Costs ${severity} and $${x} {{.y}}", // values are never read again
		"<${title}>":               "<Costs ${severity} and $${x} {{.y}}>",
		"open for ${open_for}, ${since(declared_at) + 5m}": "open for 25m, 30m",
		"since ${declared_at}":                             "since 2026-03-27T10:00:00+01:00",
		"by ${commander}.":                                 "by .",
		"acknowledged ${acknowledged_at}.":                 "acknowledged .",
		"closed ${closed_at}.":                             "closed .",
		"tags ${tags}":                                     "tags database, eu",
		"${tags}":                                          []string{"database", "eu"},
		"${severity}":                                      1,
		"${max(1, severity - 1)}":                          1,
		"${open_for > 20m}":                                true,
		"${open_for}":                                      25 * time.Minute,
		"${commander}":                                     nil,
		" ${severity}":                                     " 1",
		"${severity}${severity}":                           "11",
		"$${severity} costs $5 and $":                      "${severity} costs $5 and $",
		"$$${severity}":                                    "$${severity}",
		`${"}"} ${'}'} ${{"a": severity}.a}`:               "} } 1",
		"${score} ${score * 1000000000000} ${1 / 4}":       "1.5 1500000000000 0.25",
		"${acknowledged} ${not acknowledged}":              "false true",
		"${event}":                                         map[string]any{"from": 3, "flag": true, "list": []any{"a", 1.0}},
		"event ${event}":                                   "event flag: true, from: 3, list: a, 1",
		"${map(responders, .name)}!":                       "alice, bob!",
		"${map(responders, .name) | join(\" and \")}":      "alice and bob",
		"${open_for > 20m ? \"long\" : \"short\"} day":     "long day",
		"inc-${number}-${slug(\"Größe & more\")}":          "inc-42-größe-more",
		"${string(sla)} ${string(tags)}":                   "30m database, eu",
		"${let a = severity; a + 1}":                       2,
		"":                                                 "",
		"plain":                                            "plain",
		"${default(service, \"unknown\")}":                 "unknown",
		"${now}":                                           now,
		"${hour()}h":                                       "10h",
		"${open_for == 25m}":                               true, // any use of time is allowed
		"${max(open_for, 5m)}":                             25 * time.Minute,
		"${major ? 1 : 2}":                                 1,
		"ünï ${\"çödé\"}":                                  "ünï çödé",
	} {
		tpl, err := s.Template(src)
		if err != nil {
			t.Errorf("%s: %v", src, err)
			continue
		}
		got, err := tpl.Render(env, now)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %#v %v, want %#v", src, got, err, want)
		}
		if tpl.Source() != src || tpl.Static() != (!strings.Contains(src, "${") || strings.Count(src, "${") == strings.Count(src, "$${")) {
			t.Errorf("%s: source %q, static %v", src, tpl.Source(), tpl.Static())
		}
	}
}

func TestTemplateMistakes(t *testing.T) {
	t.Parallel()
	s := testScope(t, nil)
	for _, m := range []struct{ src, want, at string }{
		{"x ${titel} y", "unknown name titel (did you mean title?)", "titel"},
		{"ü\nline ${severity + } two", "2:18: the expression ends too early", "}"},
		{"x ${severity", "this ${ is never closed", "${"},
		{"x ${ } y", "there is nothing inside", "${ }"},
		{"${title + service}", "texts cannot be added", "+"},
		{`a ${status == "opne"}`, "did you mean open?", `"opne"`},
		{"${" + strings.Repeat("(", 100) + "}", "nested more than 64 deep", "("},
		{"${" + strings.Repeat(" ", MaxSource) + "1}", "longer than 4096 bytes", " "},
		{strings.Repeat("x", MaxTemplate+1), "longer than 65536 bytes", "x"},
		{"${ severity // } ", "never closed", "${"},
	} {
		_, err := s.Template(m.src)
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(err.Error(), m.want) {
			t.Errorf("%.60s: %v, want %s", m.src, err, m.want)
			continue
		}
		if rest := string([]rune(m.src)[e.Offset:]); m.at != "}" && !strings.HasPrefix(rest, m.at) {
			t.Errorf("%.60s: points at %.20q, want %q", m.src, rest, m.at)
		}
	}
}

func TestTemplateTypesAndReads(t *testing.T) {
	t.Parallel()
	s := testScope(t, nil)
	for src, want := range map[string]Type{
		"x": String, "${severity}": Int, "x${severity}": String, "${score}": Float, "${tags}": List(Any), "${event}": Any,
		"${open_for}": Duration, "${now}": Time, "${major}": Bool, "${fields}": Any, "${fields.region}": String,
	} {
		tpl, err := s.Template(src)
		if err != nil || tpl.Type() != want {
			t.Errorf("%s: %v %v", src, tpl.Type(), err)
		}
	}
	tpl, err := s.Template("${title} ${status} ${major} ${now} ${title}")
	if err != nil || fmt.Sprint(tpl.Reads()) != "[severity status title]" {
		t.Error(tpl.Reads(), err)
	}
}

func TestLongTextIsCut(t *testing.T) {
	t.Parallel()
	s, env := testScope(t, nil), testEnv()
	env["title"] = strings.Repeat("é", MaxTemplate)
	for _, src := range []string{"${title}", "<${title}>", "${title}${title}", "${tags} ${title}"} {
		tpl, err := s.Template(src)
		if err != nil {
			t.Fatal(err)
		}
		got, err := tpl.Render(env, t0)
		text, _ := got.(string)
		if err != nil || len(text) > MaxTemplate || len(text) < MaxTemplate-8 || !strings.HasSuffix(text, "é…") {
			t.Errorf("%s: %d bytes, ends %q, %v", src, len(text), text[max(0, len(text)-8):], err)
		}
	}
}

func TestFailuresOfTemplatesNameThePart(t *testing.T) {
	t.Parallel()
	s, env := testScope(t, nil), testEnv()
	env["fields"] = map[string]any{"region": 7}
	tpl, err := s.Template("ok ${lower(fields.region)}")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tpl.Render(env, t0); err == nil || !strings.Contains(err.Error(), "${lower(fields.region)}: 1:1: this must be text, but it is a number") {
		t.Error(err)
	}
}

func TestRender(t *testing.T) {
	t.Parallel()
	deep := any("x")
	for range 100 {
		deep = []any{deep}
	}
	for _, c := range []struct {
		v    any
		want string
	}{
		{nil, ""}, {"a", "a"}, {true, "true"}, {7, "7"}, {int64(7), "7"}, {uint8(7), "7"}, {float32(0.5), "0.5"},
		{1e20, "100000000000000000000"}, {1e22, "1e+22"}, {0.001, "0.001"}, {1e-12, "1e-12"}, {0.0, "0"}, {-2.50, "-2.5"},
		{90 * time.Minute, "1h30m"}, {20 * time.Minute, "20m"}, {time.Duration(0), "0s"}, {-time.Minute, "-1m"},
		{t0, "2026-03-27T10:00:00+01:00"}, {time.Time{}, ""}, {[]string{"a", "b"}, "a, b"}, {[]any{1, nil, "x"}, "1, , x"},
		{map[string]any{"b": 1, "a": []int{1, 2}}, "a: 1, 2, b: 1"}, {String, "text"}, {deep, "…"},
	} {
		if got := Render(c.v, ctx.berlin); got != c.want && c.v != String {
			t.Errorf("%#v: %q, want %q", c.v, got, c.want)
		}
	}
}
