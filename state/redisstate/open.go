package redisstate

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

// layout is the version of the keys and their contents; another one is not read.
const layout = 1

// Options are what a URL does not say. The zero value is right for a daemon.
type Options struct {
	// Prefix stands in front of every key, unless the URL has one; empty means "ifsev:". Two stores may share a server
	// under two prefixes.
	Prefix string
	// Durability is what must be true of a write before it counts; empty means Local for one server, Replicated for
	// Sentinel and cluster.
	Durability Durability
	// Budget is how long an operation is tried again while the server cannot be reached; zero means 2 s, and 4 s for
	// Disk.
	Budget time.Duration
	// PoolSize is the most connections to one node; zero means go-redis' default, ten for each processor.
	PoolSize int

	wait time.Duration // for the replicas or the disk, once
}

func (o Options) withDefaults(a *address) (Options, error) {
	if a.prefix != "" {
		o.Prefix = a.prefix
	}
	if o.Prefix == "" {
		o.Prefix = "ifsev:"
	}
	switch o.Durability {
	case Local, Replicated, Disk:
	case "":
		o.Durability = Replicated
		if a.form == single {
			o.Durability = Local
		}
	default:
		return o, fmt.Errorf("durability %q is not known: it is local, replicated or disk", o.Durability)
	}
	if strings.ContainsAny(o.Prefix, "{}") {
		return o, fmt.Errorf("the prefix %q holds a brace, which Redis takes for a hash tag: choose one without", o.Prefix)
	}
	o.Budget, o.wait = o.Durability.patience(o.Budget)
	return o, nil
}

// Store is a state.Store in Redis.
type Store struct {
	client     redis.UniversalClient
	scripts    scripts
	prefix     string
	budget     time.Duration
	durability Durability
	wait       time.Duration // for a replica or the disk, once
	copies     copies

	// open is held for reading by every operation, so that Close waits for them.
	open   sync.RWMutex
	closed bool
}

var _ state.Store = (*Store)(nil)

// Open connects to the server, the master or the cluster that url names (see address) and checks that what is there
// was laid out as this version does it. It answers an error that wraps state.ErrUnavailable if the server cannot be
// reached within the budget, or does not let ifsev in. Call Inspect next, and Close in the end.
func Open(ctx context.Context, url string, opt Options) (*Store, error) {
	a, err := parse(url)
	if err != nil {
		return nil, err
	}
	if opt, err = opt.withDefaults(a); err != nil {
		return nil, err
	}
	logging.Disable() // go-redis prints every failed dial; here errors are answered, and the engine logs them once
	client, err := dial(a, opt)
	if err != nil {
		return nil, err
	}
	s := &Store{
		client: client, scripts: newScripts(), prefix: opt.Prefix, budget: opt.Budget, durability: opt.Durability,
		wait: opt.wait,
	}
	if err := s.checkLayout(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// checkLayout refuses a store that was created otherwise; one that is empty is laid out.
func (s *Store) checkLayout(ctx context.Context) error {
	answer, err := s.run(ctx, s.scripts.meta, s.meta(), ifsev.Partitions, layout)
	if err != nil {
		return err
	}
	r := reading(answer)
	if n := r.integer(); n != ifsev.Partitions {
		return fmt.Errorf("the store was created with %d partitions, this version has %d: use the version it was created with, or another prefix", n, ifsev.Partitions)
	}
	if v := r.integer(); v != layout {
		return fmt.Errorf("the store has layout %d, this version of ifsev reads %d: use the version that wrote it, or another prefix", v, layout)
	}
	return r.err
}

// Durability answers what is true of a write that counts: Options.Durability, or what the URL's form makes of none.
func (s *Store) Durability() Durability { return s.durability }

// Close closes the connections after waiting for operations under way. It may be called twice.
func (s *Store) Close() error {
	s.open.Lock()
	defer s.open.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	return s.client.Close()
}

// base is what the keys of a partition begin with.
func (s *Store) base(p ifsev.Partition) string { return fmt.Sprintf("%s{p%d}:", s.prefix, p) }

// meta is what the keys begin with that belong to no partition.
func (s *Store) meta() string { return s.prefix + "{meta}:" }

// baseOf is the base of the partition an incident lives in. An ID that is none cannot be in the store.
func (s *Store) baseOf(id string) (string, error) {
	p, err := ifsev.PartitionOfID(id)
	if err != nil {
		return "", fmt.Errorf("%w: %w", state.ErrNotFound, err)
	}
	return s.base(p), nil
}

// Now answers the server's clock.
func (s *Store) Now(ctx context.Context) (time.Time, error) {
	var now time.Time
	err := s.do(ctx, "TIME", func(ctx context.Context) (err error) {
		now, err = s.client.Time(ctx).Result()
		return err
	})
	return now.UTC(), err
}
