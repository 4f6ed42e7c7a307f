package redisstate

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"

	"github.com/redis/go-redis/v9"
)

func TestCounterCountsWhatMayHaveBeenDone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		command string
		err     error
		want    int32
	}{
		"done":                         {"evalsha", nil, 1},
		"done, with no answer to give": {"eval", redis.Nil, 1},
		"answer lost":                  {"evalsha", io.EOF, 1},
		"timed out":                    {"evalsha", context.DeadlineExceeded, 1},
		"broke":                        {"evalsha", &net.OpError{Op: "read", Err: errors.New("reset")}, 1},
		"never sent":                   {"evalsha", &net.OpError{Op: "dial", Err: errors.New("refused")}, 0},
		"refused":                      {"evalsha", says("NOSCRIPT No matching script."), 0},
		"elsewhere":                    {"eval", says("MOVED 1 127.0.0.1:1"), 0},
		"a greeting":                   {"hello", nil, 0},
	} {
		hook := counter{}.ProcessHook(func(context.Context, redis.Cmder) error { return c.err })
		ctx, done := counting(t.Context())
		if err := hook(ctx, redis.NewCmd(ctx, c.command)); !errors.Is(err, c.err) || done.Load() != c.want {
			t.Errorf("%s: %d, %v, want %d and the error as it was", name, done.Load(), err, c.want)
		}
		if err := hook(t.Context(), redis.NewCmd(ctx, c.command)); !errors.Is(err, c.err) {
			t.Errorf("%s: %v where nobody counts", name, err)
		}
	}
}
