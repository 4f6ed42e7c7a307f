package lsp_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ifsev/ifsev/internal/golden"
)

// The dialogues of testdata: what a client sends, message by message (-->), and what it must be answered (<--) before
// it goes on. ROOT stands for the folder. With -update the answers are written down; how many there are is kept.
func TestDialogues(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("testdata/dialogues/*.txt")
	if err != nil || len(paths) < 2 {
		t.Fatalf("%d dialogues, %v", len(paths), err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			script, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			c := start(t, map[string]string{"ifsev.yaml": ask})
			root := strings.TrimSuffix(c.uri(""), "/")
			var took []string
			for _, line := range strings.Split(strings.TrimSpace(string(script)), "\n") {
				if content, ok := strings.CutPrefix(line, "--> "); ok {
					c.content(strings.ReplaceAll(content, "ROOT", root))
				}
				if strings.HasPrefix(line, "<--") {
					got := "<-- " + strings.ReplaceAll(c.mustRead().raw, root, "ROOT")
					if got != line && !golden.Updating() {
						t.Errorf("got  %s\nwant %s", got, line)
					}
					line = got
				}
				took = append(took, line)
			}
			if err := c.wait(); err != nil || len(c.told) > 0 {
				t.Errorf("it ended with %v, and said besides: %v", err, c.told)
			}
			golden.File(t, path, strings.Join(took, "\n")+"\n")
		})
	}
}
