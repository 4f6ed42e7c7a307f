package lang

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/builtin"
	"github.com/expr-lang/expr/checker/nature"
	"github.com/expr-lang/expr/compiler"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"
)

// mode says what a source is compiled for.
type mode struct {
	exact  bool // a condition: every use of time must be analysable
	traced bool // with the value of every part
	want   Type // of an expression; nil or Any takes what comes
}

// compilation is one source on its way through the passes. A mistake ends it, at once or, where the rest can still be
// looked at, behind the pass.
type compilation struct {
	scope *Scope
	src   string
	mode  mode
	cfg   *conf.Config
	root  ast.Node
	// mistakes are what was found wrong; halted means that there is no sense in looking for more.
	mistakes []*Error
	halted   bool

	nodes, lets int
	reads       map[string]bool
	usesTime    bool
	texts       map[ast.Node]string // as written, where rendering the node would not give it
	named       map[ast.Node]bool   // roots of named conditions
	patterns    map[*ast.StringNode]*matcher
	listLets    map[string]bool // lets that hold more than one value
	movingLets  map[string]bool // lets that hold a moving value
	kind        nature.Nature   // of the whole
	atoms       []Atom
	needs       []Need // what it cannot hold without; see Condition.Needs
	needsKnown  bool
}

func (s *Scope) compilation(src string, m mode) *compilation {
	return &compilation{
		scope: s, src: src, mode: m, cfg: s.config(),
		reads: map[string]bool{}, texts: map[ast.Node]string{}, named: map[ast.Node]bool{},
		patterns: map[*ast.StringNode]*matcher{}, listLets: map[string]bool{}, movingLets: map[string]bool{},
	}
}

// config is what expr's passes are told. It is made for each compilation, because they write into the types; the
// tables of functions they only read.
func (s *Scope) config() *conf.Config {
	return &conf.Config{
		Env: s.env.Nature(), Strict: true, ShortCircuit: true, MaxNodes: maxParsed, DisableIfOperator: true,
		Functions: s.callable, Disabled: s.disabled,
	}
}

// tables makes what config shares: our functions and operations, and none of expr's.
func (s *Scope) tables() {
	s.callable, s.disabled = conf.FunctionsTable{}, map[string]bool{}
	for _, name := range builtin.Names {
		s.disabled[name] = true
	}
	for name, f := range s.functions {
		s.callable[name] = f.builtin()
	}
	for name, f := range operations() {
		s.callable[name] = &builtin.Function{Name: name, Func: f}
	}
}

func (c *compilation) texted(n ast.Node, text string) ast.Node {
	c.texts[n] = text
	return n
}

// parse scans and parses a source; the tree is as the parser made it.
func (s *Scope) parse(src string, cfg *conf.Config) (node ast.Node, err error) {
	marked, scanned := scan(src)
	if scanned != nil {
		return nil, scanned
	}
	defer func() {
		if r := recover(); r != nil {
			node, err = nil, errorAt(src, 0, 1, fmt.Sprintf("this cannot be read: %v", r), "")
		}
	}()
	tree, err := parser.ParseWithConfig(marked, cfg)
	if err != nil {
		return nil, parseError(src, err)
	}
	return tree.Node, nil
}

// compile takes a source through all passes.
func (s *Scope) compile(src string, m mode, defines ...string) (p *program, c *compilation, err error) {
	c, err = s.checked(src, m, defines...)
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if r := recover(); r != nil {
			p, c, err = nil, nil, errorAt(src, 0, 1, fmt.Sprintf("this cannot be compiled: %v", r), "")
		}
	}()
	if m.exact && !m.traced { // lowering changes the tree
		c.needs, c.needsKnown = newAssumer(c).required(c.root, true)
	}
	p, err = c.assemble(c.root)
	return p, c, err
}

