package lang

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ifsev/ifsev"
)

// Render writes a value as a template does: durations as `1h30m`, times as RFC 3339 in the zone, lists joined by
// ", ", records as `name: value`, nothing for what is unset. At most 64 KiB, cut with an ellipsis.
func Render(v any, location *time.Location) string {
	w := writer{location: location, most: MaxTemplate}
	w.write(v)
	return w.String()
}

// writer collects text up to a size; what comes after is dropped, so it is safe on any value.
type writer struct {
	text     strings.Builder
	location *time.Location
	most     int
	full     bool
	depth    int
}

// String gives the text, with an ellipsis where it was cut.
func (w *writer) String() string {
	if w.full {
		return shorten(w.text.String(), w.most-len("…"))
	}
	return w.text.String()
}

func (w *writer) add(s string) {
	room := w.most - w.text.Len()
	if len(s) > room {
		w.full = true
		s = s[:max(room, 0)]
	}
	w.text.WriteString(s)
}

func (w *writer) write(v any) {
	switch v := v.(type) {
	case nil:
	case string:
		w.add(v)
	case bool:
		w.add(strconv.FormatBool(v))
	case int:
		w.add(strconv.Itoa(v))
	case float64:
		w.add(formatFloat(v))
	case time.Duration:
		w.add(ifsev.FormatDuration(v))
	case time.Time:
		w.writeTime(v)
	case map[string]any:
		w.writeRecord(v)
	default:
		w.writeOther(v)
	}
}

func (w *writer) writeTime(t time.Time) {
	if t.IsZero() {
		return
	}
	if w.location != nil {
		t = t.In(w.location)
	}
	w.add(t.Format(time.RFC3339))
}

// formatFloat writes no exponent for the numbers people write without one.
func formatFloat(f float64) string {
	if abs := max(f, -f); abs >= 1e21 || abs != 0 && abs < 1e-9 {
		return strconv.FormatFloat(f, 'g', -1, 64)
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

const maxWriteDepth = 20

func (w *writer) writeRecord(m map[string]any) {
	if w.depth++; w.depth > maxWriteDepth {
		w.add("…")
	} else {
		for i, k := range slices.Sorted(maps.Keys(m)) {
			if w.full {
				break
			}
			if i > 0 {
				w.add(", ")
			}
			w.add(k + ": ")
			w.write(m[k])
		}
	}
	w.depth--
}

func (w *writer) writeOther(v any) {
	r := reflect.ValueOf(v)
	switch r.Kind() {
	case reflect.Slice, reflect.Array:
		w.writeList(r)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		w.add(strconv.FormatInt(r.Int(), 10))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		w.add(strconv.FormatUint(r.Uint(), 10))
	case reflect.Float32:
		w.add(formatFloat(r.Float()))
	case reflect.String:
		w.add(r.String())
	default:
		w.add(fmt.Sprint(v))
	}
}

func (w *writer) writeList(r reflect.Value) {
	if w.depth++; w.depth > maxWriteDepth {
		w.add("…")
	} else {
		for i := 0; i < r.Len() && !w.full; i++ {
			if i > 0 {
				w.add(", ")
			}
			w.write(r.Index(i).Interface())
		}
	}
	w.depth--
}

func isListValue(v any) bool {
	k := reflect.ValueOf(v).Kind()
	return k == reflect.Slice || k == reflect.Array
}
