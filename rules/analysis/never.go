package analysis

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/strictyaml"
	"github.com/ifsev/ifsev/rules/lang"
)

const codeNever = "never-fires"

// never reports rules that cannot fire.
func never(r *report) {
	r.silent = map[string]bool{}
	for _, n := range r.nodes {
		if !n.facts.Possible() {
			r.silent[n.rule.Name] = true
			r.contradiction(n)
		}
	}
	reached := r.startable()
	for _, n := range r.nodes {
		if !r.silent[n.rule.Name] && !slices.Contains(reached, n) && !n.wants(ifsev.ActionFailed) {
			r.silent[n.rule.Name] = true
			r.warn(r.key(n.rule, "when", fmt.Sprintf("the rule %q can never fire: no other rule makes an event it looks at", n.rule.Name),
				"look at an event that something else makes, or remove the rule"), codeNever)
		}
	}
}

// contradiction says which parts of a condition exclude each other.
func (r *report) contradiction(n *node) {
	condition, given := n.rule.If.Facts(), lang.Always()
	if condition.Possible() {
		given = r.axioms(condition)
		if n.onEvent() {
			given = given.And(r.eventsOf(n.rule.When, condition.Subjects()))
		}
	}
	parts := n.rule.If.Conflict(given)
	if len(parts) == 0 {
		r.warn(r.key(n.rule, "if", fmt.Sprintf("the rule %q can never fire: its condition is never true", n.rule.Name), "remove the rule, or mend its condition"), codeNever)
		return
	}
	last := parts[len(parts)-1]
	why, hint := r.excludes(n, parts, given)
	r.warn(r.condition(n.rule, last, fmt.Sprintf("the rule %q can never fire: %s", n.rule.Name, why), hint), codeNever)
}

func (r *report) excludes(n *node, parts []lang.Part, given lang.Facts) (why, hint string) {
	texts := make([]string, len(parts))
	for i, p := range parts {
		texts[i] = "`" + p.Text + "`"
	}
	if len(parts) > 1 {
		return listing(texts) + " are never true together", "join them with `or`, or make a rule of each"
	}
	if parts[0].Fixed {
		return texts[0] + " is false", "to switch a rule off write `enabled: false`"
	}
	if words := r.onlyWords(n, parts[0].Text, given); words != "" {
		return texts[0] + " is never true", words
	}
	if m := quotedWord.FindStringSubmatch(parts[0].Text); m != nil && strings.Contains(parts[0].Text, "event.field") && ownEvents[m[1]] != "" {
		return fmt.Sprintf("%s is never true", texts[0]), fmt.Sprintf("a change of %s has an event of its own: when: %s", m[1], ownEvents[m[1]])
	}
	if n.onEvent() && strings.Contains(parts[0].Text, eventPrefix) {
		return fmt.Sprintf("%s is never true of %s", texts[0], listing(types(n.rule.When))), "see which fields the events have, and look at the one that has it"
	}
	return texts[0] + " is never true", "remove the rule, or mend its condition"
}

func types(when []ifsev.EventType) []string {
	names := make([]string, len(when))
	for i, t := range when {
		names[i] = string(t)
	}
	return names
}

var quotedWord = regexp.MustCompile(`"([^"]*)"`)

// meant says which of the words there are was probably meant.
func meant(part string, words []string) string {
	if m := quotedWord.FindStringSubmatch(part); m != nil {
		if near, ok := strictyaml.Nearest(m[1], words); ok {
			return fmt.Sprintf("did you mean %s? ", near)
		}
	}
	return ""
}

// ownEvents are the variables whose changes are not told by updated.
var ownEvents = map[string]ifsev.EventType{
	"severity": ifsev.SeverityChanged, "status": ifsev.StatusChanged, "tags": ifsev.Tagged, "responders": ifsev.ResponderAdded, "subscribers": ifsev.Subscribed,
	"oncalls": ifsev.OncallAdded, "commander": ifsev.RoleAssigned, "owner": ifsev.RoleAssigned, "acknowledged": ifsev.Acknowledged, "alerts": ifsev.AlertFiring,
}

// onlyWords says what a subject can be, where that is a few texts.
func (r *report) onlyWords(n *node, part string, given lang.Facts) string {
	for _, s := range n.rule.If.Facts().Subjects() {
		if !s.Plain || !strings.HasPrefix(s.Text, eventPrefix) || !strings.Contains(part, s.Text) {
			continue
		}
		if words, ok := given.Texts(s.Text); ok && len(words) <= 12 {
			return meant(part, words) + fmt.Sprintf("for %s, %s is %s", strings.Join(types(n.rule.When), " or "), s.Text, strings.Join(words, " or "))
		}
	}
	return ""
}
