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
		store, err := openRedis(ctx, address, redisstate.Options{Durability: redisstate.Durability(durability)})
		if err != nil {
			return nil, err
		}
		if err := store.Store.(*redisstate.Store).Accepts(ctx); err != nil {
			_ = store.Close() // the error before it is the one to tell
			return nil, err
		}
		return store, nil
	}
	return nil, fmt.Errorf("the store %q is not known: write %s (with the colon)", redactURL(address), storeForms)
}

// storeForms are the forms an address of a store has.
const storeForms = "file:DIR, redis://HOST:PORT/DB, redis+sentinel://HOST:PORT,HOST:PORT/MASTER/DB, redis+cluster://HOST:PORT,HOST:PORT, each with rediss for TLS, or memory:"

// openExisting opens a store that is not embedded and is only read: one that is not there is not made.
func openExisting(ctx context.Context, address, durability string, now func() time.Time) (*opened, error) {
	if strings.HasPrefix(address, "redis") {
		return openRedis(ctx, address, redisstate.Options{Durability: redisstate.Durability(durability), Existing: true})
	}
	return openStore(ctx, address, durability, now)
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

func openRedis(ctx context.Context, address string, opt redisstate.Options) (*opened, error) {
	store, err := redisstate.Open(ctx, address, opt)
	if err != nil {
		return nil, err
	}
	return &opened{Store: store, place: store.Place(), shared: true, durability: store.Durability()}, nil
}

// redactURL takes user, password and all parameters but the prefix out of a URL; of what is no URL it shows the scheme
// alone.
func redactURL(address string) string {
	scheme, rest, _ := strings.Cut(address, ":")
	if at := strings.LastIndex(rest, "@"); at >= 0 { // a password may hold @ and / as they are
		address = scheme + "://user@" + rest[at+1:]
	}
	u, err := url.Parse(address)
	if err != nil {
		return scheme + ":…"
	}
	if u.User != nil {
		u.User = url.User("…")
	}
	prefix := u.Query().Get("prefix")
	u.RawQuery = ""
	text, err := url.PathUnescape(u.String())
	if err != nil {
		return u.Scheme + "://" + u.Host
	}
	if prefix != "" {
		text += "?prefix=" + prefix
	}
	return text
}
