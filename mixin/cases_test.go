package mixin

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// promtool runs it, or skips the test where it is missing and need not be there.
func promtool(t *testing.T, args ...string) (string, error) {
	t.Helper()
	path, err := exec.LookPath("promtool")
	if err != nil {
		if os.Getenv("IFSEV_REQUIRE_PROMTOOL") != "" {
			t.Fatal("promtool is not installed: apt-get install prometheus")
		}
		t.Skip("promtool is not installed: apt-get install prometheus")
	}
	out, err := exec.Command(path, args...).CombinedOutput()
	return string(out), err
}

func TestPrometheusTakesTheAlerts(t *testing.T) {
	t.Parallel()
	if out, err := promtool(t, "check", "rules", "alerts.yaml"); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestAlertsFireAndDoNotFire(t *testing.T) {
	t.Parallel()
	if out, err := promtool(t, append([]string{"test", "rules"}, caseFiles...)...); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// Every alert has a case in which it fires and one in which it does not.
func TestEveryAlertIsTested(t *testing.T) {
	t.Parallel()
	text := readCases(t, "alerts_test.yaml") + readCases(t, "slow_test.yaml")
	for _, a := range Alerts() {
		asked := `expr: 'ALERTS{alertname="` + a.Name + `", alertstate="firing"}', eval_time: `
		fires, quiet := 0, 0
		for line := range strings.Lines(text) {
			switch {
			case !strings.Contains(line, asked):
			case strings.Contains(line, "exp_samples"):
				fires++
			default:
				quiet++
			}
		}
		if fires == 0 || quiet == 0 {
			t.Errorf("%s: %d cases in which it fires, %d in which it does not", a.Name, fires, quiet)
		}
	}
}

// An alert that is a little off is noticed by its cases: another threshold, another time, another comparison.
func TestTheCasesNoticeChanges(t *testing.T) {
	t.Parallel()
	if os.Getenv("IFSEV_REQUIRE_PROMTOOL") == "" {
		t.Skip("run with IFSEV_REQUIRE_PROMTOOL=1 (make test): it runs promtool for every change")
	}
	for _, a := range Alerts() {
		whole := rule(string(RulesYAML()), a.Name)
		for what, changed := range changes(whole) {
			t.Run(a.Name+" "+what, func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				writeFile(t, filepath.Join(dir, "alerts.yaml"), "groups:\n  - name: changed\n    rules:\n      "+changed)
				writeFile(t, filepath.Join(dir, "cases.yaml"), casesOf(t, a.Name))
				out, err := promtool(t, "test", "rules", filepath.Join(dir, "cases.yaml"))
				if err == nil || !strings.Contains(out, "FAILED") {
					t.Errorf("nothing notices it: %v\n%s\n%s", err, changed, out)
				}
			})
		}
	}
}

var caseFiles = []string{"alerts_test.yaml", "slow_test.yaml"}

func readCases(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// casesOf is the file of cases with those alone that ask for one alert, and for it alone.
func casesOf(t *testing.T, name string) string {
	t.Helper()
	var b strings.Builder
	for _, file := range caseFiles {
		head, cases, _ := strings.Cut(readCases(t, file), "tests:\n")
		for c := range strings.SplitSeq(cases, "\n\n") {
			if !strings.Contains(c, `alertname="`+name+`"`) {
				continue
			}
			if b.Len() == 0 {
				b.WriteString(head + "tests:\n")
			}
			for line := range strings.Lines(c + "\n") {
				if !strings.Contains(line, "alertname=") || strings.Contains(line, `alertname="`+name+`"`) {
					b.WriteString(line)
				}
			}
		}
	}
	return b.String()
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// rule is one alert in the file.
func rule(alerts, name string) string {
	_, rest, _ := strings.Cut(alerts, "- alert: "+name+"\n")
	rest, _, _ = strings.Cut(rest, "\n      - alert: ")
	rest, _, _ = strings.Cut(rest, "\n  - name: ")
	return "- alert: " + name + "\n" + strings.TrimRight(rest, "\n") + "\n"
}

// changes are an alert with one thing changed each.
func changes(whole string) map[string]string {
	out := map[string]string{}
	if m := regexp.MustCompile(`        for: (\d+)m\n`).FindStringSubmatch(whole); m != nil {
		out["ten times as long"] = strings.Replace(whole, m[0], "        for: "+m[1]+"0m\n", 1)
		out["at once"] = strings.Replace(whole, m[0], "", 1)
	}
	expr, rest, _ := strings.Cut(whole, "labels: {")
	all := regexp.MustCompile(`(>|==|<) ([0-9.]+)`).FindAllStringSubmatchIndex(expr, -1)
	if len(all) == 0 {
		return out
	}
	at := all[len(all)-1]
	op, number := expr[at[2]:at[3]], expr[at[4]:at[5]]
	with := func(to string) string { return expr[:at[0]] + to + expr[at[1]:] + "labels: {" + rest }
	out["never"] = with(op + " " + map[string]string{"<": "-"}[op] + "1e18 + " + number)
	out["turned round"] = with(map[string]string{">": "<=", "==": "!=", "<": ">="}[op] + " " + number)
	if op == ">" && number != "0" {
		out["a tenth"] = with("> 0.1 * " + number)
	}
	return out
}
