package ifsev

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// Data is the payload of an event or the output of a step: JSON values, with whole numbers as int so that a value
// looks the same before it was stored and after.
type Data map[string]any

// UnmarshalJSON decodes an object; whole numbers that fit become int, others float64.
func (d *Data) UnmarshalJSON(b []byte) error {
	v, err := DecodeJSON(b)
	if err != nil {
		return err
	}
	if v == nil {
		*d = nil
		return nil
	}
	m, ok := v.(map[string]any)
	if !ok {
		return fmt.Errorf("want a JSON object, got %T", v)
	}
	*d = m
	return nil
}

// List is a list of JSON values, with whole numbers as in Data.
type List []any

// UnmarshalJSON decodes an array as Data decodes an object.
func (l *List) UnmarshalJSON(b []byte) error {
	v, err := DecodeJSON(b)
	if err != nil {
		return err
	}
	list, ok := v.([]any)
	if !ok && v != nil {
		return fmt.Errorf("want a JSON array, got %T", v)
	}
	*l = list
	return nil
}

// String answers the text under name, or "".
func (d Data) String(name string) string {
	s, _ := d[name].(string)
	return s
}

// Int answers the number under name, or 0.
func (d Data) Int(name string) int {
	switch n := d[name].(type) {
	case int:
		return n
	case Severity:
		return int(n)
	}
	return 0
}

// Strings answers the list under name; entries that are no text are left out.
func (d Data) Strings(name string) []string {
	switch list := d[name].(type) {
	case []string:
		return list
	case []any:
		var out []string
		for _, v := range list {
			if s, ok := v.(string); ok {
				out = append(out, s)
			}
		}
		return out
	}
	return nil
}

// DecodeJSON decodes one JSON value into plain Go values: nil, bool, string, int, float64, []any, map[string]any.
// A whole number is an int however it is written, 2.0 and 2e0 like 2: stored, it would be written so. Digits beyond the
// range of int stay json.Number, so that identifiers above 2^53 keep every digit.
func DecodeJSON(b []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) { // More would take a closing bracket for the end
		return nil, errors.New("text after the JSON value")
	}
	return plain(v), nil
}

func plain(v any) any {
	switch v := v.(type) {
	case json.Number:
		return plainNumber(v)
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = plain(v[k])
		}
	}
	return v
}

func plainNumber(n json.Number) any {
	if i, err := n.Int64(); err == nil && i >= math.MinInt && i <= math.MaxInt {
		return int(i)
	}
	if isDigits(n) {
		return n
	}
	if i, ok := wholeNumber(string(n)); ok {
		return i
	}
	f, err := n.Float64()
	switch {
	case err != nil:
		return n
	case f == math.Trunc(f) && math.Abs(f) < 1<<63:
		return int(f) // it is stored as one
	}
	return f
}

func isDigits(n json.Number) bool { return !strings.ContainsAny(string(n), ".eE") }

// wholeNumber answers, to the last digit, the int that is written with a fraction or an exponent: 2.0, 1e3, 12.5e1.
func wholeNumber(text string) (int, bool) {
	mantissa, power, _ := strings.Cut(strings.ToLower(text), "e")
	exponent, err := strconv.Atoi(cmp.Or(power, "0"))
	whole, fraction, _ := strings.Cut(mantissa, ".")
	fraction = strings.TrimRight(fraction, "0")
	if exponent -= len(fraction); err != nil || exponent > maxDigits {
		return 0, false
	}
	digits := whole + fraction
	for ; exponent < 0 && strings.HasSuffix(digits, "0"); exponent++ {
		digits = strings.TrimSuffix(digits, "0")
	}
	if exponent < 0 {
		return 0, false
	}
	i, err := strconv.Atoi(digits + strings.Repeat("0", exponent))
	return i, err == nil
}

// maxDigits is how many an int has at most.
const maxDigits = 19
