package strictyaml

// block reads a literal (|) or folded (>) scalar. The indentation is that of its first line with text, or less where
// an indicator such as |2 says so; the one under which the text comes out as YAML read it is the right one.
func (s *scan) block(want []rune, literal bool) bool {
	if len(want) == 0 {
		s.places = append(s.places, s.here())
		return true
	}
	first := s.line + 1
	for indent := s.blockIndent(first); indent >= 0; indent-- {
		s.text, s.places, s.line = nil, nil, first
		s.blockLines(want, literal, indent)
		if len(s.text) >= len(want) && s.finish(want) {
			s.places[len(want)] = s.blockEnd(want)
			return true
		}
	}
	return false
}

// blockEnd is the place behind the last character; after a break there is none, so it is the break's own.
func (s *scan) blockEnd(want []rune) place {
	end := s.places[len(want)-1]
	if want[len(want)-1] != '\n' {
		end.column++
	}
	return end
}

// blockIndent is the deepest indentation up to the first line that holds more than spaces.
func (s *scan) blockIndent(first int) int {
	most := 0
	for line := first; ; line++ {
		src, ok := s.lines(line)
		if !ok {
			return most
		}
		spaces := 0
		for spaces < len(src) && src[spaces] == ' ' {
			spaces++
		}
		most = max(most, spaces)
		if spaces < len(src) {
			return most
		}
	}
}

// blockLines reads lines until there is enough: a literal keeps every break; a folded one makes a space of a single
// break between two lines that begin with text.
func (s *scan) blockLines(want []rune, literal bool, indent int) {
	var pending []place // the breaks since the last line with text
	startedBlank, started := false, false
	for len(s.text) < len(want) {
		src, ok := s.lines(s.line)
		if !ok || outdented(src, indent) {
			s.breaks(pending)
			return
		}
		s.column = min(indent, len(src)) + 1
		if len(src) > indent {
			blank := src[indent] == ' ' || src[indent] == '\t'
			s.joint(pending, !literal && started && !startedBlank && !blank)
			for s.peek(0) != 0 {
				s.emit(s.peek(0), s.here())
				s.column++
			}
			pending, startedBlank, started = nil, blank, true
		}
		pending = append(pending, place{s.line, len(src) + 1})
		s.line++
	}
}

// outdented reports whether a line with text begins before the indentation, which ends the scalar.
func outdented(line []rune, indent int) bool {
	for i, r := range line {
		if i == indent {
			return false
		}
		if r != ' ' {
			return true
		}
	}
	return false
}

// joint writes the breaks between two lines with text.
func (s *scan) joint(pending []place, folded bool) {
	if !folded || len(pending) == 0 {
		s.breaks(pending)
		return
	}
	if len(pending) == 1 {
		s.emit(' ', pending[0])
		return
	}
	s.breaks(pending[1:])
}

func (s *scan) breaks(at []place) {
	for _, p := range at {
		s.emit('\n', p)
	}
}
