package calendar

import "time"

// Longest is the longest stretch of hours without a break, by the clock and without holidays; false where it has no
// end, because every hour of the week is open.
func (c *Calendar) Longest() (time.Duration, bool) {
	var longest, from, to time.Duration
	for d := range 2 * len(c.week) {
		midnight := time.Duration(d) * fullDay
		for _, s := range c.week[d%len(c.week)] {
			if midnight+s.From > to {
				from = midnight + s.From
			}
			to = max(to, midnight+s.To)
			longest = max(longest, to-from)
		}
	}
	return longest, longest < time.Duration(len(c.week))*fullDay
}
