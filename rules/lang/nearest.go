package lang

import "github.com/ifsev/ifsev/internal/nearest"

// Nearest gives the known word that word was probably meant to be, or "" where none is near enough. Case does not
// count, and the answer does not depend on the order of known.
func Nearest(word string, known []string) string {
	near, _ := nearest.Word(word, known)
	return near
}
