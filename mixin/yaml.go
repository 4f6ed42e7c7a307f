package mixin

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// made begins every file that is made from this package.
const made = "# Made by `go generate ./mixin` from the alerts in mixin/*.go: change them there.\n"

// RulesYAML is a file of rules for Prometheus.
func RulesYAML() []byte {
	var b bytes.Buffer
	b.WriteString(made + "groups:\n")
	for _, g := range Groups() {
		fmt.Fprintf(&b, "  - name: %s\n    rules:\n", g.Name)
		for i := range g.Alerts {
			g.Alerts[i].yaml(&b)
		}
	}
	return b.Bytes()
}

// yaml writes one rule. What Go quotes YAML reads: texts here are printable.
func (a *Alert) yaml(b *bytes.Buffer) {
	fmt.Fprintf(b, "      - alert: %s\n        expr: |-\n", a.Name)
	for line := range strings.Lines(a.Expr) {
		b.WriteString("          " + strings.TrimRight(line, "\n") + "\n")
	}
	if a.For > 0 {
		fmt.Fprintf(b, "        for: %s\n", Lasts(a.For))
	}
	fmt.Fprintf(b, "        labels: {severity: %s}\n        annotations:\n", a.Severity)
	for _, note := range [][2]string{{"summary", a.Summary}, {"description", a.Description}, {"runbook_url", a.Runbook()}} {
		fmt.Fprintf(b, "          %s: %s\n", note[0], strconv.Quote(note[1]))
	}
}

// Lasts is a duration as Prometheus writes it, such as 90s or 5m.
func Lasts(d time.Duration) string {
	if d%time.Minute == 0 {
		return strconv.Itoa(int(d/time.Minute)) + "m"
	}
	return strconv.Itoa(int(d/time.Second)) + "s"
}
