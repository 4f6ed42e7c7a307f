package redisstate

import (
	"context"

	"github.com/redis/go-redis/v9"

	"github.com/ifsev/ifsev/state"
)

var _ state.Roomy = (*Store)(nil)

// keepShare is how much of its maxmemory a server should have free, in hundredths.
const keepShare = 15

// Room answers how much memory is left under the server's maxmemory; without one there is no bound. On a cluster it is
// that of the master with the least: what belongs there is refused first.
func (s *Store) Room(ctx context.Context) (state.Room, error) {
	var all []server
	err := s.do(ctx, "INFO", func(ctx context.Context) (err error) {
		all, err = s.eachMaster(ctx, func(ctx context.Context, node redis.UniversalClient) (server, error) {
			text, err := node.Info(ctx, "memory").Result()
			return server{info: parseInfo(text)}, err
		})
		return err
	})
	if err != nil {
		return state.Room{}, err
	}
	var least state.Room
	for _, srv := range all {
		if room := srv.room(); room.Total > 0 && (least.Total == 0 || room.Ratio() < least.Ratio()) {
			least = room
		}
	}
	return least, nil
}

// room is what the server has left. What it holds for replicas and its append-only file is not held against maxmemory.
func (s server) room() state.Room {
	limit := s.number("maxmemory")
	if limit <= 0 {
		return state.Room{}
	}
	free := max(0, limit-s.number("used_memory")+s.number("mem_not_counted_for_evict"))
	return state.Room{Free: uint64(min(free, limit)), Total: uint64(limit), Keep: uint64(limit / 100 * keepShare)}
}
