package lang

import (
	"strings"
	"testing"
)

func TestDurationsAreMarkedInPlace(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		"open_for > 20m":             "open_for > ２0m",
		"1h30m+2d-1w*500ms":          "１h30m+２d-１w*５00ms",
		"a20m > 3 and x1h":           "a20m > 3 and x1h",
		"1 2.5 1e5 1E-3 0x1F 1_000":  "1 2.5 1e5 1E-3 0x1F 1_000",
		"0b11 0o17":                  "0b11 0o17",
		"1..20":                      "1..20",
		`"20m" + '20m' + ` + "`20m`": `"20m" + '20m' + ` + "`20m`",
		`"\"20m" 20m`:                `"\"20m" ２0m`,
		"// 20m\n20m":                "// 20m\n２0m",
		"/* 20m */20m":               "/* 20m */２0m",
		"a / 20m":                    "a / ２0m",
		`"20m`:                       `"20m`,
		"(20m)[20m]{20m}":            "(２0m)[２0m]{２0m}",
		"größe > 20m":                "größe > ２0m",
	} {
		got, err := scan(src)
		if err != nil || got != want {
			t.Errorf("%s: %q %v, want %q", src, got, err, want)
		}
		if len([]rune(got)) != len([]rune(src)) {
			t.Errorf("%s: positions moved", src)
		}
		if narrow(got) != src {
			t.Errorf("%s: narrowed to %q", src, narrow(got))
		}
	}
}

func TestDepthIsCountedBeforeTheParser(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		src  string
		deep bool
	}{
		"64 brackets":            {strings.Repeat("(", 64) + "1" + strings.Repeat(")", 64), false},
		"65 brackets":            {strings.Repeat("(", 65) + "1" + strings.Repeat(")", 65), true},
		"brackets in a row":      {strings.Repeat("(1)+", 200) + "1", false},
		"brackets in a text":     {`"` + strings.Repeat("(", 500) + `"`, false},
		"brackets in a comment":  {"/*" + strings.Repeat("(", 500) + "*/1", false},
		"64 not":                 {strings.Repeat("not ", 64) + "true", false},
		"65 not":                 {strings.Repeat("not ", 65) + "true", true},
		"not in a row":           {strings.Repeat("not true or ", 200) + "true", false},
		"mixed prefixes":         {strings.Repeat("not ! - + ", 17) + "1", true},
		"prefixes in brackets":   {strings.Repeat("not (", 33), false},
		"more of them":           {strings.Repeat("not (", 64) + "not not", true},
		"subtractions":           {strings.Repeat("1 - ", 500) + "1", false},
		"ternaries":              {strings.Repeat("a ? b : ", 65) + "c", true},
		"ternaries in arguments": {"f(" + strings.Repeat("a ? b : c, ", 200) + "1)", false},
		"optional members":       {"a" + strings.Repeat("?.b", 200), false},
		"powers":                 {strings.Repeat("2 ** ", 65) + "2", true},
		"carets":                 {strings.Repeat("2^", 65) + "2", true},
		"products":               {strings.Repeat("2 * ", 500) + "2", false},
		"lets":                   {strings.Repeat("let a = 1; ", 65) + "a", true},
		"lets in brackets":       {strings.Repeat("(let a = 1; a) + ", 100) + "1", false},
		"closing too much":       {strings.Repeat(")", 500) + strings.Repeat("(", 64), false},
	} {
		_, err := scan(c.src)
		if deep := err != nil && strings.Contains(err.Message, "nested more than 64 deep"); deep != c.deep || err != nil && !deep {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestScanRefuses(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		strings.Repeat("é", MaxSource/2+1): "longer than 4096 bytes",
		"${x}":                             "this is an expression already",
		"a ?? b":                           "default(x, fallback)",
		"1.5h":                             "no decimal point",
		"20min":                            "bad duration",
		"2months":                          "bad duration",
		"9999999999w":                      "292 years",
		"２0m":                              "plain digits",
		"3x":                               "bad duration",
	} {
		if _, err := scan(src); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.30s: %v, want %s", src, err, want)
		}
	}
	if _, err := scan(strings.Repeat("é", MaxSource/2)); err != nil {
		t.Error(err)
	}
}

func TestPatternSize(t *testing.T) {
	t.Parallel()
	for pattern, want := range map[string]string{
		"timeout|refused":                 "",
		"(?i)^disk .* full$":              "",
		`\d{1,3}(\.\d{1,3}){3}`:           "",
		"a{0,100}":                        "",
		"(a{0,100}){0,9}":                 "too large",
		"((((a{9}){9}){9}){9}){9}":        "bad regular expression",
		strings.Repeat("a", 400):          "",
		strings.Repeat("a", 513):          "longer than 512 bytes",
		strings.Repeat(`\p{L}`, 100):      "too large",
		"a{1001}":                         "bad regular expression: invalid repeat count",
		"(":                               "bad regular expression: missing closing )",
		`\8`:                              "bad regular expression: invalid escape sequence",
		"(((a{0,100}){0,100}){0,100}){9}": "bad regular expression",
		"":                                "",
	} {
		_, err := newMatcher(pattern)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%.40s: %v, want %s", pattern, err, want)
		}
	}
}
