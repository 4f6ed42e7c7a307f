package ruletest

// Report is how tests went.
type Report struct {
	// Results are in the order of the files and of the tests in them.
	Results []Result `json:"tests"`
	// Coverage is nil if nobody asked.
	Coverage *Coverage `json:"coverage,omitempty"`
}

// Result is how one test went; it passed if it has no failures.
type Result struct {
	File     string    `json:"file"`
	Name     string    `json:"name"`
	Line     int       `json:"line"`
	Failures []Failure `json:"failures"`
}

// Failure is an expectation that was not met, or what kept the test from going on.
type Failure struct {
	// Line is that of the entry in the timeline, At how long after the start it is.
	Line int    `json:"line"`
	At   string `json:"at"`
	// What is fired, actions, all_actions, expect or error.
	What    string `json:"what"`
	Message string `json:"message"`
	// Missing was expected and is not there, Unexpected is there and was not expected.
	Missing    []string `json:"missing,omitempty"`
	Unexpected []string `json:"unexpected,omitempty"`
	// Explanations say why, of the rules concerned.
	Explanations []Explanation `json:"explanations,omitempty"`
}

// Explanation says how a rule stands to an incident at the instant of a failure, and why.
type Explanation struct {
	Rule     string `json:"rule"`
	Incident string `json:"incident"`
	// Text says in a line what the rule answers and what it waits for.
	Text  string `json:"text"`
	Atoms []Atom `json:"atoms"`
}

// Atom is a part of a condition with its value.
type Atom struct {
	Text      string `json:"text"`
	Value     string `json:"value,omitempty"`
	Evaluated bool   `json:"evaluated"`
}

// The kinds of failures.
const (
	whatFired   = "fired"
	whatActions = "actions"
	whatAll     = "all_actions"
	whatExpect  = "expect"
	whatError   = "error"
)

// Failed counts the tests that failed.
func (r *Report) Failed() int {
	n := 0
	for i := range r.Results {
		if !r.Results[i].OK() {
			n++
		}
	}
	return n
}

// OK reports whether the test passed.
func (r *Result) OK() bool { return len(r.Failures) == 0 }
