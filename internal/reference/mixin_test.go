package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/ifsev/ifsev/actions"
	"github.com/ifsev/ifsev/mixin"
)

// unwatched are the metrics that neither an alert nor the dashboard uses, and why.
var unwatched = map[string]string{}

// family is what is known of a metric: the values of each label.
type family map[string][]string

// registered are the metrics of a daemon, with those of the Go runtime and of the process.
func registered(t *testing.T) map[string]family {
	t.Helper()
	_, registry, err := idleEngine()
	if err != nil {
		t.Fatal(err)
	}
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	gathered, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]family{}
	for _, f := range gathered {
		known := family{}
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				known[l.GetName()] = append(known[l.GetName()], l.GetValue())
			}
		}
		all[f.GetName()] = known
	}
	return all
}

// expressions are all that the mixin asks, by where it does.
func expressions() map[string]string {
	all := map[string]string{}
	for _, a := range mixin.Alerts() {
		all["the alert "+a.Name] = a.Expr
	}
	for _, r := range mixin.Rows() {
		for _, p := range r.Panels {
			for i, q := range p.Queries {
				all[fmt.Sprintf("the panel %s / %s, expression %d", r.Title, p.Title, i+1)] = q.Expr
			}
		}
	}
	return all
}

var (
	selector = regexp.MustCompile(`\b((?:ifsev|process|go)_[a-z_]+)(?:\{([^}]*)\})?`)
	suffix   = regexp.MustCompile(`_(bucket|sum|count)$`)
	matcher  = regexp.MustCompile(`([a-z_]+)\s*(=~|!~|!=|=)\s*"([^"]*)"`)
	grouping = regexp.MustCompile(`(?:by|on) \(([^)]*)\)`)
)

// ofTheScrape are the labels that Prometheus adds.
func ofTheScrape() []string { return []string{"cluster", "namespace", "job", "instance", "le"} }

// What alerts and panels name is what the daemon tells: the metric, its labels, and the values of labels.
func TestTheMixinNamesWhatThereIs(t *testing.T) {
	t.Parallel()
	known := registered(t)
	for where, expr := range expressions() {
		labels := ofTheScrape()
		for _, m := range selector.FindAllStringSubmatch(expr, -1) {
			f, ok := known[m[1]]
			if !ok {
				f, ok = known[suffix.ReplaceAllString(m[1], "")]
			}
			if !ok {
				t.Errorf("%s names %s, which no daemon tells", where, m[1])
			}
			for label := range f {
				labels = append(labels, label)
			}
			for _, pair := range matcher.FindAllStringSubmatch(m[2], -1) {
				checkMatcher(t, where, f, pair)
			}
		}
		for _, m := range grouping.FindAllStringSubmatch(expr, -1) {
			for _, label := range strings.Split(m[1], ", ") {
				if !slices.Contains(labels, label) {
					t.Errorf("%s groups by %s, which none of its metrics has", where, label)
				}
			}
		}
	}
}

// checkMatcher holds one matcher to the values that there are: each part of an alternative is one of them.
func checkMatcher(t *testing.T, where string, f family, pair []string) {
	t.Helper()
	label, text := pair[1], pair[3]
	if slices.Contains(ofTheScrape(), label) {
		return
	}
	values, ok := f[label]
	if !ok {
		t.Errorf("%s asks for the label %s, which is not there", where, label)
	}
	for _, part := range strings.Split(text, "|") {
		if !slices.Contains(values, part) {
			t.Errorf("%s asks for %s=%q; there are %v", where, label, part, slices.Compact(slices.Sorted(slices.Values(values))))
		}
	}
}

// A metric that nobody looks at is one too many, unless it is said why.
func TestEveryMetricIsWatched(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	for _, expr := range expressions() {
		for _, m := range selector.FindAllStringSubmatch(expr, -1) {
			used[m[1]], used[suffix.ReplaceAllString(m[1], "")] = true, true
		}
	}
	known := registered(t)
	for name := range known {
		if strings.HasPrefix(name, "ifsev_") && !used[name] && unwatched[name] == "" {
			t.Errorf("neither an alert nor a panel of mixin uses %s: put it in a row of the dashboard, or say why not in unwatched", name)
		}
	}
	for name := range unwatched {
		if _, there := known[name]; !there || used[name] {
			t.Errorf("%s is in unwatched and should not be", name)
		}
	}
}

// Actions that wake people, which are those tried for a day, are in the alerts about pages. To take a page back is none.
func TestPagesAreWhatWakesPeople(t *testing.T) {
	t.Parallel()
	n := 0
	for _, spec := range actions.Catalogue() {
		if spec.Retry.MaxAge < 24*time.Hour || strings.HasSuffix(spec.Kind, ".acknowledge") || strings.HasSuffix(spec.Kind, ".resolve") {
			continue
		}
		n++
		for _, a := range mixin.Alerts() {
			if strings.HasPrefix(a.Name, "IfsevPages") && !regexp.MustCompile(`["|]`+regexp.QuoteMeta(spec.Kind)+`["|]`).MatchString(a.Expr) {
				t.Errorf("%s knows nothing of %s", a.Name, spec.Kind)
			}
		}
	}
	if n < 2 {
		t.Errorf("only %d actions wake people", n)
	}
}

func TestUpdateRunbooks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := updateRunbooks(dir); err == nil || !strings.Contains(err.Error(), "needs a page") {
		t.Errorf("alerts without pages: %v", err)
	}
	write := func(text string) {
		for _, a := range mixin.Alerts() {
			if err := os.WriteFile(filepath.Join(dir, a.Name+".md"), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	write("no place\n")
	if err := updateRunbooks(dir); err == nil || !strings.Contains(err.Error(), "has no place for the alert") {
		t.Errorf("pages without a place: %v", err)
	}
	write("a\n<!-- generated:alert -->\nbefore\n<!-- end -->\nb\n")
	if err := updateRunbooks(dir); err != nil {
		t.Fatal(err)
	}
	for _, a := range mixin.Alerts() {
		got, err := os.ReadFile(filepath.Join(dir, a.Name+".md"))
		if err != nil || !strings.Contains(string(got), "```promql\n"+a.Expr+"\n```") || strings.Contains(string(got), "before") {
			t.Errorf("%v\n%s", err, got)
		}
	}
}

func TestRunbooksAreUpToDate(t *testing.T) {
	t.Parallel()
	for _, a := range mixin.Alerts() {
		text, err := os.ReadFile("../../docs/runbooks/" + a.Name + ".md")
		if err != nil {
			t.Fatal(err)
		}
		want, err := fill(string(text), map[string]string{"alert": alertHead(&a)}, map[string]bool{})
		if err != nil || want != string(text) {
			t.Errorf("%s: run go generate ./docs (%v)", a.Name, err)
		}
	}
}
