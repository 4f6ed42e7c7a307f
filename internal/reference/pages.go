package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// section is a generated part of a page: its first line, what stands in it, and its last line.
var section = regexp.MustCompile(`(?s)(<!-- generated:([a-z-]+) -->\n)(.*?)(<!-- end -->)`)

// update writes the generated parts of every page in the folder. Pages that are right already are not touched. The
// error names a part that is known and used nowhere, or used and not known.
func update(folder string, made map[string]string) error {
	pages, err := filepath.Glob(filepath.Join(folder, "*.md"))
	if err != nil {
		return err
	}
	used := map[string]bool{}
	for _, page := range pages {
		before, err := os.ReadFile(page)
		if err != nil {
			return err
		}
		after, err := fill(string(before), made, used)
		if err != nil {
			return fmt.Errorf("%s: %w", page, err)
		}
		if bytes.Equal(before, []byte(after)) {
			continue
		}
		if err := os.WriteFile(page, []byte(after), 0o644); err != nil { //nolint:gosec // pages are for everybody to read
			return err
		}
	}
	for name := range made {
		if !used[name] {
			return fmt.Errorf("no page has a place for %q: put <!-- generated:%s --> and <!-- end --> in one", name, name)
		}
	}
	return nil
}

// fill answers a page with its generated parts made anew.
func fill(page string, made map[string]string, used map[string]bool) (string, error) {
	if opened, whole := strings.Count(page, "<!-- generated:"), len(section.FindAllString(page, -1)); opened != whole {
		return "", fmt.Errorf("%d generated parts are begun, %d are whole: each ends with <!-- end -->", opened, whole)
	}
	var unknown error
	out := section.ReplaceAllStringFunc(page, func(old string) string {
		parts := section.FindStringSubmatch(old)
		text, ok := made[parts[2]]
		if !ok {
			unknown = fmt.Errorf("nothing makes the part %q", parts[2])
			return old
		}
		used[parts[2]] = true
		return parts[1] + "\n" + strings.TrimSpace(text) + "\n\n" + parts[4]
	})
	return out, unknown
}
