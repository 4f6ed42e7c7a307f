package ifsev

import (
	"encoding/json"
	"maps"
	"slices"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// sameValue compares two JSON values by what they are when written.
func sameValue(a, b any) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && string(x) == string(y)
}

// without answers the list without the entries that are gone, in a new list that is never nil.
func without(list, gone []string) []string {
	return slices.DeleteFunc(append([]string{}, list...), func(s string) bool { return slices.Contains(gone, s) })
}

// with answers the list and the entries it lacks, in a new list that is never nil.
func with(list []string, more ...string) []string {
	out := append([]string{}, list...)
	for _, s := range more {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}
