package docs

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// page is a page of the documentation, or the README.
type page struct {
	path   string // from this folder
	text   string
	blocks []block
}

// block is a fenced block.
type block struct {
	lang string
	text string
	line int // of its fence
}

// where names a block in a message.
func (p *page) where(b block) string { return fmt.Sprintf("%s:%d", p.path, b.line) }

// pages reads the README and every page of this folder, runbooks among them.
func pages(t *testing.T) []*page {
	t.Helper()
	paths, err := filepath.Glob("*.md")
	if err != nil || len(paths) < 5 {
		t.Fatalf("%d pages, %v", len(paths), err)
	}
	runbooks, err := filepath.Glob("runbooks/*.md")
	if err != nil {
		t.Fatal(err)
	}
	var all []*page
	for _, path := range slices.Concat([]string{"../README.md", "../CONTRIBUTING.md"}, paths, runbooks) {
		all = append(all, readPage(t, path))
	}
	return all
}

func readPage(t *testing.T, path string) *page {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	p := &page{path: filepath.ToSlash(path), text: string(text)}
	open := false
	for i, line := range strings.SplitAfter(p.text, "\n") {
		lang, fence := strings.CutPrefix(strings.TrimSpace(line), "```")
		switch {
		case fence && !open:
			p.blocks = append(p.blocks, block{lang: lang, line: i + 1})
			open = true
		case fence:
			open = false
		case open:
			p.blocks[len(p.blocks)-1].text += line
		}
	}
	if open {
		t.Errorf("%s: the last block is not closed", path)
	}
	return p
}
