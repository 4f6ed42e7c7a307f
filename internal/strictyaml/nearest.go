package strictyaml

import (
	"sort"
	"strings"

	"github.com/agnivade/levenshtein"
)

// Nearest answers the known word a person most likely meant, and whether one is near enough to be worth naming.
// Of two equally near ones it is the first in the alphabet.
func Nearest(word string, known []string) (string, bool) {
	// A long word is no slip of the finger, and the reckoning grows with the product of the lengths.
	if len(word) > maxWord {
		return "", false
	}
	sorted := append([]string(nil), known...)
	sort.Strings(sorted)
	best, bestDistance := "", len([]rune(word))/3+2
	for _, k := range sorted {
		if d := distance(word, k); d < bestDistance {
			best, bestDistance = k, d
		}
	}
	return best, best != ""
}

const maxWord = 64

func distance(a, b string) int {
	if len(b) > maxWord {
		return maxWord
	}
	return levenshtein.ComputeDistance(plainWord(a), plainWord(b))
}

func plainWord(s string) string { return strings.ReplaceAll(strings.ToLower(s), "-", "_") }

// oneOf writes a short list for a message: a, b or c.
func oneOf(words []string) string {
	const most = 12
	if len(words) > most {
		words = append(append([]string(nil), words[:most]...), "…")
		return strings.Join(words, ", ")
	}
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}
