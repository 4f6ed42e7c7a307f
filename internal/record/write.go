package record

import (
	"encoding/json"
	"io"
)

// Writer writes a record, line by line: Header, then Rules for each set, oldest first, then for each incident Event for
// each of its events and Kept, then End.
type Writer struct {
	json *json.Encoder
	end  End
	last string          // the incident of the last event
	sent map[string]bool // the sets whose files were written, by hash
}

// NewWriter makes a writer. It does not buffer.
func NewWriter(w io.Writer) *Writer {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return &Writer{json: enc, sent: map[string]bool{}}
}

// Header begins the record.
func (w *Writer) Header(h Header) error {
	h.Version = Version
	return w.json.Encode(line{Header: &h})
}

// Rules writes a rule set that was in force; its files only where they were not written before.
func (w *Writer) Rules(s RuleSet) error {
	if w.sent[s.Hash] {
		s.Files = nil
	}
	w.sent[s.Hash] = true
	return w.json.Encode(line{Rules: &s})
}

// Event writes an event of an incident, as it was committed.
func (w *Writer) Event(incident string, number int64, body json.RawMessage) error {
	if incident != w.last {
		w.last = incident
		w.end.Incidents++
	}
	w.end.Events++
	return w.json.Encode(line{Incident: incident, Number: number, Event: body})
}

// Kept writes what is kept of an incident beside its events, after the last of them.
func (w *Writer) Kept(incident string, number int64, k *Kept) error {
	return w.json.Encode(line{Incident: incident, Number: number, Kept: k})
}

// End ends the record.
func (w *Writer) End() error { return w.json.Encode(line{End: &w.end}) }
