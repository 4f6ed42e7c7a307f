package ifsev

// ValueType is the type of an argument, an output or a custom field, as people write it.
type ValueType string

// The types a value can have.
const (
	TypeString   ValueType = "string"
	TypeInt      ValueType = "int"
	TypeNumber   ValueType = "number"
	TypeBool     ValueType = "bool"
	TypeTime     ValueType = "time"
	TypeDuration ValueType = "duration"
	TypeStrings  ValueType = "strings" // a list of strings; one string stands for a list of one
	TypeMap      ValueType = "map"
	TypeAny      ValueType = "any" // any JSON
)

// FieldSpec describes one named value: an argument, an output, or a custom field.
type FieldSpec struct {
	Name string    `json:"name"`
	Type ValueType `json:"type"`
	Doc  string    `json:"doc,omitempty"`
	// Required means it must be given.
	Required bool `json:"required,omitempty"`
	// Values is the closed set it may have; empty means any.
	Values []string `json:"values,omitempty"`
	// Names says what the value is a name of, so that it can be checked when the rules are loaded.
	Names NameKind `json:"names,omitempty"`
	// Fixed means it cannot hold ${ }: it must be known when the rules are loaded.
	Fixed bool `json:"fixed,omitempty"`
}

// NameKind says what kind of name an argument holds.
type NameKind string

// The kinds of names.
const (
	NamesTarget     NameKind = "target"     // a person, rotation or role
	NamesPerson     NameKind = "person"     // a person, or a rotation or role that stands for one
	NamesRecipient  NameKind = "recipient"  // a target, or an address or word that the kind itself knows
	NamesRotation   NameKind = "rotation"   // a rotation
	NamesRole       NameKind = "role"       // a role
	NamesConnection NameKind = "connection" // a connection of the action's kind
)

// ActionSpec is everything a rule, the reference, the schema and the metrics need to know about an action kind.
type ActionSpec struct {
	// Kind is the name rules use, such as slack.post.
	Kind string `json:"kind"`
	// Doc is one sentence for the reference; Example is a YAML step.
	Doc     string `json:"doc"`
	Example string `json:"example,omitempty"`
	// Inside actions change the incident in the same decision; the others are delivered.
	Inside bool `json:"inside"`
	// Short is the argument a bare value stands for: `page: secondary` is `page: {to: secondary}`.
	Short string `json:"short,omitempty"`
	// Connection is the kind of connection it goes through; empty if it needs none.
	Connection string `json:"connection,omitempty"`
	// Args are the arguments; Open means others are allowed too (set, for instance).
	Args []FieldSpec `json:"args"`
	Open bool        `json:"open,omitempty"`
	// Outputs are what later steps may use as steps.<id>.<name>.
	Outputs []FieldSpec `json:"outputs,omitempty"`
	// Retry is the default for the kind.
	Retry Retry `json:"retry"`
}

// Arg answers the spec of one argument.
func (s *ActionSpec) Arg(name string) (FieldSpec, bool) {
	for _, a := range s.Args {
		if a.Name == name {
			return a, true
		}
	}
	return FieldSpec{}, false
}

// NamesPeople reports whether an argument may stand for somebody by a role, which only the incident knows.
func (s *ActionSpec) NamesPeople() bool {
	for _, a := range s.Args {
		switch a.Names {
		case NamesTarget, NamesPerson, NamesRecipient:
			return true
		}
	}
	return false
}

// Connection is a configured way to the outside, as those may know it who must not see its secrets.
type Connection struct {
	Name string
	Kind string
	// Host is where it leads, for the name of the destination; empty where the vendor's is meant.
	Host string
}
