package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/ifsev/ifsev/mixin"
)

// alertsTable lists the alerts in short, with links to their pages.
func alertsTable() string {
	rows := [][]string{{"alert", "severity", ""}}
	for _, a := range mixin.Alerts() {
		rows = append(rows, []string{runbookLink(&a), string(a.Severity), plain(a.Summary)})
	}
	return table(rows)
}

// runbooksTable lists the alerts with when they fire.
func runbooksTable() string {
	rows := [][]string{{"alert", "severity", "after", "", "why this threshold"}}
	for _, a := range mixin.Alerts() {
		rows = append(rows, []string{runbookLink(&a), string(a.Severity), after(&a), plain(a.Summary), a.Why})
	}
	return table(rows)
}

// alertHead is what a runbook begins with.
func alertHead(a *mixin.Alert) string {
	held := "as soon as it holds"
	if a.For > 0 {
		held = "when it has held for " + after(a)
	}
	return fmt.Sprintf("**%s**, %s: %s.\n\n```promql\n%s\n```\n\n%s\n", a.Severity, held, plain(a.Summary), a.Expr, a.Why)
}

func after(a *mixin.Alert) string {
	if a.For == 0 {
		return "at once"
	}
	return mixin.Lasts(a.For)
}

func runbookLink(a *mixin.Alert) string { return "[" + a.Name + "](runbooks/" + a.Name + ".md)" }

// plain is a text with the names of labels in the place of their values.
func plain(text string) string {
	text = strings.ReplaceAll(text, "{{ $labels.", "*")
	return strings.ReplaceAll(text, " }}", "*")
}

// updateRunbooks writes the heads of the pages of alerts in the folder. The error names an alert without a page.
func updateRunbooks(folder string) error {
	for _, a := range mixin.Alerts() {
		page := filepath.Join(folder, a.Name+".md")
		before, err := os.ReadFile(page)
		if err != nil {
			return fmt.Errorf("the alert %s needs a page: %w", a.Name, err)
		}
		used := map[string]bool{}
		after, err := fill(string(before), map[string]string{"alert": alertHead(&a)}, used)
		if err != nil {
			return fmt.Errorf("%s: %w", page, err)
		}
		if !used["alert"] {
			return fmt.Errorf("%s has no place for the alert: put <!-- generated:alert --> and <!-- end --> below its title", page)
		}
		if after == string(before) {
			continue
		}
		if err := os.WriteFile(page, []byte(after), 0o644); err != nil { //nolint:gosec // pages are for everybody to read
			return err
		}
	}
	return nil
}
