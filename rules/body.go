package rules

import (
	"encoding/json"
	"fmt"
	"time"
)

// body is a set as a store keeps it.
type body struct {
	Files    []Source          `json:"files"`
	Manifest map[string]string `json:"manifest"`
	// At is when it was taken into use; zero in what older versions kept.
	At time.Time `json:"at,omitzero"`
}

// Body answers the set as a store keeps it: JSON of the files it was made of and of its manifest. Load makes the same
// set of Sources(body) in the same world.
func (s *Set) Body() []byte { return s.BodyAt(time.Time{}) }

// BodyAt is Body with the instant at which the set was taken into use.
func (s *Set) BodyAt(at time.Time) []byte {
	return KeptBody(s.files, s.Manifest(), at)
}

// KeptBody answers the body of a set that need not load here: its files, its manifest and when it was taken into use.
func KeptBody(files []Source, manifest map[string]string, at time.Time) []byte {
	b, err := json.Marshal(body{Files: files, Manifest: manifest, At: at})
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

// UsedSince answers when a set was taken into use from its body; zero where that was not kept.
func UsedSince(b []byte) (time.Time, error) {
	read, err := readBody(b)
	return read.At, err
}
