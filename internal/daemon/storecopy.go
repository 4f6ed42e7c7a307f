package daemon

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
	"github.com/ifsev/ifsev/state/boltstate"
)

// copier is the owner under which a copy takes leases.
const copier = "ifsev store copy"

// copyLease is how long nobody else may begin to poll what is copied, if the copy is killed.
const copyLease = time.Minute

// Copied is a copy that was made and compared.
type Copied struct {
	// From and To say where, without secrets.
	From, To string
	Tally    *state.Tally
}

// Copy fills the store at one address with all that the store at another keeps, and compares. No daemon may use either.
func (w *StoreWork) Copy(ctx context.Context, from, to string) (c Copied, err error) {
	for _, address := range []*string{&from, &to} {
		if *address, err = w.expand(*address); err != nil {
			return c, err
		}
	}
	if from == to {
		return c, errors.New("from and to are the same store")
	}
	source, err := w.openSource(ctx, from)
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	if err := source.refuseHalf(ctx); err != nil {
		return c, err
	}
	done, err := alone(ctx, source)
	if err != nil {
		return c, err
	}
	defer done()
	target, err := openStore(ctx, to, "", w.Now)
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, target.Close()) }()
	reader, readable := source.Store.(state.Source)
	filler, fillable := target.Store.(state.Target)
	if !readable || !fillable || target.place == "memory" {
		return c, errors.New("copies are made between file:DIR and redis://…: memory: keeps nothing")
	}
	c = Copied{From: source.place, To: target.place}
	if c.Tally, err = state.Copy(ctx, reader, filler); errors.Is(err, state.ErrNotEmpty) {
		return c, fmt.Errorf("nothing was copied to %s: %w; copy into a new folder, another database, or under another prefix", c.To, err)
	}
	return c, err
}

// openSource opens what is only read: a source that is not there is a mistake in its address, and nothing is made of it.
func (w *StoreWork) openSource(ctx context.Context, address string) (*opened, error) {
	dir, ok := strings.CutPrefix(address, "file:")
	if !ok {
		return openExisting(ctx, address, "", w.Now)
	}
	dir = strings.TrimPrefix(dir, "//")
	store, err := boltstate.Open(dir, boltstate.Options{Now: w.Now, ReadOnly: true})
	if err != nil {
		return nil, err
	}
	return &opened{Store: store, place: dir}, nil
}

// alone makes sure that no daemon works on the store, and keeps others from beginning to, until done is called. That
// of an embedded store is its lock.
func alone(ctx context.Context, o *opened) (done func(), err error) {
	if !o.shared {
		return func() {}, nil
	}
	all := make([]ifsev.Partition, ifsev.Partitions)
	for i := range all {
		all[i] = ifsev.Partition(i)
	}
	mine, err := o.Lease(ctx, copier, all, copyLease)
	if err != nil {
		return nil, err
	}
	done = func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		_, _ = o.Lease(ctx, copier, all, 0) // it ends by itself
	}
	if len(mine) < len(all) {
		done()
		return nil, fmt.Errorf("a daemon works on %s: stop every daemon that uses it (a killed one is gone after 10 s), then copy again", o.place)
	}
	return done, nil
}

// refuseHalf says that a store was not filled to its end.
func (o *opened) refuseHalf(ctx context.Context) error {
	filler, ok := o.Store.(state.Filler)
	if !ok {
		return nil
	}
	filling, err := filler.Filling(ctx)
	if err == nil && filling {
		err = fmt.Errorf("a copy into %s was begun and not finished: run `ifsev store copy` again, or use another store", o.place)
	}
	return err
}
