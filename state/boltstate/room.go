package boltstate

import (
	"context"
	"path/filepath"

	"github.com/ifsev/ifsev/state"
	"github.com/ifsev/ifsev/state/internal/kv"
)

var _ state.Roomy = (*Store)(nil)

// leastFree is how much of any disk should stay free, and least a hundredth's fraction of large ones.
const (
	leastFree  = 256 << 20
	leastShare = 20 // one twentieth
)

// Room answers how much is free on the disk the store lies on. On a disk smaller than a few times what should stay
// free, a twentieth is enough.
func (s *Store) Room(ctx context.Context) (state.Room, error) {
	if ctx.Err() != nil {
		return state.Room{}, kv.Interrupted(ctx)
	}
	return roomIn(filepath.Dir(s.file.path))
}

func roomIn(dir string) (state.Room, error) {
	free, total, err := diskSpace(dir)
	if err != nil || total == 0 {
		return state.Room{}, err
	}
	keep := total / leastShare
	if total > 4*leastFree {
		keep = max(keep, leastFree)
	}
	return state.Room{Free: free, Total: total, Keep: keep}, nil
}
