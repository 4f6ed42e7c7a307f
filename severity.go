package ifsev

import (
	"fmt"
	"strconv"
	"strings"
)

// Severity says how bad an incident is: 1 is the worst, 5 the mildest. Zero means not given.
type Severity int

// The bounds of a severity.
const (
	WorstSeverity   Severity = 1
	MildestSeverity Severity = 5
)

// Valid reports whether s is one of 1 to 5.
func (s Severity) Valid() bool { return s >= WorstSeverity && s <= MildestSeverity }

// SeverityInfo is how a severity is shown to people.
type SeverityInfo struct {
	// Name is what people call it, such as SEV1.
	Name string `json:"name"`
	// Hint is one sentence that helps to choose it.
	Hint string `json:"hint,omitempty"`
	// Planned marks exercises such as game days.
	Planned bool `json:"planned,omitempty"`
}

// Severities is the configured scheme: at most five, keyed by their number.
type Severities map[Severity]SeverityInfo

// DefaultSeverities is the scheme used where none is configured.
func DefaultSeverities() Severities {
	return Severities{
		1: {Name: "SEV1", Hint: "Customers cannot use the product, or data is lost"},
		2: {Name: "SEV2", Hint: "A main function is broken for many"},
		3: {Name: "SEV3", Hint: "Degraded; there is a way round"},
		5: {Name: "INFO", Hint: "A near miss worth writing down"},
	}
}

// Name is what people call severity s; one that is not configured is called SEV and its number.
func (m Severities) Name(s Severity) string {
	if info, ok := m[s]; ok && info.Name != "" {
		return info.Name
	}
	return "SEV" + strconv.Itoa(int(s))
}

// Parse reads a severity as people and tools write it: `1`, `SEV1`, `sev-1`, `P1`, or a configured name.
func (m Severities) Parse(text string) (Severity, error) {
	word := strings.ToLower(strings.TrimSpace(text))
	for s, info := range m {
		if strings.ToLower(info.Name) == word {
			return s, nil
		}
	}
	digits := strings.TrimLeft(strings.TrimPrefix(strings.TrimPrefix(word, "sev"), "p"), "- _")
	if n, err := strconv.Atoi(digits); err == nil && Severity(n).Valid() {
		return Severity(n), nil
	}
	return 0, fmt.Errorf("severity %q is not known: write a number from 1 (the worst) to 5, or %s", text, m.names())
}

func (m Severities) names() string {
	var names []string
	for s := WorstSeverity; s <= MildestSeverity; s++ {
		if info, ok := m[s]; ok {
			names = append(names, info.Name)
		}
	}
	if len(names) == 0 {
		return "SEV1"
	}
	return strings.Join(names, ", ")
}