// checked takes a source through the passes before it is lowered. The tree is the compilation's root.
func (s *Scope) checked(src string, m mode, defines ...string) (c *compilation, err error) {
	c = s.compilation(src, m)
	node, err := s.parse(src, c.cfg)
	if err != nil {
		return nil, err
	}
	defer func() {
		if r := recover(); r != nil {
			if err = c.wrong(); err == nil {
				err = errorAt(src, 0, 1, fmt.Sprintf("this cannot be compiled: %v", r), "")
			}
			c = nil
		}
	}()
	c.root = c.resolve(node, place{defines: defines})
	for _, pass := range []func(){c.check, c.analyse} {
		if !c.halted {
			pass()
		}
	}
	if len(c.mistakes) == 0 {
		c.checkTime(c.root)
	}
	if err := c.wrong(); err != nil {
		return nil, err
	}
	return c, nil
}

// assemble lowers the checked tree and compiles it.
func (c *compilation) assemble(root ast.Node) (*program, error) {
	c.kind = *root.Nature()
	lowered := c.lower(root)
	if c.mode.exact {
		lowered = c.truth(root, lowered)
	}
	tree := &parser.Tree{Node: lowered, Source: file.NewSource(c.src)}
	code, err := compiler.Compile(tree, c.cfg)
	if err != nil {
		return nil, errorAt(c.src, 0, 1, "this cannot be compiled: "+err.Error(), "")
	}
	return newProgram(c, code), nil
}

func newProgram(c *compilation, code *vm.Program) *program {
	p := &program{code: code, scope: c.scope, source: c.src, exact: c.mode.exact}
	for _, name := range slices.Sorted(maps.Keys(c.reads)) {
		p.slots = append(p.slots, c.scope.slot(name))
	}
	return p
}

var unexpected = regexp.MustCompile(`^unexpected token (\w+)(?:\("(.*)"\))?$`)

// parseError words the parser's mistakes for people.
func parseError(src string, err error) error {
	var fe *file.Error
	if !errors.As(err, &fe) {
		return errorAt(src, 0, 1, err.Error(), "")
	}
	message, hint := narrow(fe.Message), ""
	if strings.HasSuffix(message, "exceeds maximum allowed nodes") {
		message, hint = fmt.Sprintf("this has more than %d parts", maxParsed), splitHint
	}
	if wrong := literalError(src, message, fe.From, fe.To); wrong != nil {
		return wrong
	}
	if wrong := loopError(src, message, fe.From); wrong != nil {
		return wrong
	}
	if m := unexpected.FindStringSubmatch(message); m != nil {
		message, hint = "unexpected "+m[2], orElse(tokenHints[m[2]], calledHint(src, fe.From, m[2]))
		if m[1] == "EOF" {
			message, hint = "the expression ends too early", endHint(src)
		}
	}
	return errorAt(src, fe.From, fe.To-fe.From, message, hint)
}

const splitHint = "split it into named conditions under define"

const unitHint = "write a duration without a space: 20m, 1h30m, 2d"

// tokenHints says what was probably meant by a token that cannot stand where it stands.
var tokenHints = map[string]string{
	"=": "use == to compare", "AND": "operators are lower case: and, or, not", "OR": "operators are lower case: and, or, not",
	"NOT": "operators are lower case: and, or, not", "And": "operators are lower case: and, or, not", "Or": "operators are lower case: and, or, not",
	"&": "write and", "|": "write or", "is": "use == to compare", "then": "leave out then: steps have a key of their own",
	"minutes": unitHint, "minute": unitHint, "min": unitHint, "hours": unitHint, "hour": unitHint, "days": unitHint, "day": unitHint,
	"seconds": unitHint, "second": unitHint, "weeks": unitHint, "week": unitHint, "m": unitHint, "h": unitHint, "d": unitHint, "s": unitHint, "w": unitHint,
	"#": "# stands for the element only inside any(), all(), filter() and the like",
	"{": "choose with condition ? this : that",
}
