package actions

import (
	"context"
	"net/http"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/secret"
)

// beatID is the idempotency key of heartbeats: they are all the same.
const beatID = "heartbeat"

// CheckBeat says what is wrong with an address that heartbeats are to be sent to. The error does not hold it.
func CheckBeat(address secret.Secret) error {
	_, err := parseAddress(address.Reveal())
	return err
}

// Beat asks for the address once, by GET, the way services expect it that notice when nothing comes any more. It reaches
// what webhooks may reach. The error is an *ifsev.Failure and does not hold the address.
func (s *Sender) Beat(ctx context.Context, address secret.Secret) error {
	u, err := parseAddress(address.Reveal())
	if err != nil {
		return fail(ifsev.ReasonConfig, "heartbeat.url: %s", err)
	}
	scrub := s.scrub.with(append(addressSecrets(address.Reveal()), u.Path)...)
	a := Attempt{Delivery: ifsev.Delivery{ID: beatID}, scrub: scrub}
	_, failure := s.plain.send(ctx, a, request{method: http.MethodGet, address: u, header: http.Header{}, name: "the receiver of heartbeats"})
	if failure == nil {
		return nil
	}
	clean := *failure
	clean.Text = excerpt(scrub.text(clean.Text), errorLimit)
	return &clean
}
