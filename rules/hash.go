package rules

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/strictyaml"
)

// digest is a short hash of a value's JSON, in which the keys of maps are sorted.
func digest(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		// Everything hashed here is text, numbers, lists and maps.
		panic(fmt.Sprintf("ifsev: %v", err))
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}

func wordRune(c rune) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// hash is the hash of a rule: of all its keys but those for people, of every define and calendar it may use, and of the
// zone its hours are counted in. Comments, order of keys and the way it is quoted do not count.
func (r *ruleReader) hash(zone *time.Location, n strictyaml.Node) string {
	content, _ := n.Value().(map[string]any)
	content = maps.Clone(content)
	for _, name := range []string{"description", "owner", "labels", "runbook"} {
		delete(content, name)
	}
	return r.contentHash(zone, content)
}

// contentHash is the hash of what is written, and of all it may use.
func (l *loader) contentHash(zone *time.Location, content map[string]any) string {
	used, calendars := map[string]string{}, map[string]string{}
	l.mentioned(content, used)
	eachText(content, func(text string) { l.calendarsIn(text, calendars) })
	for _, text := range used {
		l.calendarsIn(text, calendars)
	}
	return digest(map[string]any{"rule": content, "defines": used, "calendars": calendars, "zone": zone.String()})
}

// mentioned collects the defines that any text below v has as a word, and those they mention. A word that means
// something else costs a hash that changes more often than it must, never one that does not.
func (l *loader) mentioned(v any, used map[string]string) {
	eachText(v, func(text string) {
		for word := range strings.FieldsFuncSeq(text, func(c rune) bool { return !wordRune(c) }) {
			d, ok := l.defines[word]
			if _, seen := used[word]; ok && !seen {
				used[word] = d.source.text
				l.mentioned(d.source.text, used)
			}
		}
	})
}

// eachText visits every text below v.
func eachText(v any, visit func(string)) {
	switch v := v.(type) {
	case string:
		visit(v)
	case []any:
		for _, x := range v {
			eachText(x, visit)
		}
	case map[string]any:
		for _, x := range v {
			eachText(x, visit)
		}
	}
}

// hash is the hash of the set: of its rules in their order, and of what of the world can change what they do. Silences
// that were added while a daemon ran count only where they are asked for.
func (s *Set) hash(added bool) string {
	type line struct {
		Name, Hash, Description, Owner, Runbook string
		Labels                                  map[string]string
	}
	lines := func(rules []*Rule) []line {
		out := make([]line, len(rules))
		for i, r := range rules {
			out[i] = line{r.Name, r.Hash, r.Description, r.Owner, r.Runbook, r.Labels}
		}
		return out
	}
	content := map[string]any{"rules": lines(s.Rules), "disabled": lines(s.Disabled), "world": s.World.facts()}
	var hashes []string
	for i := range s.Silences {
		if added || s.Silences[i].File != AddedFile {
			hashes = append(hashes, s.Silences[i].hash)
		}
	}
	if len(hashes) > 0 {
		content["silences"] = hashes
	}
	return digest(content)
}

// facts is what of the world a hash is made of, in an order that does not depend on how it came about.
func (w *World) facts() map[string]any {
	connections := slices.SortedFunc(slices.Values(w.Connections), func(a, b ifsev.Connection) int { return cmp.Compare(a.Name, b.Name) })
	facts := map[string]any{
		"actions": w.Actions, "connections": connections, "severities": w.Severities, "fields": w.Fields,
		"zone": w.Zone.String(), // not the URL: each replica has its own where none is configured, and nothing is decided by it
	}
	if d := w.Directory; d != nil {
		rotations := map[string]any{}
		for name, r := range d.Rotations {
			rotations[name] = []any{r.People, r.Start, r.Every, r.Zone.String(), r.Overrides}
		}
		facts["people"], facts["rotations"], facts["roles"] = d.People, rotations, d.Roles
	}
	return facts
}
