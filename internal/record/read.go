package record

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules"
)

// maxLine is how long a line may be, in bytes: that of a rule set with all its files is the longest.
const maxLine = 256 << 20

// Reader reads a record. Its errors say in which line what is wrong.
type Reader struct {
	// Header is what the record begins with, and Sets are its rule sets, oldest first.
	Header Header
	Sets   []RuleSet

	// Name is what it is called in the errors of those who read several; empty where nobody does.
	Name string

	lines *bufio.Reader
	skim  bool // rule sets are not kept
	n     int
	next  *line // read ahead
	seen  End
	done  map[string]bool // incidents that have been told
}

// NewReader reads a record up to its first event.
func NewReader(r io.Reader) (*Reader, error) { return newReader(r, false) }

// Skim reads as NewReader does and keeps no rule set: Sets stay empty.
func Skim(r io.Reader) (*Reader, error) { return newReader(r, true) }

func newReader(r io.Reader, skim bool) (*Reader, error) {
	rd := &Reader{lines: bufio.NewReaderSize(r, 64<<10), skim: skim, done: map[string]bool{}}
	first, err := rd.read()
	if err != nil {
		return nil, err
	}
	if first.Header == nil {
		return nil, rd.wrong("this is no export of ifsev: make one with `ifsev export > events.jsonl`")
	}
	if rd.Header = *first.Header; rd.Header.Version > Version {
		return nil, rd.wrong("a newer ifsev wrote this (version %d of the format; %d is the newest known here): use that one", rd.Header.Version, Version)
	}
	return rd, rd.readSets()
}

func (r *Reader) readSets() error {
	files := map[string][]rules.Source{}
	for {
		l, err := r.read()
		if err != nil {
			return err
		}
		if l.Rules == nil {
			r.next = l
			return nil
		}
		if r.skim {
			continue
		}
		s := *l.Rules
		if s.Files == nil {
			s.Files = files[s.Hash]
		}
		files[s.Hash] = s.Files
		r.Sets = append(r.Sets, s)
	}
}

// Next answers the history of the next incident; io.EOF after the last.
func (r *Reader) Next() (History, error) {
	var h History
	for {
		l := r.next
		r.next = nil
		if l == nil {
			var err error
			if l, err = r.read(); err != nil {
				return h, err
			}
		}
		switch {
		case l.End != nil:
			r.next = l
			if h.ID != "" {
				return h, nil
			}
			return h, r.atEnd(l.End)
		case l.Event == nil && l.Kept == nil || l.Incident == "":
			return h, r.wrong("this line holds no event")
		case h.ID != "" && l.Incident != h.ID:
			r.next = l
			return h, nil
		case l.Kept != nil && (h.ID == "" || h.Kept != nil):
			return h, r.wrong("what was kept of incident %s does not stand behind its events", l.Incident)
		case l.Kept != nil:
			h.Kept = l.Kept
			continue
		case h.Kept != nil:
			return h, r.wrong("the events of incident %s do not stand together", l.Incident)
		}
		if err := r.take(&h, l); err != nil {
			return h, err
		}
	}
}

// take adds an event to a history.
func (r *Reader) take(h *History, l *line) error {
	if h.ID == "" {
		if r.done[l.Incident] {
			return r.wrong("the events of incident %s do not stand together", l.Incident)
		}
		r.done[l.Incident] = true
		h.ID, h.Number = l.Incident, l.Number
		r.seen.Incidents++
	}
	var ev ifsev.Event
	if err := json.Unmarshal(l.Event, &ev); err != nil {
		return r.wrong("it cannot be read: %s", err)
	}
	if want := int64(len(h.Events) + 1); ev.Seq != want {
		return r.wrong("event %d of incident %s is missing: here stands event %d", want, h.ID, ev.Seq)
	}
	if (ev.Type == ifsev.Declared) != (ev.Seq == 1) {
		return r.wrong("the events of incident %s do not begin with its declaration", h.ID)
	}
	h.Events, h.Bodies = append(h.Events, ev), append(h.Bodies, l.Event)
	r.seen.Events++
	return nil
}

func (r *Reader) atEnd(e *End) error {
	if *e != r.seen {
		return r.wrong("the export has %d events of %d incidents here, and was written with %d of %d: something was taken out", r.seen.Events, r.seen.Incidents, e.Events, e.Incidents)
	}
	return io.EOF
}

func (r *Reader) wrong(format string, args ...any) error {
	return fmt.Errorf("line %d: %s", r.n, fmt.Sprintf(format, args...))
}

// errBrokeOff says that the end is missing.
var errBrokeOff = errors.New("the export broke off before its end: make it again")

// read answers the next line that is not blank.
func (r *Reader) read() (*line, error) {
	for {
		raw, err := r.line()
		if err != nil {
			return nil, err
		}
		if len(bytes.TrimSpace(raw)) == 0 {
			continue
		}
		var l line
		if err := json.Unmarshal(raw, &l); err != nil {
			if r.n == 1 {
				return nil, r.wrong("this is no export of ifsev: make one with `ifsev export > events.jsonl`")
			}
			return nil, r.wrong("it cannot be read: %s", err)
		}
		return &l, nil
	}
}

func (r *Reader) line() ([]byte, error) {
	r.n++
	var raw []byte
	for {
		part, err := r.lines.ReadSlice('\n')
		raw = append(raw, part...)
		switch {
		case err == nil:
			return raw, nil
		case errors.Is(err, bufio.ErrBufferFull) && len(raw) <= maxLine:
			continue
		case errors.Is(err, bufio.ErrBufferFull):
			return nil, r.wrong("longer than %d bytes", maxLine)
		case errors.Is(err, io.EOF) && len(raw) > 0:
			return raw, nil
		case errors.Is(err, io.EOF):
			return nil, fmt.Errorf("line %d: %w", r.n, errBrokeOff)
		}
		return nil, fmt.Errorf("line %d: %w", r.n, err)
	}
}
