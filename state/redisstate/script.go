package redisstate

import (
	"context"
	"embed"
	"errors"
	"slices"

	"github.com/redis/go-redis/v9"

	"github.com/ifsev/ifsev/state"
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
	audit, auditFront, auditLane, claim, commit, deliveries, due, enroll, fill, lease, letters, load, meta, number, putRules, remove, retry, revive, rules, stats, timeline script
}

func newScripts() scripts {
	return scripts{
		audit: newScript("audit"), auditFront: newScript("auditfront"), auditLane: newScript("auditlane"),
		claim: newScript("claim"), commit: newScript("commit"), deliveries: newScript("deliveries"), due: newScript("due"),
		enroll: newScript("enroll"), fill: newScript("fill"), lease: newScript("lease"), letters: newScript("letters"), load: newScript("load"), meta: newScript("meta"), number: newScript("number"),
		putRules: newScript("putrules"), remove: newScript("remove"), retry: newScript("retry"), revive: newScript("revive"), rules: newScript("rules"),
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
		answer, err = sc.Run(ctx, s.client, keys(base), args...).Result()
		return err
	})
	return answer, err
}

// keys are a script's: the base of a partition, and a second that exists as little as the first. While a slot moves from
// one node to another, its keys are on both, and a script on either would see a part. The node it leaves asks to look
// on the other for keys it does not have, and that one takes several keys of a moving slot only if it has them all: it
// answers TRYAGAIN until the slot has moved. One key that does not exist would be let through there.
func keys(base string) []string { return []string{base, base + "-"} }

// A call is one script to be run among others.
type call struct {
	base string
	args []any
}

// absent stands for the answer of a node that gave none.
type absent struct{ error }

// each runs the script for every call in one round trip to each node, and answers in their order; all of them, or an
// error.
func (s *Store) each(ctx context.Context, sc script, calls []call) ([]any, error) {
	return s.eachOf(ctx, sc, calls, false)
}

// some is each for those who can do with a part: where a node is away and others are not, the answers of its
// partitions are absent.
func (s *Store) some(ctx context.Context, sc script, calls []call) ([]any, error) {
	return s.eachOf(ctx, sc, calls, true)
}

// eachOf sends a script that a node does not know (it restarted, or was promoted) in full to the calls that met that.
func (s *Store) eachOf(ctx context.Context, sc script, calls []call, partial bool) ([]any, error) {
	answers := make([]any, len(calls))
	err := s.do(ctx, sc.name, func(ctx context.Context) error {
		todo := make([]int, len(calls))
		for i := range todo {
			todo[i] = i
		}
		unknown := s.pipe(ctx, todo, answers, func(p redis.Pipeliner, i int) *redis.Cmd {
			return sc.EvalSha(ctx, p, keys(calls[i].base), calls[i].args...)
		})
		if len(unknown) > 0 {
			s.pipe(ctx, unknown, answers, func(p redis.Pipeliner, i int) *redis.Cmd {
				return sc.Eval(ctx, p, keys(calls[i].base), calls[i].args...)
			})
		}
		return verdict(answers, partial)
	})
	if err == nil && partial && slices.ContainsFunc(answers, isAbsent) {
		s.reload(ctx)
	}
	return answers, err
}

func isAbsent(answer any) bool {
	_, ok := answer.(absent)
	return ok
}

// verdict answers the first error, unless part of the answers will do and each error is one of being away.
func verdict(answers []any, partial bool) error {
	var first error
	missing := 0
	for _, answer := range answers {
		a, ok := answer.(absent)
		if !ok {
			continue
		}
		missing++
		if !errors.Is(classify(a.error), state.ErrUnavailable) {
			return a.error
		}
		if first == nil {
			first = a.error
		}
	}
	if partial && missing < len(answers) {
		return nil
	}
	return first
}

// pipe sends a command for each of todo, puts the answers in their places and names those that met NOSCRIPT.
func (s *Store) pipe(ctx context.Context, todo []int, answers []any, add func(redis.Pipeliner, int) *redis.Cmd) (unknown []int) {
	cmds := make([]*redis.Cmd, len(todo))
	_, failed := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for n, i := range todo {
			cmds[n] = add(p, i)
		}
		return nil
	})
	anyErr := false
	for n, i := range todo {
		answer, err := cmds[n].Result()
		answers[i] = answer
		if err == nil || errors.Is(err, redis.Nil) {
			continue
		}
		anyErr = true
		answers[i] = absent{err}
		if redis.HasErrorPrefix(err, "NOSCRIPT") {
			unknown = append(unknown, i)
		}
	}
	if failed != nil && !errors.Is(failed, redis.Nil) && !anyErr {
		for _, i := range todo { // it was not even sent
			answers[i] = absent{failed}
		}
	}
	return unknown
}
