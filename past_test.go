package ifsev_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/ifsev/ifsev"
	"pgregory.net/rapid"
)

func TestPastRemembersWhatIsNoLongerSo(t *testing.T) {
	t.Parallel()
	inc := declared(t, ifsev.Declaration{Title: "x", Severity: 3, Service: "shop", Commander: "bob", Tags: []string{"database", "eu"}})
	if inc.Past != nil {
		t.Fatalf("a new incident has a past: %v", inc.Past)
	}
	for i, c := range []ifsev.Change{
		{Severity: ptr(ifsev.Severity(1)), Service: ptr("pay"), Roles: map[string]string{"commander": "eve", "owner": "alice", "scribe": "joe"}},
		{RemoveTags: []string{"eu"}, Status: ptr(ifsev.StatusMitigated)},
		{Severity: ptr(ifsev.Severity(2)), AddTags: []string{"eu", "us"}, Status: ptr(ifsev.StatusClosed)},
		{Status: ptr(ifsev.StatusOpen), Roles: map[string]string{"owner": "", "scribe": ""}, Service: ptr("")},
	} {
		inc, _ = do(t, inc, start.Add(time.Duration(i)*time.Minute), c)
	}
	want := map[string][]string{
		"severity": {"3", "1"}, "status": {"open", "mitigated", "closed"}, "service": {"shop", "pay"},
		"commander": {"bob"}, "owner": {"alice"}, "tags": {"eu"},
	}
	if diff := cmp.Diff(want, inc.Past); diff != "" {
		t.Error(diff)
	}
	for _, c := range []struct {
		field, value string
		want         bool
	}{
		{"severity", "3", true}, {"severity", "1", true}, {"severity", "2", false}, {"severity", "4", false},
		{"status", "open", true}, {"status", "invalid", false}, {"tags", "eu", true}, {"tags", "database", false},
		{"commander", "bob", true}, {"commander", "eve", false}, {"scribe", "joe", false}, {"nothing", "", false},
	} {
		if got := inc.Was(c.field, c.value); got != c.want {
			t.Errorf("was %s %q: %v", c.field, c.value, got)
		}
	}
}

func TestPastIsBounded(t *testing.T) {
	t.Parallel()
	inc := declared(t, ifsev.Declaration{Title: "x", Service: "s0"})
	for i := range ifsev.MaxPast + 10 {
		inc, _ = do(t, inc, start, ifsev.Change{Service: ptr(fmt.Sprint("s", i+1))})
	}
	past := inc.Past["service"]
	if len(past) != ifsev.MaxPast || past[0] != "s10" || past[len(past)-1] != fmt.Sprint("s", ifsev.MaxPast+9) {
		t.Errorf("%d: %v", len(past), past)
	}
	inc, _ = do(t, inc, start, ifsev.Change{Service: ptr("s10")}) // had again, so it counts as late
	inc, _ = do(t, inc, start, ifsev.Change{Service: ptr("new")})
	if past := inc.Past["service"]; !inc.Was("service", "s10") || inc.Was("service", "s11") || past[len(past)-1] != "s10" {
		t.Errorf("%v", past)
	}
}

// Of many tags removed at once no more are kept either.
func TestPastOfManyTags(t *testing.T) {
	t.Parallel()
	var tags []string
	for i := range ifsev.MaxTags {
		tags = append(tags, fmt.Sprint("t", i))
	}
	inc := declared(t, ifsev.Declaration{Title: "x", Tags: tags})
	inc, _ = do(t, inc, start, ifsev.Change{RemoveTags: tags})
	if diff := cmp.Diff(tags[ifsev.MaxTags-ifsev.MaxPast:], inc.Past["tags"]); diff != "" {
		t.Error(diff)
	}
}

func TestPastInJSON(t *testing.T) {
	t.Parallel()
	inc := declared(t, ifsev.Declaration{Title: "x", Severity: 2})
	if b, err := json.Marshal(inc); err != nil || strings.Contains(string(b), `"past"`) {
		t.Errorf("%s %v", b, err)
	}
	inc, _ = do(t, inc, start, ifsev.Change{Severity: ptr(ifsev.Severity(1))})
	b, err := json.Marshal(inc)
	if err != nil || !strings.Contains(string(b), `"past":{"severity":["2"]}`) {
		t.Errorf("%s %v", b, err)
	}
	var back ifsev.Incident
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(inc, back); diff != "" {
		t.Error(diff)
	}
}

// Whatever is done, the past is what a log of all values says, and nothing that was given changes.
func TestPastIsAllThatWas(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		inc := declared(t, ifsev.Declaration{Title: "x", Severity: 3, Tags: []string{"a"}})
		was := map[string]bool{}
		for range rapid.IntRange(1, 20).Draw(r, "changes") {
			c := ifsev.Change{}
			switch rapid.IntRange(0, 3).Draw(r, "kind") {
			case 0:
				c.Severity = ptr(ifsev.Severity(rapid.IntRange(1, 5).Draw(r, "severity")))
			case 1:
				c.AddTags = []string{rapid.SampledFrom([]string{"a", "b", "c"}).Draw(r, "tag")}
			case 2:
				c.RemoveTags = []string{rapid.SampledFrom([]string{"a", "b", "c"}).Draw(r, "tag")}
			case 3:
				c.Roles = map[string]string{"commander": rapid.SampledFrom([]string{"", "p", "q"}).Draw(r, "commander")}
			}
			before, err := json.Marshal(inc)
			if err != nil {
				r.Fatal(err)
			}
			next, _ := do(t, inc, start, c)
			if after, err := json.Marshal(inc); err != nil || string(after) != string(before) {
				r.Fatalf("the incident it was given changed: %v\n%s\n%s", err, before, after)
			}
			if next.Severity != inc.Severity {
				was["severity="+strconv.Itoa(int(inc.Severity))] = true
			}
			if held := inc.Roles["commander"]; held != "" && held != next.Roles["commander"] {
				was["commander="+held] = true
			}
			for _, tag := range inc.Tags {
				if !slices.Contains(next.Tags, tag) {
					was["tags="+tag] = true
				}
			}
			inc = next
		}
		count := 0
		for field, values := range inc.Past {
			for _, v := range values {
				if count++; !was[field+"="+v] {
					r.Fatalf("%s was never %s", field, v)
				}
			}
		}
		if count != len(was) {
			r.Fatalf("%v, want %v", inc.Past, was)
		}
	})
}
