package daemon

import (
	"errors"
	"io/fs"
	"os"
	"slices"

	"github.com/ifsev/ifsev/rules"
)

// withPacks adds to rule files the packs they use that are not among them. What is not there is left out: Load says so,
// at the place of the use.
func withPacks(sources []rules.Source) ([]rules.Source, error) {
	seen := map[string]bool{}
	for _, s := range sources {
		seen[s.Name] = true
	}
	var errs []error
	for _, file := range packFiles(sources) {
		if seen[file] {
			continue
		}
		info, err := os.Stat(file)
		if errors.Is(err, fs.ErrNotExist) || err == nil && info.IsDir() {
			continue
		}
		text, err := readRuleFile(file)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		sources = append(sources, rules.Source{Name: file, Text: text})
	}
	return sources, errors.Join(errs...)
}

// packFiles lists the packs that rule files use, those that are not there too.
func packFiles(sources []rules.Source) []string {
	var files []string
	for _, s := range sources {
		for _, file := range rules.PackFiles(s) {
			if !slices.Contains(files, file) {
				files = append(files, file)
			}
		}
	}
	return files
}
