// Package secret holds the one type for what must never be shown. It imports the standard library and nothing else.
package secret

import (
	"fmt"
	"log/slog"
)

// Redacted is what every way of printing a Secret gives.
const Redacted = "<redacted>"

// Secret is a token, password or address that must never be shown: however it is printed, encoded or logged, alone or
// inside another value, Redacted comes out. Only Reveal gives the text.
type Secret string

var (
	_ fmt.Formatter  = Secret("")
	_ slog.LogValuer = Secret("")
)

// Reveal answers the text itself, for the one place that sends or compares it.
func (s Secret) Reveal() string { return string(s) }

// Empty reports whether there is nothing to hide.
func (s Secret) Empty() bool { return s == "" }

// String answers Redacted.
func (Secret) String() string { return Redacted }

// GoString answers Redacted.
func (Secret) GoString() string { return Redacted }

// Format writes Redacted for every verb, %x and %d included.
func (Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(Redacted)) } // fmt.State keeps no error

// MarshalJSON answers Redacted as JSON.
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + Redacted + `"`), nil }

// MarshalText answers Redacted; it also serves YAML, XML and map keys.
func (Secret) MarshalText() ([]byte, error) { return []byte(Redacted), nil }

// LogValue answers Redacted.
func (Secret) LogValue() slog.Value { return slog.StringValue(Redacted) }
