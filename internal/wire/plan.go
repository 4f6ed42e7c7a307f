package wire

import "time"

// Plan is what will happen to an incident if nobody does anything and every delivery succeeds at its next attempt: at
// most 20 things, within 30 days.
type Plan struct {
	Incident string `json:"incident"`
	Number   int64  `json:"number"`
	// At is the instant it was made.
	At time.Time `json:"at"`
	// Items are in the order of time.
	Items []Planned `json:"items"`
	// More says that there is more to come within 30 days.
	More bool `json:"more"`
	// Deliveries are those on their way, the oldest first.
	Deliveries []Delivery `json:"deliveries"`
}

// Planned is one thing that will happen.
type Planned struct {
	At time.Time `json:"at"`
	// Rule fires then with Branch of its steps, or goes on with them; both are absent where an alert's time ends.
	Rule   string `json:"rule,omitempty"`
	Branch string `json:"branch,omitempty"`
	// What are the actions in words, in order.
	What []string `json:"what"`
	// Certain is false where it depends on a delivery that has not succeeded yet.
	Certain bool `json:"certain"`
}
