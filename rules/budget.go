package rules

import (
	"fmt"
	"strings"

	"github.com/ifsev/ifsev/internal/strictyaml"
	"github.com/ifsev/ifsev/rules/lang"
)

// budget bounds what is compiled in one Load. Files as people write them cannot come near it; with aliases, or as one
// expression after the other, a small file can ask for very much.
type budget struct {
	left int
	told bool
}

// What a file may cost, and what an expression costs beside its length, in bytes. The entries of a list are compiled by
// themselves and together, hence several times the file.
const (
	costTimes      = 8
	costAlways     = 256 << 10
	costExpression = 100
)

func (b *budget) allow(f Source) { b.left += costTimes*len(f.Text) + costAlways }

// affords takes a scalar from the budget; where nothing is left that is said once, and the rest is not looked at.
func (l *loader) affords(n strictyaml.Node) bool {
	l.budget.left -= len(n.Raw()) + costExpression*strings.Count(n.Raw(), "${")
	if l.budget.left >= 0 {
		return true
	}
	if !l.budget.told {
		l.budget.told = true
		l.errors.Add(n.Problem("with this there are more expressions than one set may have", "use fewer aliases, or fewer ${ }"))
	}
	return false
}

// textsFit checks that no text is longer than any may be, wherever it stands, so that nothing has to be said about one
// that is.
func (l *loader) textsFit(n strictyaml.Node) bool {
	ok := true
	for _, item := range n.Items() {
		ok = l.textsFit(item) && ok
	}
	for _, p := range n.Pairs() {
		ok = l.textsFit(p.Key) && l.textsFit(p.Value) && ok
	}
	if len(n.Raw()) > lang.MaxTemplate && len(l.errors) <= maxProblems {
		l.errors.Add(n.File().Problem(n.Line(), n.Column(), 1, fmt.Sprintf("a text of %d bytes; the most is %d", len(n.Raw()), lang.MaxTemplate), "shorten it"))
	}
	return ok && len(n.Raw()) <= lang.MaxTemplate
}

// tidy sorts problems, and cuts messages that repeat a long text.
func tidy(problems *strictyaml.Problems) {
	const most = 500
	for i := range *problems {
		p := &(*problems)[i]
		if text := []rune(p.Message); len(text) > most {
			p.Message = string(text[:most-1]) + "…"
		}
	}
	problems.Sort()
}
