package lang

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// endHint says why an expression ends too early.
func endHint(src string) string {
	open := openBracket([]rune(src))
	if open == 0 {
		return ""
	}
	if text := strings.TrimSpace(src); strings.HasSuffix(text, ",") || strings.HasSuffix(text, string(open)) {
		return "in YAML a # after a space begins a comment: write it for the element of a list"
	}
	return fmt.Sprintf("the %c is not closed: write %c where it ends", open, brackets[open])
}

var brackets = map[rune]rune{'(': ')', '[': ']', '{': '}'}

// openBracket is the innermost bracket that is not closed; 0 if there is none.
func openBracket(rs []rune) rune {
	if at := openAt(rs); at < len(rs) {
		return rs[at]
	}
	return 0
}

// openAt is where the innermost bracket stands that is not closed; the end if there is none.
func openAt(rs []rune) int {
	var open []int
	for i := 0; i < len(rs); i++ {
		if end := skipQuoted(rs, i); end > i {
			i = end - 1
			continue
		}
		switch n := len(open); {
		case brackets[rs[i]] != 0:
			open = append(open, i)
		case n > 0 && rs[i] == brackets[rs[open[n-1]]]:
			open = open[:n-1]
		}
	}
	if len(open) == 0 {
		return len(rs)
	}
	return open[len(open)-1]
}

// textOperators are the operators that are functions elsewhere, as people write them.
var textOperators = map[string]string{
	"contains": "contains", "includes": "contains", "has": "contains", "matches": "matches", "match": "matches",
	"startswith": "startsWith", "hasprefix": "startsWith", "endswith": "endsWith", "hassuffix": "endsWith",
}

// calledHint is for an operator between two texts that is called like a function, which begins at a place.
func calledHint(src string, at int, word string) string {
	rs := []rune(src)
	op := textOperators[strings.ToLower(word)]
	after := at + utf8.RuneCountInString(word)
	for after < len(rs) && rs[after] == ' ' {
		after++
	}
	if op == "" || after >= len(rs) || rs[after] != '(' {
		return ""
	}
	return betweenHint(op, arguments(rs, after))
}

// betweenHint puts an operator between its sides, or an example of them where they are none or would fill the page.
func betweenHint(op string, sides []string) string {
	const longest = 60 // bytes
	if len(sides) != 2 || sides[0] == "" || sides[1] == "" || len(sides[0])+len(sides[1]) > longest {
		sides = []string{"title", `"…"`}
	}
	return "write " + sides[0] + " " + op + " " + sides[1]
}

// arguments cuts what stands in the bracket at a place at its commas.
func arguments(rs []rune, bracket int) []string {
	var args []string
	depth, from := 0, bracket+1
	for i := bracket; i < len(rs); i++ {
		if end := skipQuoted(rs, i); end > i {
			i = end - 1
			continue
		}
		switch rs[i] {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth--
		}
		if depth == 0 || depth == 1 && rs[i] == ',' {
			args = append(args, strings.TrimSpace(string(rs[from:i])))
			from = i + 1
		}
		if depth == 0 {
			return args
		}
	}
	return nil
}

var tooFew = regexp.MustCompile(`^expected at least \d+ arguments$`)

// loopError names the function that goes over a list and was not told what to do with its elements; nil if the message
// is about another thing.
func loopError(src, message string, closing int) *Error {
	if !tooFew.MatchString(message) {
		return nil
	}
	rs := []rune(src)
	rs = rs[:min(closing, len(rs))]
	open := openAt(rs)
	from := open
	for from > 0 && unicode.IsLetter(rs[from-1]) {
		from--
	}
	name := string(rs[from:open])
	list := strings.TrimSpace(string(rs[min(open+1, len(rs)):]))
	if list == "" || utf8.RuneCountInString(list) > 40 {
		list = "tags"
	}
	return errorAt(src, from, open-from, name+"() needs a list and what is asked of each element", "write "+name+"("+list+`, # == "…"), where # is the element`)
}

var badNumber = regexp.MustCompile(`^(?:invalid .*literal: strconv\.\w+: parsing|bad number syntax:) "(.*?)"(.*)$`)

// literalError words what is wrong with a number or a text as it is written; nil if the message is about another thing.
func literalError(src, message string, from, to int) *Error {
	switch message {
	case "literal not terminated":
		return errorAt(src, from, to-from, "a quote is not closed", "close it with the same quote")
	case "invalid char escape":
		return errorAt(src, from, to-from, "unknown escape in a text", `write \\ for a backslash`)
	}
	m := badNumber.FindStringSubmatch(message)
	if m == nil {
		return nil
	}
	before := []rune(src)
	before = before[:min(to, len(before))]
	if i := strings.LastIndex(string(before), m[1]); i >= 0 {
		from, to = utf8.RuneCountInString(string(before)[:i]), utf8.RuneCountInString(string(before)[:i])+utf8.RuneCountInString(m[1])
	}
	if strings.HasSuffix(m[2], "out of range") {
		return errorAt(src, from, to-from, "the number "+m[1]+" is too large", "write a smaller one")
	}
	return errorAt(src, from, to-from, "bad number "+m[1], "write it in digits: 20 or 1.5")
}
