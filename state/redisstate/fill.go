package redisstate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

var _ state.Filler = (*Store)(nil)

// filling marks under meta that the store is being filled; under each partition it holds the last batch.
const filling = "filling"

// Filling reports whether filling was begun and not ended; see state.Filler.
func (s *Store) Filling(ctx context.Context) (bool, error) {
	var n int64
	err := s.do(ctx, "filling", func(ctx context.Context) (err error) {
		n, err = s.client.Exists(ctx, s.meta()+filling).Result()
		return err
	})
	return n > 0, err
}

// BeginFill makes the store ready to be filled; see state.Filler.
func (s *Store) BeginFill(ctx context.Context) error {
	again, err := s.Filling(ctx)
	if err != nil {
		return err
	}
	err = s.scan(ctx, "", func(found []string) error {
		found = slices.DeleteFunc(found, s.passing)
		switch {
		case len(found) == 0:
			return nil
		case !again:
			return fmt.Errorf("%w: it holds the key %.100q", state.ErrNotEmpty, found[0])
		}
		return s.unlink(ctx, found)
	})
	if err != nil {
		return err
	}
	return s.do(ctx, filling, func(ctx context.Context) error { return s.client.HSet(ctx, s.meta()+filling, "batch", 0).Err() })
}

// passing reports whether a key says nothing of what is kept: how the store is laid out, and who is there.
func (s *Store) passing(name string) bool {
	if name == s.meta()+"layout" || name == s.meta()+"roster" || name == s.meta()+filling {
		return true
	}
	_, end, _ := strings.Cut(strings.TrimPrefix(name, s.prefix), "}:")
	return end == "lease" || end == "fence"
}

func (s *Store) unlink(ctx context.Context, names []string) error {
	return s.do(ctx, "unlink", func(ctx context.Context) error {
		_, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
			for _, name := range names { // one each: together they would have to live on one node
				p.Unlink(ctx, name)
			}
			return nil
		})
		return err
	})
}

// EndFill says that all is there; see state.Filler.
func (s *Store) EndFill(ctx context.Context) error {
	var names []string
	for _, p := range allPartitions() {
		names = append(names, s.base(p)+filling)
	}
	if err := s.unlink(ctx, names); err != nil {
		return err
	}
	return s.unlink(ctx, []string{s.meta() + filling})
}

// Fill takes rows, those of each partition in one script; see state.Filler.
func (s *Store) Fill(ctx context.Context, batch int64, rows []state.Row) error {
	f := filler{store: s, args: map[string][]any{}}
	for _, r := range rows {
		if err := f.row(r); err != nil {
			return err
		}
	}
	for _, base := range f.bases {
		if _, err := s.durably(ctx, s.scripts.fill, base, nil, append([]any{batch}, f.args[base]...)...); err != nil {
			return err
		}
	}
	return nil
}

// filler gathers the arguments of fill.lua, by base.
type filler struct {
	store *Store
	bases []string
	args  map[string][]any
}

func (f *filler) add(base, cmd, name string, args ...any) {
	if _, ok := f.args[base]; !ok {
		f.bases = append(f.bases, base)
	}
	f.args[base] = append(append(f.args[base], cmd, name, len(args)), args...)
}

func (f *filler) row(r state.Row) error {
	meta := f.store.meta()
	switch {
	case r.LastNumber != nil:
		f.add(meta, "SET", "number", *r.LastNumber)
	case r.Number != nil:
		f.add(meta, "HSET", "numbers", r.Number.ID, r.Number.Number)
	case r.RuleSet != nil:
		f.add(meta, "HSET", fmt.Sprint("rules:", r.RuleSet.Epoch), "hash", r.RuleSet.Hash, "body", r.RuleSet.Body)
		f.add(meta, "SET", "rules", r.RuleSet.Epoch) // they come in order
	case r.Epoch != nil:
		f.add(f.store.base(r.Epoch.Partition), "HSET", "facts", "epoch", r.Epoch.Epoch)
	case r.Incident != nil:
		return f.incident(r.Incident)
	case r.Summary != nil:
		return f.summary(r.Summary)
	case r.Page != nil:
		return f.page(r.Page)
	case r.Binding != nil:
		f.add(f.store.base(ifsev.PartitionOfKey(r.Binding.Key)), "HSET", "bindings", r.Binding.Key, r.Binding.Incident)
	case r.Delivery != nil:
		f.delivery(r.Delivery)
	case r.Mark != nil:
		base, name := f.store.base(r.Mark.Partition), fmt.Sprint("marks:", r.Mark.Day)
		f.add(base, "HSET", name, r.Mark.ID, takenText(r.Mark.Taken))
		f.add(base, "EXPIREAT", name, (r.Mark.Day+10)*86400)
	default:
		return errors.New("a row of the store that is copied is not known here")
	}
	return nil
}

func (f *filler) incident(k *state.Kept) error {
	base, err := f.store.baseOf(k.ID)
	if err != nil {
		return err
	}
	none, err := json.Marshal(state.Summary{})
	if err != nil {
		return err
	}
	f.add(base, "HSET", "incident:"+k.ID, "rev", string(k.Rev), "doc", k.Doc, "sum", none, "class", className(state.Class{}), "pages", 0, "seq", 0)
	for rule, verdict := range k.Verdicts {
		f.add(base, "HSET", "verdicts:"+k.ID, rule, verdict)
	}
	if !k.Wake.IsZero() {
		f.add(base, "ZADD", "wakes", micros(k.Wake), k.ID)
	}
	return nil
}

func (f *filler) summary(sum *state.Summary) error {
	base, err := f.store.baseOf(sum.ID)
	if err != nil {
		return err
	}
	text, err := json.Marshal(sum)
	if err != nil {
		return err
	}
	class := className(state.Class{Severity: sum.Severity, Status: sum.Status})
	f.add(base, "HSET", "incident:"+sum.ID, "sum", text, "class", class)
	f.add(base, "ZADD", "numbers", sum.Number, sum.ID)
	f.add(base, "HINCRBY", "classes", class, 1)
	return nil
}

func (f *filler) page(p *state.KeptPage) error {
	base := f.store.base(p.Partition)
	text, err := encodeSummed(p.Page.Rev, p.Page.DocSum, p.Page.Entries)
	if err != nil {
		return err
	}
	f.add(base, "RPUSH", "timeline:"+p.Incident, fmt.Sprintf("%d %d %s", p.LastSeq, len(p.Page.Entries), text))
	if p.Incident != "" {
		f.add(base, "HINCRBY", "incident:"+p.Incident, "pages", 1)
		f.add(base, "HSET", "incident:"+p.Incident, "seq", p.LastSeq)
	}
	return nil
}

// copied is the token of claims that were handed out by another store.
const copied = "copied"

func (f *filler) delivery(d *state.KeptDelivery) {
	cmd, token := "DELIVER", ""
	if d.Dead {
		cmd = "BURY"
	}
	if d.Claimed {
		token = copied
	}
	f.add(f.store.base(d.Partition), cmd, "", d.Destination, d.Incident, d.ID, d.Action, d.Rule, strconv.FormatInt(micros(d.Due), 10),
		strconv.FormatInt(micros(d.Created), 10), d.Body, d.LastError, d.Attempts, token)
}
