package wire

import (
	"time"

	"github.com/ifsev/ifsev"
)

// Delivery is one outside step of one firing, with how far it has come.
type Delivery struct {
	ID       string `json:"id"`
	Incident string `json:"incident"`
	// Number is the incident's number, for people.
	Number      int64               `json:"number"`
	Rule        string              `json:"rule"`
	Firing      string              `json:"firing,omitempty"`
	Step        string              `json:"step"`
	Action      string              `json:"action"`
	Destination string              `json:"destination"`
	State       ifsev.DeliveryState `json:"state"`
	Attempts    int                 `json:"attempts"`
	CreatedAt   time.Time           `json:"created_at,omitzero"`
	// NextAttemptAt is when it is attempted next, or when the attempt under way is given up; absent for what waits
	// behind another, and for what is dead or delivered.
	NextAttemptAt time.Time `json:"next_attempt_at,omitzero"`
	LastError     string    `json:"last_error,omitempty"`
	// Receipt is what the receiver answered; only of delivered ones.
	Receipt *ifsev.Receipt `json:"receipt,omitempty"`
}

// HookAnswer is what a source is told about each alert it posted.
type HookAnswer struct {
	Results []ifsev.AlertResult `json:"results"`
}
