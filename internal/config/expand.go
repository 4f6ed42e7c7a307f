package config

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/ifsev/ifsev/internal/strictyaml"
)

// Placeholder is what the environment and files may answer where files are only checked and what stands behind
// ${env:NAME} or ${file:/path} is not there. A value that holds it is not judged.
const Placeholder = "https://placeholder.invalid"

func known(value string) bool { return !strings.Contains(value, Placeholder) }

// maxFile bounds what ${file:…} reads.
const maxFile = 64 << 10

// Expand fills in ${env:NAME} and ${file:/path} where there is no file around the text, as in the address of a store
// that a flag or the environment gives. Its error says what could not be filled in and what to do.
func Expand(text string, env func(string) (string, bool), readFile func(string) ([]byte, error)) (string, error) {
	r := &reader{env: env, readFile: readFile}
	value, _, gaps := r.fillIn(text)
	if len(gaps) > 0 {
		return "", fmt.Errorf("%s: %s", gaps[0].problem, gaps[0].hint)
	}
	return value, nil
}

// expand fills in ${env:NAME} and ${file:/path}; `$${` stands for `${`. It answers whether there was any to fill in,
// and whether all could be; what could not is reported by name.
func (r *reader) expand(n strictyaml.Node, s string) (value string, used, ok bool) {
	value, used, gaps := r.fillIn(s)
	for _, g := range gaps {
		r.Add(n.ProblemAt(g.offset, g.length, g.problem, g.hint))
	}
	return value, used, len(gaps) == 0
}

// A gap is a reference that could not be filled in: where it stands, in characters, and what is wrong with it.
type gap struct {
	offset, length int
	problem, hint  string
}

func (r *reader) fillIn(s string) (value string, used bool, gaps []gap) {
	var b strings.Builder
	offset := 0
	for rest := s; ; {
		at := strings.Index(rest, "${")
		if at < 0 {
			b.WriteString(rest)
			return b.String(), used, gaps
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
			return b.String(), true, append(gaps, gap{offset, 2, "this ${ is not closed", "write ${env:NAME} or ${file:/path}; $${ stands for ${ itself"})
		}
		filled, problem := r.fill(inner)
		if problem != "" {
			gaps = append(gaps, gap{offset, len([]rune(inner)) + 3, problem, fillHint(inner)})
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
