package docs

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/triggers"
)

// The worked examples of sources.md are what they say: a block of YAML with one source, a body, and what it becomes.
func TestWorkedExamplesOfSources(t *testing.T) {
	t.Parallel()
	p := readPage(t, "sources.md")
	n := 0
	for i := 0; i+2 < len(p.blocks); i++ {
		mapping, body, becomes := p.blocks[i], p.blocks[i+1], p.blocks[i+2]
		if mapping.lang != "yaml" || body.lang != "json" || becomes.lang != "text" {
			continue
		}
		n++
		if got := decoded(t, p.where(mapping), mapping.text, body.text); got != becomes.text {
			t.Errorf("%s becomes\n%s\nand not\n%s", p.where(body), got, becomes.text)
		}
	}
	if n != 2 {
		t.Errorf("%d examples were found", n)
	}
}

func decoded(t *testing.T, where, mapping, body string) string {
	t.Helper()
	c, problems := readConfig(where, mapping)
	if len(problems) > 0 {
		t.Fatal(problems.Text())
	}
	sources, _ := c.Triggers(compile)
	var parts []string
	for _, s := range sources {
		elements, err := s.Decode(triggers.Request{Body: []byte(body), At: time.Unix(1767340900, 0)})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range elements {
			if e.Reason != "" {
				t.Errorf("%s: %s", where, e.Reason)
			}
			parts = append(parts, shown(&e.Alert))
		}
	}
	return strings.Join(parts, "\n")
}

// shown is an alert as the page shows it.
func shown(a *ifsev.Alert) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	line := func(name string, value any) {
		if text := fmt.Sprint(value); text != "" {
			_, _ = fmt.Fprintf(w, "%s\t%s\n", name, text)
		}
	}
	line("key", a.Key)
	line("status", a.Status)
	line("severity", int(a.Severity))
	line("title", a.Title)
	line("tags", strings.Join(a.Tags, ", "))
	line("url", a.URL)
	for _, name := range slices.Sorted(maps.Keys(a.Fields)) {
		line(name, a.Fields[name])
	}
	if a.RecordOnly {
		line("declares", "no")
	}
	_ = w.Flush()
	return b.String()
}

// The presets and the names of a mapping are those there are.
func TestSourcesPageNamesPresetsAndMappings(t *testing.T) {
	t.Parallel()
	p := readPage(t, "sources.md")
	for _, word := range slices.Concat(triggers.Presets(), triggers.MapNames(), triggers.Kinds()) {
		if !strings.Contains(p.text, "`"+word+"`") {
			t.Errorf("sources.md does not tell of %s", word)
		}
	}
	for _, r := range []ifsev.AlertResultKind{
		ifsev.AlertDeclared, ifsev.AlertUpdated, ifsev.AlertEnded, ifsev.AlertRecorded, ifsev.AlertDuplicate, ifsev.AlertRejected,
	} {
		if !strings.Contains(p.text, "| `"+string(r)+"` |") {
			t.Errorf("sources.md does not tell of the result %s", r)
		}
	}
}
