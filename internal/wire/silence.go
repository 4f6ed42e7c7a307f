package wire

import "time"

// Silence holds rules back on the incidents for which its condition holds, until an instant.
type Silence struct {
	// ID names one that was added while the daemon ran; absent for one that stands in a rule file.
	ID string `json:"id,omitempty"`
	// If is its condition.
	If     string    `json:"if"`
	Until  time.Time `json:"until"`
	Reason string    `json:"reason,omitempty"`
	// Rules are those it holds back; absent means all.
	Rules []string `json:"rules,omitempty"`
	// By is who added it, and At when.
	By string    `json:"by,omitempty"`
	At time.Time `json:"at,omitzero"`
	// File and Line say where one that stands in a rule file is written.
	File string `json:"file,omitempty"`
	Line int    `json:"line,omitempty"`
}
