package daemon

import (
	"path/filepath"
	"strings"
)

// splitPaths cuts IFSEV_RULES into paths: at commas, and as PATH is cut.
func splitPaths(text string) []string {
	var paths []string
	for _, part := range strings.Split(text, ",") {
		for _, p := range filepath.SplitList(part) {
			if p = strings.TrimSpace(p); p != "" {
				paths = append(paths, p)
			}
		}
	}
	return paths
}
