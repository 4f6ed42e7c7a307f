package archive_test

import (
	"context"

	"github.com/ifsev/ifsev/state"
)

// failing is a store that is gone after so many commits.
type failing struct {
	state.Store
	after int
}

func (f *failing) Commit(ctx context.Context, c state.Commit) (state.Result, error) {
	if f.after--; f.after < 0 {
		return state.Result{}, state.ErrUnavailable
	}
	return f.Store.Commit(ctx, c)
}
