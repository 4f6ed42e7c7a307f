package config

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/ifsev/ifsev/internal/strictyaml"
)

// maxFile bounds what ${file:…} reads.
const maxFile = 64 << 10

// expand fills in ${env:NAME} and ${file:/path}; `$${` stands for `${`. It answers whether there was any to fill in,
// and whether all could be; what could not is reported by name.
func (r *reader) expand(n strictyaml.Node, s string) (value string, used, ok bool) {
	ok = true
	var b strings.Builder
	offset := 0 // in characters, for the place of a problem
	for rest := s; ; {
		at := strings.Index(rest, "${")
		if at < 0 {
			b.WriteString(rest)
			return b.String(), used, ok
		}
		if at > 0 && rest[at-1] == '$' {
			b.WriteString(rest[:at-1] + "${")
			offset += len([]rune(rest[:at+2]))
			rest = rest[at+2:]
			continue
		}
		b.WriteString(rest[:at])
		offset += len([]rune(rest[:at]))
		inner, after, closed := strings.Cut(rest[at+2:], "}")
		if !closed {
			r.Add(n.ProblemAt(offset, 2, "this ${ is not closed", "write ${env:NAME} or ${file:/path}; $${ stands for ${ itself"))
			return b.String(), true, false
		}
		filled, problem := r.fill(inner)
		if problem != "" {
			r.Add(n.ProblemAt(offset, len([]rune(inner))+3, problem, fillHint(inner)))
			ok = false
		}
		b.WriteString(filled)
		used = true
		offset += len([]rune(inner)) + 3
		rest = after
	}
}

// fill answers what stands behind one reference, or what is wrong with it.
func (r *reader) fill(inner string) (value, problem string) {
	kind, name, _ := strings.Cut(inner, ":")
	switch {
	case kind == "env" && name != "":
		v, ok := r.env(name)
		if !ok {
			return "", fmt.Sprintf("the environment variable %s is not set", name)
		}
		return v, ""
	case kind == "file" && filepath.IsAbs(name):
		return r.fileText(name)
	case kind == "file":
		return "", fmt.Sprintf("the path %q does not begin with /", name)
	}
	return "", fmt.Sprintf("${%s} is not known here", inner)
}

func (r *reader) fileText(path string) (value, problem string) {
	text, err := r.readFile(path)
	switch {
	case err != nil:
		return "", fmt.Sprintf("the file %s cannot be read: %s", path, reason(err))
	case len(text) > maxFile:
		return "", fmt.Sprintf("the file %s is larger than %d bytes", path, maxFile)
	}
	return strings.TrimRight(string(text), "\r\n"), ""
}

func fillHint(inner string) string {
	kind, name, _ := strings.Cut(inner, ":")
	switch {
	case kind == "env" && name != "":
		return "set it where the daemon is started"
	case kind == "file" && filepath.IsAbs(name):
		return "the daemon's user must be able to read it"
	}
	return "write ${env:NAME} or ${file:/path}; $${ stands for ${ itself"
}
