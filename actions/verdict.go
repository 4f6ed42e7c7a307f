package actions

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/ifsev/ifsev"
)

// retryAfterLimit caps what a receiver may ask us to wait: a year in that header must not bury a page.
const retryAfterLimit = time.Hour

// verdict is the one table from HTTP status to failure; nil means the receiver took it. The text is left to the caller.
//
//	2xx              taken
//	429              rate_limited   again, not before Retry-After
//	408 425 5xx      server         again, not before Retry-After
//	401 403          auth           for good
//	3xx, other 4xx   client         for good (redirects are not followed)
func verdict(status int, header http.Header, now time.Time) *ifsev.Failure {
	switch {
	case status >= 200 && status < 300:
		return nil
	case status == http.StatusTooManyRequests:
		return &ifsev.Failure{Reason: ifsev.ReasonRateLimited, RetryAfter: retryAfter(header, now)}
	case status == http.StatusRequestTimeout, status == http.StatusTooEarly, status >= 500:
		return &ifsev.Failure{Reason: ifsev.ReasonServer, RetryAfter: retryAfter(header, now)}
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return &ifsev.Failure{Reason: ifsev.ReasonAuth, Permanent: true}
	}
	return &ifsev.Failure{Reason: ifsev.ReasonClient, Permanent: true}
}

// retryAfter reads how long the receiver asks to wait, in seconds or as a date; 0 if it does not say or the date is
// past.
func retryAfter(header http.Header, now time.Time) time.Duration {
	text := strings.TrimSpace(header.Get("Retry-After"))
	if text != "" && strings.Trim(text, "0123456789") == "" {
		seconds, err := strconv.ParseInt(text, 10, 64)
		if err != nil || seconds > int64(retryAfterLimit/time.Second) {
			return retryAfterLimit // more digits than fit are more than the limit too
		}
		return time.Duration(seconds) * time.Second
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	return min(max(at.Sub(now), 0), retryAfterLimit)
}

// statusText is a status as people write it: 503 Service Unavailable.
func statusText(status int) string {
	return strings.TrimSpace(strconv.Itoa(status) + " " + http.StatusText(status))
}
