package rules

import (
	"slices"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules/lang"
)

// Words is every word of the rule language, in the order in which the reference pages show them.
type Words struct {
	FileKeys, RuleKeys, WhenKeys, WindowKeys, BudgetKeys, StepKeys, RetryKeys []KeyDoc
	// PackKeys are those of a file that is a pack, InputKeys those of its inputs, UseKeys those of a use of it.
	PackKeys, InputKeys, UseKeys []KeyDoc
	// Variables are known in every expression, StepVariables in those of steps besides.
	Variables, StepVariables []lang.Variable
	Functions                []lang.Function
	Events                   []EventDoc
}

// KeyDoc is a key of a file, a rule, a step or a retry.
type KeyDoc struct{ Name, Doc string }

// EventDoc is a type of event with the fields of its data; those every event has are in EventFields.
type EventDoc struct {
	Type   ifsev.EventType
	Fields []ifsev.FieldSpec
}

// Reference answers the words of the language as they are without any configuration: no custom fields, and the roles
// that are always there.
func Reference() Words {
	v := newVocabulary(&World{})
	w := Words{
		FileKeys: keyDocs(fileKeys()), RuleKeys: keyDocs(ruleKeys()), WhenKeys: keyDocs(whenKeys()),
		WindowKeys: keyDocs(windowKeys()), BudgetKeys: keyDocs(budgetKeys()),
		StepKeys: keyDocs(stepKeys()), RetryKeys: keyDocs(retryKeys()),
		PackKeys: keyDocs(packKeys()), InputKeys: keyDocs(inputKeys()), UseKeys: keyDocs(useKeys()),
		StepVariables: append(stepVariables(nil, true), elementVariables(lang.Any)...),
	}
	if scope, err := v.scope(nil, nil); err == nil { // without defines nothing can be wrong
		w.Variables, w.Functions = scope.Variables(), scope.Functions()
	}
	for _, t := range ifsev.EventTypes() {
		w.Events = append(w.Events, EventDoc{Type: t, Fields: eventFields(t)})
	}
	return w
}

// EventFields answers the fields of `event` that every event has.
func EventFields() []lang.Variable { return commonEventFields(nil) }

func keyDocs(keys []key) []KeyDoc {
	docs := make([]KeyDoc, len(keys))
	for i, k := range keys {
		docs[i] = KeyDoc(k)
	}
	return slices.Clip(docs)
}
