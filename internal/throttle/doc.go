// Package throttle says who sends a request, and holds up who fails to show a right secret too often.
//
// A right secret is never held up: senders share addresses behind proxies and NAT, and an alert that is lost because
// somebody else was wrong costs more than one more guess at a secret of many bits.
package throttle
