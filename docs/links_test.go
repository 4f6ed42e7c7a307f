package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#{1,6} (.+)$`)
	notSlug = regexp.MustCompile("[^a-z0-9 _-]")
)

// Every link from page to page leads to a file that is there, and to a heading that is in it.
func TestLinks(t *testing.T) {
	t.Parallel()
	n := 0
	for _, p := range pages(t) {
		for _, m := range link.FindAllStringSubmatch(withoutBlocks(p), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			n++
			if missing := followed(p.path, m[1]); missing != "" {
				t.Errorf("%s: the link %s leads to nothing: %s", p.path, m[1], missing)
			}
		}
	}
	if n < 20 {
		t.Errorf("only %d links were found", n)
	}
}

// followed says what is missing at the end of a link; "" if nothing is.
func followed(from, target string) string {
	path, anchor, _ := strings.Cut(target, "#")
	file := from
	if path != "" {
		file = filepath.Join(filepath.Dir(from), path)
	}
	text, err := os.ReadFile(file)
	if info, statErr := os.Stat(file); statErr == nil && info.IsDir() {
		return ""
	}
	if err != nil {
		return err.Error()
	}
	if anchor == "" {
		return ""
	}
	for _, h := range heading.FindAllStringSubmatch(string(text), -1) {
		if slug(h[1]) == anchor {
			return ""
		}
	}
	return "there is no heading for #" + anchor
}

// slug is the anchor of a heading, as hosts of code make it.
func slug(title string) string {
	return strings.ReplaceAll(notSlug.ReplaceAllString(strings.ToLower(strings.TrimSpace(title)), ""), " ", "-")
}

func withoutBlocks(p *page) string {
	text := p.text
	for _, b := range p.blocks {
		text = strings.Replace(text, b.text, "", 1)
	}
	return text
}

// Every page is reached from the README, those of alerts through their list.
func TestTheReadmeLeadsToEveryPage(t *testing.T) {
	t.Parallel()
	readme, runbooks := readPage(t, "../README.md"), readPage(t, "runbooks.md")
	for _, p := range pages(t) {
		if strings.HasPrefix(p.path, "../") {
			continue
		}
		if strings.HasPrefix(p.path, "runbooks/") {
			if !strings.Contains(runbooks.text, "("+p.path+")") {
				t.Errorf("runbooks.md does not lead to %s", p.path)
			}
			continue
		}
		if !strings.Contains(readme.text, "(docs/"+p.path+")") {
			t.Errorf("the README does not lead to docs/%s", p.path)
		}
	}
}
