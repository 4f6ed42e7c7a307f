package format

import (
	"strings"
	"unicode/utf8"
)

// page gathers lines and puts the comments behind neighbouring ones below each other.
type page struct {
	rows []row
	// open is a blank line that is due before the next; sealed is a value that would take one as part of itself.
	open, sealed bool
}

type row struct{ text, comment string }

// blank asks for a blank line before the next; several are one, and none is at the top.
func (p *page) blank() { p.open = len(p.rows) > 0 }

// line writes a line with the comment behind it.
func (p *page) line(text, comment string) {
	if p.open && !p.sealed {
		p.rows = append(p.rows, row{})
	}
	p.open, p.sealed = false, false
	p.rows = append(p.rows, row{text, comment})
}

// verbatim writes a line that belongs to the one before.
func (p *page) verbatim(text string) { p.rows = append(p.rows, row{text: text}) }

func (p *page) text() string {
	var b strings.Builder
	for i := 0; i < len(p.rows); {
		n := p.run(i)
		for _, r := range p.rows[i : i+n] {
			b.WriteString(r.text)
			if r.comment != "" {
				b.WriteString(strings.Repeat(" ", p.width(i, n)-utf8.RuneCountInString(r.text)+2) + r.comment)
			}
			b.WriteByte('\n')
		}
		i += n
	}
	return b.String()
}

// run is how many lines from one on have comments behind them; at least 1.
func (p *page) run(from int) int {
	n := 0
	for from+n < len(p.rows) && p.rows[from+n].comment != "" {
		n++
	}
	return max(n, 1)
}

func (p *page) width(from, n int) int {
	most := 0
	for _, r := range p.rows[from : from+n] {
		most = max(most, utf8.RuneCountInString(r.text))
	}
	return most
}
