package ifsev

import (
	"encoding/json"
	"math"
	"testing"
)

func TestDecodeNumbers(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]any{
		"2": 2, "-7": -7, "2.0": 2, "2.00": 2, "1e0": 1, "1E3": 1000, "12.5e1": 125, "1200e-2": 12, "-3.0": -3, "-0": 0, "-0.0": 0, "0e5": 0,
		"0e99999999999999999999": 0, "0.0e-400": 0, "1.5": 1.5, "1e-1": 0.1, "1.00000000000000000001": 1,
		"9007199254740993.0": 9007199254740993, "9.007199254740993e15": 9007199254740993, "9223372036854775807": math.MaxInt64,
		"-9223372036854775808.0": math.MinInt64, "9223372036854775808": json.Number("9223372036854775808"),
		"123456789012345678901234567890": json.Number("123456789012345678901234567890"),
		"1e300":                          1e300, "1e999": json.Number("1e999"), "1e-999999999999": 0,
	} {
		got, err := DecodeJSON([]byte(text))
		if err != nil || got != want {
			t.Errorf("%s is %T %v, not %T %v (%v)", text, got, got, want, want, err)
		}
	}
}

// A number looks the same before it was stored and after.
func FuzzNumbersKeepTheirLook(f *testing.F) {
	for _, seed := range []string{"2.0", "1e3", "9007199254740993.0", "1.5e-7", "-0.0", "1e20", "0e99999999999999999999"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		first, err := DecodeJSON([]byte(text))
		if err != nil {
			return
		}
		switch n := first.(type) {
		case int:
		case float64:
			if math.Abs(n) >= 1<<63 && math.Abs(n) < 1e21 {
				return // kept as digits, which are those of an identifier
			}
		default:
			return
		}
		kept, err := json.Marshal(first)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if again, err := DecodeJSON(kept); err != nil || again != first {
			t.Errorf("%q is %T %v, and %T %v after it was kept as %s (%v)", text, first, first, again, again, kept, err)
		}
	})
}
