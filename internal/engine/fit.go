package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

// fitted is a store that is written to only while it is fit to keep what it is told. Else it is as if it could not be
// reached: nothing is accepted, nothing is delivered whose outcome would be lost, and all goes on once it is fit again.
// What is there can be read, and leases are kept, which are lost without harm.
type fitted struct {
	state.Store
	fit func() error
}

func (s fitted) refuse() error {
	if err := s.fit(); err != nil {
		return fmt.Errorf("%w: it is not fit to keep state: %w", state.ErrUnavailable, err)
	}
	return nil
}

// Commit implements state.Incidents.
func (s fitted) Commit(ctx context.Context, c state.Commit) (state.Result, error) {
	if err := s.refuse(); err != nil {
		return state.Result{}, err
	}
	return s.Store.Commit(ctx, c)
}

// Number implements state.Incidents.
func (s fitted) Number(ctx context.Context, id string) (int64, error) {
	if err := s.refuse(); err != nil {
		return 0, err
	}
	return s.Store.Number(ctx, id)
}

// Claim implements state.Queue.
func (s fitted) Claim(ctx context.Context, p ifsev.Partition, destination string, limit int, visibility time.Duration) ([]state.Claim, error) {
	if err := s.refuse(); err != nil {
		return nil, err
	}
	return s.Store.Claim(ctx, p, destination, limit, visibility)
}
