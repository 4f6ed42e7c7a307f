package analysis

import (
	"fmt"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules"
)

const codeIdleCooldown = "idle-cooldown"

// cooldowns reports those that are meant to keep repetitions apart, and do not: a cooldown counts from one time the
// condition holds to the next. Where it may hold many times in an episode that is a use of its own.
func cooldowns(r *report) {
	for _, n := range r.nodes {
		rule := n.rule
		if rule.Every == 0 || rule.Cooldown <= rule.Every || rule.Rearm == rules.RearmWhenFalse || r.silent[rule.Name] {
			continue
		}
		every, cooldown := ifsev.FormatDuration(rule.Every), ifsev.FormatDuration(rule.Cooldown)
		r.warn(r.key(rule, "cooldown", fmt.Sprintf("the cooldown of %q does not keep its repetitions apart: it fires every %s while its condition holds, and not every %s", rule.Name, every, cooldown),
			fmt.Sprintf("write `every: %s` to fire less often, or remove `cooldown`", cooldown)), codeIdleCooldown)
	}
}
