package wire

import "time"

// Doctor is how a daemon is, or what can be said of it while it is down: one line for each thing.
type Doctor struct {
	// OK is false if a line says fail.
	OK      bool      `json:"ok"`
	At      time.Time `json:"at"`
	Version string    `json:"version"`
	// Running says that a daemon told it of itself.
	Running bool         `json:"running"`
	Lines   []DoctorLine `json:"lines"`
}

// DoctorLine is how one thing is.
type DoctorLine struct {
	About string `json:"about"`
	// Status is ok, warn or fail.
	Status string `json:"status"`
	Text   string `json:"text"`
	// Next is what to do, where something is to be done.
	Next string `json:"next,omitempty"`
}

// The statuses of a line.
const (
	DoctorOK   = "ok"
	DoctorWarn = "warn"
	DoctorFail = "fail"
)

// Add adds a line.
func (d *Doctor) Add(about, status, text, next string) {
	d.Lines = append(d.Lines, DoctorLine{About: about, Status: status, Text: text, Next: next})
	d.OK = d.OK && status != DoctorFail
}
