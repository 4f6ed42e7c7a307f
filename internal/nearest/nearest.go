// Package nearest finds the known word a person most likely meant, the same for every place that tells of a mistake:
// keys, names in conditions, flags, fields of the API. It imports the standard library and nothing else.
package nearest

import (
	"slices"
	"strings"
)

// longest is how long a word may be, in bytes: a longer one is no slip of the finger, and the reckoning grows with the
// product of the lengths.
const longest = 64

// Word answers the known word that was most likely meant, and whether one is near enough to be worth naming: one that
// is a few slips away (a letter wrong, missing, too many, or two changed places), that people elsewhere call so, or of
// which it is the beginning. Case does not count, nor whether words are joined by - or _. Of two equally near ones it
// is the first in the alphabet.
func Word(word string, known []string) (string, bool) {
	if word == "" || len(word) > longest {
		return "", false
	}
	sorted := slices.Sorted(slices.Values(known))
	for _, find := range []func(string, []string) string{slip, alias, beginning} {
		if best := find(plain(word), sorted); best != "" {
			return best, true
		}
	}
	return "", false
}

func slip(word string, known []string) string {
	best, least := "", min((len([]rune(word))+2)/3, 3)+1
	for _, k := range known {
		if len(k) > longest {
			continue
		}
		if d := distance([]rune(word), []rune(plain(k))); d < least {
			best, least = k, d
		}
	}
	return best
}

// aliases are what other tools, and people in a hurry, call what has another name here. Only what is surely meant is
// listed: a wrong hint is worse than none.
var aliases = map[string]string{
	"sev": "severity", "prio": "severity", "priority": "severity", "state": "status", "label": "tags", "labels": "tags",
	"desc": "description", "body": "text", "message": "text", "ack": "acknowledged", "acked": "acknowledged",
	"created_at": "declared_at", "opened_at": "declared_at", "started_at": "declared_at", "age": "open_for",
	"condition": "if", "trigger": "when", "actions": "then", "steps": "then", "do": "then", "else": "otherwise",
}

func alias(word string, known []string) string {
	if meant := aliases[word]; slices.Contains(known, meant) {
		return meant
	}
	return ""
}

// beginning answers the shortest word that begins so, if all others that do begin with it: sev is severity, although
// there is severity_changed_at.
func beginning(word string, known []string) string {
	const least = 3
	if len(word) < least {
		return ""
	}
	best := ""
	for _, k := range known { // the shorter stands before the longer it begins
		switch {
		case !strings.HasPrefix(plain(k), word):
		case best == "":
			best = k
		case !strings.HasPrefix(k, best):
			return ""
		}
	}
	return best
}

func plain(s string) string { return strings.ReplaceAll(strings.ToLower(s), "-", "_") }

// distance counts the slips between two words; two neighbours that changed places are one.
func distance(a, b []rune) int {
	before, last, next := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range a {
		next[0] = i + 1
		for j := range b {
			wrong := 0
			if a[i] != b[j] {
				wrong = 1
			}
			next[j+1] = min(last[j]+wrong, last[j+1]+1, next[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
		}
		before, last, next = last, next, before
	}
	return last[len(b)]
}

// Few is how many words a hint can list; of more it shows only the first.
const Few = 12

// List writes a short list for a message: a, b or c.
func List(words []string) string {
	if len(words) > Few {
		return strings.Join(words[:Few], ", ") + ", …"
	}
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}
