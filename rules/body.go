package rules

import (
	"encoding/json"
	"fmt"
)

// body is a set as a store keeps it.
type body struct {
	Files    []Source          `json:"files"`
	Manifest map[string]string `json:"manifest"`
}

// Body answers the set as a store keeps it: JSON of the files it was made of and of its manifest. Load makes the same
// set of Sources(body) in the same world.
func (s *Set) Body() []byte {
	b, err := json.Marshal(body{Files: s.files, Manifest: s.Manifest()})
	if err != nil {
		panic(fmt.Sprintf("ifsev: %v", err)) // it is all text
	}
	return b
}

func readBody(b []byte) (body, error) {
	var out body
	if err := json.Unmarshal(b, &out); err != nil {
		return body{}, fmt.Errorf("this is no rule set as a store keeps it: %w", err)
	}
	return out, nil
}

// Manifest answers the manifest of a set from its body, without loading it.
func Manifest(b []byte) (map[string]string, error) {
	read, err := readBody(b)
	return read.Manifest, err
}

// Sources answers the files a set was made of from its body.
func Sources(b []byte) ([]Source, error) {
	read, err := readBody(b)
	return read.Files, err
}
