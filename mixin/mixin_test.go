package mixin

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestFilesAreUpToDate(t *testing.T) {
	t.Parallel()
	files, err := Files()
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range files {
		if got, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(path))); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not what the code makes: run go generate ./mixin (%v)", path, err)
		}
	}
}

// What is told of an alert is whole, and its page is there.
func TestAlertsAreWhole(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, a := range Alerts() {
		if names[a.Name] || !regexp.MustCompile(`^Ifsev[A-Z][A-Za-z]+$`).MatchString(a.Name) {
			t.Errorf("%q is no name, or there twice", a.Name)
		}
		names[a.Name] = true
		if a.Severity != Critical && a.Severity != Warning {
			t.Errorf("%s: severity %q", a.Name, a.Severity)
		}
		for what, text := range map[string]string{"description": a.Description, "why": a.Why} {
			if !strings.HasSuffix(text, ".") {
				t.Errorf("%s: its %s is no sentence: %q", a.Name, what, text)
			}
		}
		if a.Summary == "" || strings.Contains(a.Summary, "$value") {
			t.Errorf("%s: a summary has no numbers, so that it stays the same: %q", a.Name, a.Summary)
		}
		if strings.Contains(a.Expr, "SITE") {
			t.Errorf("%s: %s", a.Name, a.Expr)
		}
		page, ours := strings.CutPrefix(a.Runbook(), "https://github.com/ifsev/ifsev/blob/main/")
		text, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(page)))
		if !ours || err != nil {
			t.Errorf("%s: %s leads to nothing: %v", a.Name, a.Runbook(), err)
		}
		for _, part := range []string{"# " + a.Name, "## What it means", "## What people feel", "## How to look", "## What to do", "## When to escalate"} {
			if !strings.Contains(string(text), part+"\n") {
				t.Errorf("%s has no %q", page, part)
			}
		}
	}
	pages, err := filepath.Glob("../docs/runbooks/*.md")
	if err != nil || len(pages) != len(names) {
		t.Errorf("%d pages for %d alerts, %v", len(pages), len(names), err)
	}
}

// Labels that a text names are in what the expression answers.
func TestTextsNameLabelsThereAre(t *testing.T) {
	t.Parallel()
	named := regexp.MustCompile(`\$labels\.([a-z_]+)`)
	for _, a := range Alerts() {
		for _, m := range named.FindAllStringSubmatch(a.Summary+a.Description, -1) {
			if !regexp.MustCompile(`(by|on) \([^)]*\b` + m[1] + `\b`).MatchString(a.Expr) {
				t.Errorf("%s names the label %s, which %s does not answer", a.Name, m[1], a.Expr)
			}
		}
	}
}
