package lsp

import (
	"net/url"
	"path/filepath"
	"strings"
)

// pathOf answers the file a URI means; "" where it is none, such as a buffer that was never saved.
func pathOf(uri string) string {
	u, err := url.Parse(uri)
	if err != nil || !strings.EqualFold(u.Scheme, "file") || u.Path == "" || strings.ContainsRune(u.Path, 0) {
		return ""
	}
	path := u.Path
	if len(path) > 2 && path[0] == '/' && path[2] == ':' { // file:///C:/rules.yaml
		path = path[1:]
	}
	return filepath.Clean(filepath.FromSlash(path))
}

// uriOf answers the URI of an absolute path.
func uriOf(path string) string {
	slashed := filepath.ToSlash(path)
	if !strings.HasPrefix(slashed, "/") {
		slashed = "/" + slashed
	}
	return (&url.URL{Scheme: "file", Path: slashed}).String()
}
