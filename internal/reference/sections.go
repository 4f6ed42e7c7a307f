package main

import (
	"strings"

	"github.com/ifsev/ifsev/actions"
	"github.com/ifsev/ifsev/rules"
)

// sections makes every generated part by name.
func sections() (map[string]string, error) {
	words := rules.Reference()
	metrics, err := metricsTable()
	if err != nil {
		return nil, err
	}
	keys, err := configTable()
	if err != nil {
		return nil, err
	}
	endpoints, err := endpointsTable()
	if err != nil {
		return nil, err
	}
	return map[string]string{
		"endpoints":       endpoints,
		"config-keys":     keys,
		"actions-inside":  actionPages(rules.InsideActions()),
		"actions-outside": actionPages(actions.Catalogue()),
		"window-keys":     keysTable(words.WindowKeys),
		"budget-keys":     keysTable(words.BudgetKeys),
		"variables":       variablesTable(words.Variables),
		"step-variables":  variablesTable(words.StepVariables),
		"functions":       functionsTable(words.Functions),
		"events":          eventsTable(words.Events),
		"metrics":         metrics,
		"alerts":          alertsTable(),
		"runbooks":        runbooksTable(),
	}, nil
}

// table writes rows of Markdown; the first is the heading.
func table(rows [][]string) string {
	var b strings.Builder
	for i, row := range rows {
		b.WriteString("|")
		for _, cell := range row {
			b.WriteString(" " + cellText(cell) + " |")
		}
		b.WriteString("\n")
		if i == 0 {
			b.WriteString(strings.Repeat("|---", len(row)) + "|\n")
		}
	}
	return b.String()
}

// cellText keeps a text within its cell.
func cellText(s string) string {
	s = strings.ReplaceAll(strings.Join(strings.Fields(s), " "), "|", `\|`)
	return strings.TrimSpace(s)
}

func code(s string) string { return "`" + s + "`" }

func codes(words []string) string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = code(w)
	}
	return strings.Join(out, ", ")
}
