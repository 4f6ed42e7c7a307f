package rules

import (
	"fmt"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules/lang"
)

// scopeCache keeps what many rules of a set have in common: the scopes of their events and steps, and conditions that
// are written the same. It lives as long as the loading.
type scopeCache struct {
	events     map[string]*lang.Scope
	steps      map[*lang.Scope]*lang.Scope
	conditions map[conditionKey]compiledCondition
}

type conditionKey struct {
	scope *lang.Scope
	text  string
}

type compiledCondition struct {
	condition *lang.Condition
	err       error
}

func newScopeCache() scopeCache {
	return scopeCache{events: map[string]*lang.Scope{}, steps: map[*lang.Scope]*lang.Scope{}, conditions: map[conditionKey]compiledCondition{}}
}

// event answers the scope that knows the event of these types beside what base knows.
func (c *scopeCache) event(base *lang.Scope, types []ifsev.EventType) *lang.Scope {
	name := fmt.Sprintf("%p %v", base, types)
	if c.events[name] == nil {
		c.events[name] = base.With(eventVariable(types))
	}
	return c.events[name]
}

// step answers the scope of a step that sees no outputs yet.
func (c *scopeCache) step(base *lang.Scope) *lang.Scope {
	if c.steps[base] == nil {
		c.steps[base] = base.With(stepVariables(nil, false)...)
	}
	return c.steps[base]
}

// condition compiles a condition, once for the same text in the same scope.
func (c *scopeCache) condition(scope *lang.Scope, text string) (*lang.Condition, error) {
	k := conditionKey{scope, text}
	done, ok := c.conditions[k]
	if !ok {
		done.condition, done.err = scope.Condition(text)
		c.conditions[k] = done
	}
	return done.condition, done.err
}
