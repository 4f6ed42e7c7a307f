package strictyaml

import "github.com/ifsev/ifsev/internal/nearest"

// Nearest answers the known word a person most likely meant, and whether one is near enough to be worth naming.
func Nearest(word string, known []string) (string, bool) { return nearest.Word(word, known) }
