package redisstate

import (
	"context"
	"embed"
	"errors"

	"github.com/redis/go-redis/v9"
)

//go:embed lua/*.lua
var sources embed.FS

// A script is one of lua/, with lib.lua in front of it.
type script struct {
	name string
	*redis.Script
}

// scripts are all of lua/.
type scripts struct {
	claim, commit, deliveries, due, lease, load, meta, number, putRules, retry, revive, rules, stats, timeline script
}

func newScripts() scripts {
	return scripts{
		claim: newScript("claim"), commit: newScript("commit"), deliveries: newScript("deliveries"), due: newScript("due"),
		lease: newScript("lease"), load: newScript("load"), meta: newScript("meta"), number: newScript("number"),
		putRules: newScript("putrules"), retry: newScript("retry"), revive: newScript("revive"), rules: newScript("rules"),
		stats: newScript("stats"), timeline: newScript("timeline"),
	}
}

func newScript(name string) script {
	return script{name, redis.NewScript(source("lib") + source(name))}
}

func source(name string) string {
	b, err := sources.ReadFile("lua/" + name + ".lua")
	if err != nil {
		panic(err) // it is part of the binary
	}
	return string(b)
}

// run runs the script once on the partition with this base and answers what it answered.
func (s *Store) run(ctx context.Context, sc script, base string, args ...any) (answer any, err error) {
	err = s.do(ctx, sc.name, func(ctx context.Context) error {
		answer, err = sc.Run(ctx, s.client, []string{base}, args...).Result()
		return err
	})
	return answer, err
}

// A call is one script to be run among others.
type call struct {
	base string
	args []any
}

// each runs the script for every call in one round trip to each node, and answers in their order. A script that a
// node does not know (it restarted, or was promoted) is sent in full to those calls.
func (s *Store) each(ctx context.Context, sc script, calls []call) ([]any, error) {
	answers := make([]any, len(calls))
	err := s.do(ctx, sc.name, func(ctx context.Context) error {
		todo := make([]int, len(calls))
		for i := range todo {
			todo[i] = i
		}
		unknown, err := s.pipe(ctx, todo, answers, func(p redis.Pipeliner, i int) *redis.Cmd {
			return sc.EvalSha(ctx, p, []string{calls[i].base}, calls[i].args...)
		})
		if err != nil || len(unknown) == 0 {
			return err
		}
		_, err = s.pipe(ctx, unknown, answers, func(p redis.Pipeliner, i int) *redis.Cmd {
			return sc.Eval(ctx, p, []string{calls[i].base}, calls[i].args...)
		})
		return err
	})
	return answers, err
}

// pipe sends a command for each of todo, puts the answers in their places and names those that met NOSCRIPT.
func (s *Store) pipe(ctx context.Context, todo []int, answers []any, add func(redis.Pipeliner, int) *redis.Cmd) (unknown []int, err error) {
	cmds := make([]*redis.Cmd, len(todo))
	_, err = s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for n, i := range todo {
			cmds[n] = add(p, i)
		}
		return nil
	})
	for n, i := range todo {
		answer, err := cmds[n].Result()
		switch {
		case redis.HasErrorPrefix(err, "NOSCRIPT"):
			unknown = append(unknown, i)
		case err != nil && !errors.Is(err, redis.Nil):
			return nil, err
		}
		answers[i] = answer
	}
	if len(unknown) == 0 && !errors.Is(err, redis.Nil) {
		return nil, err
	}
	return unknown, nil
}
