package redisstate

import (
	"context"
	"errors"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"

	"github.com/ifsev/ifsev/state"
)

var _ state.Inspector = (*Store)(nil)

// Inspect reads what the server says about itself and answers a finding for each thing that makes ifsev promise less
// than it could; an error beside them says what makes it unfit, and what to change. On a cluster every master is asked. It needs
// INFO alone: where CONFIG is not allowed, a finding says what could not be read.
func (s *Store) Inspect(ctx context.Context) ([]state.Finding, error) {
	var found []server
	var whole map[string]string
	err := s.do(ctx, "INFO", func(ctx context.Context) (err error) {
		found, whole, err = s.servers(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	return judgeAll(found, whole, s.durability)
}

// Accepts answers why nothing that is written now would count, where that is known before: durability: replicated, and a
// master that has no replica. Of a cluster it asks the master that every daemon begins with.
func (s *Store) Accepts(ctx context.Context) error {
	if s.durability != Replicated {
		return nil
	}
	var info map[string]string
	err := s.do(ctx, "INFO", func(ctx context.Context) error {
		node, err := s.node(ctx, s.meta())
		if err != nil {
			return err
		}
		text, err := node.Info(ctx, "replication").Result()
		info = parseInfo(text)
		return err
	})
	if err == nil && info["connected_slaves"] == "0" {
		err = errors.New("durability: replicated needs a replica, and the Redis server has none: add one, or use durability: local")
	}
	return err
}

// servers asks every server that takes writes, and a cluster besides how it is as a whole.
func (s *Store) servers(ctx context.Context) (found []server, whole map[string]string, err error) {
	if c, ok := s.client.(*redis.ClusterClient); ok {
		text, err := c.ClusterInfo(ctx).Result()
		if err != nil {
			return nil, nil, err
		}
		whole = parseInfo(text)
	}
	found, err = s.eachMaster(ctx, inspect)
	return found, whole, err
}

// eachMaster asks every server that takes writes; on a cluster they have names, and are in no order.
func (s *Store) eachMaster(ctx context.Context, ask func(context.Context, redis.UniversalClient) (server, error)) (found []server, err error) {
	c, ok := s.client.(*redis.ClusterClient)
	if !ok {
		one, err := ask(ctx, s.client)
		return []server{one}, err
	}
	var mu sync.Mutex
	err = c.ForEachMaster(ctx, func(ctx context.Context, node *redis.Client) error {
		one, err := ask(ctx, node)
		one.name = node.Options().Addr
		mu.Lock()
		defer mu.Unlock()
		found = append(found, one)
		return err
	})
	return found, err
}

// A server is what one Redis says about itself.
type server struct {
	name string // its address in a cluster, else empty
	info map[string]string
	// fsync is how often the append-only file is synced, atLeast how many replicas a write needs; empty if that cannot
	// be read.
	fsync, atLeast string
}

func inspect(ctx context.Context, c redis.UniversalClient) (server, error) {
	text, err := c.Info(ctx).Result()
	if err != nil {
		return server{}, err
	}
	srv := server{info: parseInfo(text)}
	// Managed servers refuse CONFIG, which is no error here: a finding says so.
	if srv.info["aof_enabled"] == "1" {
		srv.fsync = c.ConfigGet(ctx, "appendfsync").Val()["appendfsync"]
	}
	srv.atLeast = c.ConfigGet(ctx, "min-replicas-to-write").Val()["min-replicas-to-write"]
	return srv, nil
}

func parseInfo(text string) map[string]string {
	info := map[string]string{}
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			info[name] = value
		}
	}
	return info
}
