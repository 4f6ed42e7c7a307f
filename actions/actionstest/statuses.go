package actionstest

import (
	"time"

	"github.com/ifsev/ifsev"
)

// StatusCase is one line of the truth table from HTTP status to failure.
type StatusCase struct {
	Status     int
	RetryAfter string // the header
	// Want is the failure without its text; nil means none.
	Want *ifsev.Failure
}

// StatusCases is the truth table every kind that speaks HTTP is held to, at the instant now.
func StatusCases(now time.Time) []StatusCase {
	again := func(reason ifsev.FailureReason, after time.Duration) *ifsev.Failure {
		return &ifsev.Failure{Reason: reason, RetryAfter: after}
	}
	final := func(reason ifsev.FailureReason) *ifsev.Failure {
		return &ifsev.Failure{Reason: reason, Permanent: true}
	}
	date := func(d time.Duration) string { return now.Add(d).UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT") }
	return []StatusCase{
		{300, "", final(ifsev.ReasonClient)}, {301, "", final(ifsev.ReasonClient)}, {302, "", final(ifsev.ReasonClient)},
		{307, "", final(ifsev.ReasonClient)}, {308, "", final(ifsev.ReasonClient)},
		{400, "", final(ifsev.ReasonClient)}, {401, "", final(ifsev.ReasonAuth)}, {403, "", final(ifsev.ReasonAuth)},
		{404, "", final(ifsev.ReasonClient)}, {405, "", final(ifsev.ReasonClient)}, {408, "", again(ifsev.ReasonServer, 0)},
		{409, "", final(ifsev.ReasonClient)}, {410, "", final(ifsev.ReasonClient)}, {413, "", final(ifsev.ReasonClient)},
		{422, "", final(ifsev.ReasonClient)}, {425, "", again(ifsev.ReasonServer, 0)},
		{429, "", again(ifsev.ReasonRateLimited, 0)}, {429, "30", again(ifsev.ReasonRateLimited, 30*time.Second)},
		{429, "0", again(ifsev.ReasonRateLimited, 0)}, {429, "-5", again(ifsev.ReasonRateLimited, 0)},
		{429, "soon", again(ifsev.ReasonRateLimited, 0)}, {429, "3601", again(ifsev.ReasonRateLimited, time.Hour)},
		{429, "99999999999999999999999", again(ifsev.ReasonRateLimited, time.Hour)},
		{429, date(90 * time.Second), again(ifsev.ReasonRateLimited, 90*time.Second)},
		{429, date(-time.Minute), again(ifsev.ReasonRateLimited, 0)},
		{429, date(48 * time.Hour), again(ifsev.ReasonRateLimited, time.Hour)},
		{500, "", again(ifsev.ReasonServer, 0)}, {501, "", again(ifsev.ReasonServer, 0)}, {502, "", again(ifsev.ReasonServer, 0)},
		{503, "7", again(ifsev.ReasonServer, 7*time.Second)}, {504, "", again(ifsev.ReasonServer, 0)}, {599, "", again(ifsev.ReasonServer, 0)},
	}
}
