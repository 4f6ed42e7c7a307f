package rules

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// AddedFile is what the file is called that holds the silences people added while the daemon ran. It is part of a set
// like any other file, so that every replica knows them and a backtest finds them, and is no file that can be read.
const AddedFile = "(added silences)"

// Added is a silence somebody added while the daemon ran.
type Added struct {
	ID string `json:"id"`
	// If is its condition.
	If     string    `json:"if"`
	Until  time.Time `json:"until"`
	Reason string    `json:"reason,omitempty"`
	// Rules are those it holds back; none for all.
	Rules []string `json:"rules,omitempty"`
	// By is who added it, At when.
	By string    `json:"by,omitempty"`
	At time.Time `json:"at"`
}

// addedKeys are the keys only added silences have.
func addedKeys() []key { return []key{{"id", ""}, {"by", ""}, {"at", ""}} }

// addedContent is the file as it is written: JSON, which is YAML.
type addedContent struct {
	Silences []Added `json:"silences"`
}

// AddedIn answers the added silences among the files of a set.
func AddedIn(files []Source) ([]Added, error) {
	i := slices.IndexFunc(files, func(f Source) bool { return f.Name == AddedFile })
	if i < 0 {
		return nil, nil
	}
	var content addedContent
	if err := json.Unmarshal([]byte(files[i].Text), &content); err != nil {
		return nil, fmt.Errorf("the added silences cannot be read: %w", err)
	}
	return content.Silences, nil
}

// Added answers the silences that were added while a daemon ran, in the order they were.
func (s *Set) Added() []Added {
	added, err := AddedIn(s.files)
	if err != nil {
		return nil // it was loaded, so it can be read
	}
	return added
}

// WithAdded answers the set with these added silences in place of those it has; the error says what is wrong with them.
func (s *Set) WithAdded(added []Added) (*Set, error) {
	files := slices.DeleteFunc(slices.Clone(s.files), func(f Source) bool { return f.Name == AddedFile })
	if len(added) == 0 && len(files) == len(s.files) {
		return s, nil // there are none and there were none
	}
	if len(added) > 0 {
		text, err := json.Marshal(addedContent{added})
		if err != nil {
			panic(fmt.Sprintf("ifsev: %v", err)) // it is all text and times
		}
		files = append(files, Source{Name: AddedFile, Text: string(text)})
	}
	set, problems, _ := Load(files, s.World)
	if len(problems) == 0 {
		return set, nil
	}
	// Where it stands in the file is of no use to anybody.
	p := problems[len(problems)-1]
	if p.Hint == "" {
		return nil, errors.New(p.Message)
	}
	return nil, errors.New(p.Message + "; " + p.Hint)
}
