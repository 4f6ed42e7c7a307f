package daemon

import (
	"context"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/ifsev/ifsev/state"
	"github.com/ifsev/ifsev/state/boltstate"
	"github.com/ifsev/ifsev/state/memstate"
	"github.com/ifsev/ifsev/state/redisstate"
)

// DefaultStore is where state is kept if nothing says otherwise.
const DefaultStore = "file:./ifsev-data"

// opened is a store with what people should know of it.
type opened struct {
	state.Store
	// place says where the data is, without any secret.
	place    string
	warnings []string
	// shared means that other replicas may write to it too.
	shared bool
	// durability is what is true of a write that counts, where that can be chosen.
	durability redisstate.Durability
}

// openStore opens the store a URL names.
func openStore(ctx context.Context, address, durability string, now func() time.Time) (*opened, error) {
	scheme, rest, ok := strings.Cut(address, ":")
	switch {
	case !ok:
	case scheme == "file":
		return openFile(strings.TrimPrefix(rest, "//"), now)
	case scheme == "memory":
		return &opened{
			Store: memstate.New(now), place: "memory",
			warnings: []string{"the store is memory: nothing survives the end of this process; use file:DIR or redis://HOST:PORT"},
		}, nil
	case strings.HasPrefix(scheme, "redis"):
		return openRedis(ctx, address, durability)
	}
	return nil, fmt.Errorf("the store %q is not known: write file:DIR, redis://HOST:PORT/DB, rediss://… or memory: (with the colon)", redactURL(address))
}

func openFile(dir string, now func() time.Time) (*opened, error) {
	if dir == "" {
		return nil, fmt.Errorf("the store file: names no folder: write it like %s", DefaultStore)
	}
	store, err := boltstate.Open(dir, boltstate.Options{Now: now})
	if err != nil {
		return nil, err
	}
	if abs, err := filepath.Abs(dir); err == nil {
		dir = abs
	}
	return &opened{Store: store, place: dir}, nil
}

func openRedis(ctx context.Context, address, durability string) (*opened, error) {
	store, err := redisstate.Open(ctx, address, redisstate.Options{Durability: redisstate.Durability(durability)})
	if err != nil {
		return nil, err
	}
	if _, err := store.Inspect(ctx); err != nil { // what it finds short of that, the engine tells
		_ = store.Close() // the error before it is the one to tell
		return nil, err
	}
	return &opened{Store: store, place: redactURL(address), shared: true, durability: store.Durability()}, nil
}

// redactURL takes user and password out of a URL; of what is no URL it shows the scheme alone.
func redactURL(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		scheme, _, _ := strings.Cut(address, ":")
		return scheme + ":…"
	}
	if u.User != nil {
		u.User = url.User("…")
	}
	u.RawQuery = ""
	text, err := url.PathUnescape(u.String())
	if err != nil {
		return u.Scheme + "://" + u.Host
	}
	return text
}
