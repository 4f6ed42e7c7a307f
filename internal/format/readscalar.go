package format

import (
	"strings"

	"go.yaml.in/yaml/v4"
)

// scalar passes a scalar and keeps it as it was written.
func (r *reader) scalar(n *node) {
	switch style := n.yaml.Style; {
	case style&blocks != 0:
		r.blockScalar(n)
		return
	case style&yaml.DoubleQuotedStyle != 0:
		r.quoted('"')
	case style&yaml.SingleQuotedStyle != 0:
		r.quoted('\'')
	default:
		r.plain(n.yaml.Value)
	}
	n.raw = r.between(n.body, r.at)
}

// quoted passes a quoted scalar.
func (r *reader) quoted(quote rune) {
	for r.step() {
		switch c := r.peek(); {
		case c == '\\' && quote == '"':
			r.step()
		case c == quote:
			r.at.column++
			if quote == '"' || r.peek() != quote {
				return
			}
		}
	}
}

// plain passes a plain scalar: apart from blanks and breaks its characters are those of the value.
func (r *reader) plain(value string) {
	for _, want := range value {
		if want == ' ' || want == '\t' || want == '\n' {
			continue
		}
		for r.peek() != want && r.step() {
		}
		r.at.column++
	}
}

// blockScalar passes a literal or folded scalar, with the comment behind its header.
func (r *reader) blockScalar(n *node) {
	head := r.lines[r.at.line-1][r.at.column-1:]
	end := 0
	for end < len(head) && head[end] != ' ' && head[end] != '\t' {
		end++
	}
	header, first := string(head[:end]), r.at.line
	r.gapTo(place{first + 1, 1})
	if strings.Trim(n.yaml.Value, " \n") == "" && strings.Contains(n.yaml.Value, " ") {
		return // nothing but blanks, which cannot be told from indentation: it is written in quotes
	}
	lines := r.content(first, n.yaml.Value, strings.Contains(header, "+"))
	if len(lines) > 0 && !strings.HasSuffix(n.yaml.Value, "\n") {
		header = strings.TrimRight(header, "+-") + "-" // the file ends without a line break
	}
	n.raw = append([]string{header}, lines...)
	at := min(first+len(lines), len(r.lines))
	r.at = place{at, len(r.lines[at-1]) + 1}
}

// content answers the lines of a block scalar below its header, without their indentation: what the first line with text
// has more than the value has there. The blank lines at the end belong to it where they are to be kept.
func (r *reader) content(header int, value string, keep bool) []string {
	blanks := 0
	for i := header; i < len(r.lines) && lead(string(r.lines[i])) < 0; i++ {
		blanks++
	}
	if strings.Trim(value, " \n") == "" {
		if !keep {
			return nil
		}
		return make([]string, min(len(value), blanks))
	}
	indent := max(lead(string(r.lines[min(header+blanks, len(r.lines)-1)]))-firstLead(value), 0)
	out, size := []string(nil), 0
	for i := header; i < len(r.lines); i++ {
		line := string(r.lines[i])
		at := lead(line)
		if at >= 0 && at < indent {
			break
		}
		out = append(out, line[min(indent, len(line)):])
		if at >= 0 {
			size = len(out)
		}
	}
	if keep {
		size = min(size+max(len(value)-len(strings.TrimRight(value, "\n"))-1, 0), len(out))
	}
	return out[:size]
}

// lead is how many spaces a line begins with before its text; -1 if it has none.
func lead(line string) int {
	if text := strings.TrimLeft(line, " "); text != "" {
		return len(line) - len(text)
	}
	return -1
}

// firstLead is that of the first line that has text.
func firstLead(text string) int {
	for line := range strings.SplitSeq(text, "\n") {
		if n := lead(line); n >= 0 {
			return n
		}
	}
	return 0
}

// between answers the source from one place to another, line by line.
func (r *reader) between(from, to place) []string {
	var out []string
	for line := from.line; line <= to.line && line <= len(r.lines); line++ {
		src := r.lines[line-1]
		begin, end := 0, len(src)
		if line == from.line {
			begin = min(from.column-1, len(src))
		}
		if line == to.line {
			end = min(to.column-1, len(src))
		}
		out = append(out, string(src[begin:max(begin, end)]))
	}
	return out
}
