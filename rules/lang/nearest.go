package lang

import (
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// Nearest gives the known word that word was probably meant to be, or "" where none is near enough. Case does not
// count, and the answer does not depend on the order of known.
func Nearest(word string, known []string) string {
	const longest = 64 // nobody mistypes more than that, and the distance is quadratic
	if word == "" || len(word) > longest {
		return ""
	}
	lower := strings.ToLower(word)
	best, least := "", min((len([]rune(word))+2)/3, 3)+1
	for _, k := range slices.Sorted(slices.Values(known)) {
		if len(k) > longest {
			continue
		}
		if d := levenshtein.ComputeDistance(lower, strings.ToLower(k)); d < least {
			best, least = k, d
		}
	}
	return best
}
