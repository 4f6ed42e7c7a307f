package state_test

import (
	"testing"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

func TestQueryMatch(t *testing.T) {
	t.Parallel()
	s := state.Summary{
		Title: "Disk Full on ÄB1", Key: "am:disk", Service: "Checkout", Severity: 2, Status: ifsev.StatusOpen,
		Tags: []string{"database", "eu"},
	}
	for name, c := range map[string]struct {
		q    state.Query
		want bool
	}{
		"nothing asked":           {state.Query{}, true},
		"one of the statuses":     {state.Query{Statuses: []ifsev.Status{ifsev.StatusClosed, ifsev.StatusOpen}}, true},
		"none of the statuses":    {state.Query{Statuses: []ifsev.Status{ifsev.StatusClosed}}, false},
		"one of the severities":   {state.Query{Severities: []ifsev.Severity{1, 2}}, true},
		"none of the severities":  {state.Query{Severities: []ifsev.Severity{1}}, false},
		"all tags":                {state.Query{Tags: []string{"eu", "database"}}, true},
		"a tag is missing":        {state.Query{Tags: []string{"eu", "network"}}, false},
		"title, in other letters": {state.Query{Text: "full ON äb"}, true},
		"key":                     {state.Query{Text: "AM:"}, true},
		"service":                 {state.Query{Text: "check"}, true},
		"text of two fields":      {state.Query{Text: "äb1am"}, false},
		"one field of two fails":  {state.Query{Text: "disk", Severities: []ifsev.Severity{3}}, false},
	} {
		if got := c.q.Matches(s); got != c.want {
			t.Errorf("%s: got %t, want %t", name, got, c.want)
		}
	}
}
