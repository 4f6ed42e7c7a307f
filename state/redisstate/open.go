package redisstate

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

// layout is the version of the keys and their contents; another one is not read.
const layout = 1

// usualPrefix stands in front of every key where nothing else is said.
const usualPrefix = "ifsev:"

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
	// Existing refuses a store that is not there with ErrNone, instead of laying one out: for what is only read.
	Existing bool
	// PoolSize is the most connections to one node; zero means go-redis' default, ten for each processor.
	PoolSize int

	wait time.Duration // for the replicas or the disk, once
}

func (o Options) withDefaults(a *address) (Options, error) {
	if a.prefix != "" {
		o.Prefix = a.prefix
	}
	if o.Prefix == "" {
		o.Prefix = usualPrefix
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
	address    *address
	prefix     string
	budget     time.Duration
	durability Durability
	wait       time.Duration // for a replica or the disk, once
	copies     copies
	lives      lives
	reloading  atomic.Bool

	// open is held for reading by every operation, so that Close waits for them.
	open   sync.RWMutex
	closed bool
}

var _ state.Store = (*Store)(nil)

// Open connects to the server, the master or the cluster that url names (see address) and checks that it is fit to keep
// state (see Inspect), and that what is there was laid out as this version does it. It answers an error that wraps
// state.ErrUnavailable if the server cannot be reached within the budget, or does not let ifsev in; its errors say what to
// do next. Call Close in the end.
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
		client: client, scripts: newScripts(), address: a, prefix: opt.Prefix, budget: opt.Budget, durability: opt.Durability,
		wait: opt.wait,
	}
	if err := s.check(ctx, opt.Existing); err != nil {
		_ = s.Close() // the error before it is the one to tell
		return nil, a.advise(err)
	}
	return s, nil
}

// check judges the server before anything is written to it, then what it holds.
func (s *Store) check(ctx context.Context, existing bool) error {
	if _, err := s.Inspect(ctx); err != nil { // what it finds short of that, the engine tells
		return err
	}
	return s.checkLayout(ctx, existing)
}

// checkLayout refuses a store that was created otherwise; where there is none, one is laid out, unless it is to be there.
func (s *Store) checkLayout(ctx context.Context, existing bool) error {
	var kept any
	err := s.do(ctx, "layout", func(ctx context.Context) error {
		has, err := s.client.HMGet(ctx, s.meta()+"layout", "partitions", "version").Result()
		if redis.HasErrorPrefix(err, "WRONGTYPE") {
			return denied{fmt.Sprintf("the key %slayout is none of ifsev's: something else uses these names; choose another database, or another ?prefix=", s.meta())}
		}
		kept = has
		return err
	})
	if err == nil && kept.([]any)[0] == nil {
		if existing {
			return fmt.Errorf("%w at %s: check the database number and ?prefix=", ErrNone, s.Place())
		}
		kept, err = s.run(ctx, s.scripts.meta, s.meta(), ifsev.Partitions, layout)
	}
	if err != nil {
		return err
	}
	r := reading(kept)
	if n := r.integer(); n != ifsev.Partitions {
		return fmt.Errorf("the store was created with %d partitions, this version has %d: use the version it was created with, or another prefix", n, ifsev.Partitions)
	}
	if v := r.integer(); v != layout {
		return fmt.Errorf("the store has layout %d, this version of ifsev reads %d: use the version that wrote it, or another prefix", v, layout)
	}
	return r.err
}

// ErrNone says that nothing was laid out where a store is to be (Options.Existing).
var ErrNone = errors.New("there is no ifsev store")

// Place says where the store is, without any secret, and under which prefix if that is not the usual one.
func (s *Store) Place() string { return s.address.place(s.prefix) }

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
