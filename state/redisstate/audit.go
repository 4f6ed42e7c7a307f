package redisstate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

var _ state.Auditor = (*Store)(nil)

const (
	// frontOf is how many entries of each index are looked at each time, the earliest: what is in an index and belongs to
	// nothing comes to its front in the end.
	frontOf = 8
	// auditRead is how many documents are read at once.
	auditRead = 100
	// scanned marks a node all of whose keys were looked at.
	scanned = ^uint64(0)
)

// place is a lane of a partition.
type place struct {
	p                     ifsev.Partition
	destination, incident string
}

// suspects are what one look is at.
type suspects struct {
	documents map[string]ifsev.Partition
	lanes     map[place]bool
	// lost are deliveries that are in no lane of a destination in the index, by the incident that waits for them.
	lost map[string]*missed
}

// missed is what a document waits for and was not found.
type missed struct {
	rev string
	ids []string
}

// Audit goes along the keys of every master, some at a time; see state.Auditor. Documents are read first; each is held
// against the indexes by a script that looks whether it is still the same.
func (s *Store) Audit(ctx context.Context, parts []ifsev.Partition, cursor string, limit int) (state.Audit, error) {
	at := map[string]uint64{}
	if cursor != "" {
		if err := json.Unmarshal([]byte(cursor), &at); err != nil {
			return state.Audit{}, errors.New("the audit's cursor is not one of this store's")
		}
	}
	all := suspects{map[string]ifsev.Partition{}, map[place]bool{}, map[string]*missed{}}
	if err := s.fronts(ctx, parts, all); err != nil {
		return state.Audit{}, err
	}
	if err := s.stretch(ctx, parts, at, limit, all); err != nil {
		return state.Audit{}, err
	}
	found := state.Audit{Lanes: len(all.lanes)}
	for ids := range slices.Chunk(slices.Sorted(maps.Keys(all.documents)), auditRead) {
		if err := s.auditDocuments(ctx, ids, all, &found); err != nil {
			return state.Audit{}, err
		}
	}
	if err := s.seek(ctx, parts, all.lost, &found); err != nil {
		return state.Audit{}, err
	}
	if err := s.auditLanes(ctx, all.lanes, &found); err != nil {
		return state.Audit{}, err
	}
	for _, node := range at {
		if node != scanned {
			next, err := json.Marshal(at)
			found.Next = string(next)
			return found, err
		}
	}
	return found, nil
}

// fronts notes what comes first in the indexes of the partitions.
func (s *Store) fronts(ctx context.Context, parts []ifsev.Partition, all suspects) error {
	calls, err := s.calls(parts, frontOf)
	if err != nil || len(calls) == 0 {
		return err
	}
	answers, err := s.each(ctx, s.scripts.auditFront, calls)
	if err != nil {
		return err
	}
	for i, got := range answers {
		a := reading(got)
		wakes, lanes := a.list(), a.list()
		for wakes.more() {
			all.documents[wakes.text()] = parts[i]
		}
		for lanes.more() {
			all.lanes[place{parts[i], lanes.text(), lanes.text()}] = true
		}
		if err := firstOf(a.err, wakes.err, lanes.err); err != nil {
			return err
		}
	}
	return nil
}

// stretch goes on along the keys of every master, and notes the documents and lanes among them.
func (s *Store) stretch(ctx context.Context, parts []ifsev.Partition, at map[string]uint64, limit int, all suspects) error {
	var mu sync.Mutex // the masters are asked at once
	masters := map[string]bool{}
	step := func(ctx context.Context, name string, node redis.UniversalClient) error {
		mu.Lock()
		from := at[name]
		masters[name] = true
		mu.Unlock()
		if from == scanned {
			return nil
		}
		names, next, err := node.Scan(ctx, from, glob(s.prefix+"{p")+"*", int64(limit)).Result()
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		if at[name] = next; next == 0 {
			at[name] = scanned
		}
		for _, key := range names {
			s.suspect(key, parts, all)
		}
		return nil
	}
	err := s.do(ctx, "scan", func(ctx context.Context) error {
		clear(masters)
		c, ok := s.client.(*redis.ClusterClient)
		if !ok {
			return step(ctx, "", s.client)
		}
		return c.ForEachMaster(ctx, func(ctx context.Context, node *redis.Client) error {
			return step(ctx, node.Options().Addr, node)
		})
	})
	follow(at, masters)
	return err
}

// follow forgets the places in nodes that are no masters any more: nobody would ever come to their end. Where one was not
// done, its keys may be on any of the others now, and all are gone along from their beginning.
func follow(at map[string]uint64, masters map[string]bool) {
	whole := true
	for name, place := range at {
		if !masters[name] {
			delete(at, name)
			whole = whole && place == scanned
		}
	}
	if whole {
		return
	}
	for name := range masters {
		at[name] = 0
	}
}

// suspect notes a key that is a document or a lane of one of the partitions.
func (s *Store) suspect(key string, parts []ifsev.Partition, all suspects) {
	number, rest, ok := strings.Cut(strings.TrimPrefix(key, s.prefix+"{p"), "}:")
	n, err := strconv.Atoi(number)
	p := ifsev.Partition(n)
	if !ok || err != nil || !slices.Contains(parts, p) {
		return
	}
	if id, ok := strings.CutPrefix(rest, "incident:"); ok {
		all.documents[id] = p
	}
	if name, ok := strings.CutPrefix(rest, "lane:"); ok {
		length, after, _ := strings.Cut(name, ":")
		if n, err := strconv.Atoi(length); err == nil && n >= 0 && n < len(after) {
			all.lanes[place{p, after[:n], after[n+1:]}] = true
		}
	}
}

// examined is a document as it was read.
type examined struct {
	id   string
	p    ifsev.Partition
	rev  string
	want state.Expected
}

func (s *Store) auditDocuments(ctx context.Context, ids []string, among suspects, found *state.Audit) error {
	parts := among.documents
	var all []examined
	var calls []call
	got := make([]*redis.SliceCmd, len(ids))
	err := s.do(ctx, "audit", func(ctx context.Context) error {
		_, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
			for i, id := range ids {
				got[i] = p.HMGet(ctx, s.base(parts[id])+"incident:"+id, "rev", "doc", "sum")
			}
			return nil
		})
		return err
	})
	if err != nil {
		return err
	}
	for i, id := range ids {
		a := reading(got[i].Val())
		x := examined{id: id, p: parts[id], rev: a.text()}
		if doc, sum := a.text(), a.text(); x.rev != "" {
			found.Documents++
			if x.want, err = state.Expect([]byte(doc)); err == nil {
				err = shown(&x.want, sum)
			}
			if err != nil {
				found.Violations = append(found.Violations, state.Misshown(x.p, id, err.Error()))
				continue
			}
		}
		if x.want.Summary.Number > 0 {
			found.Incidents = append(found.Incidents, id)
		}
		args := []any{id, x.rev, wakeScore(&x.want), 0}
		for _, d := range x.want.Deliveries {
			args = append(args, d)
		}
		all, calls = append(all, x), append(calls, call{s.base(x.p), args})
	}
	if len(calls) == 0 {
		return nil
	}
	answers, err := s.each(ctx, s.scripts.audit, calls)
	if err != nil {
		return err
	}
	for i, got := range answers {
		lost, err := all[i].judge(reading(got), found)
		if err != nil {
			return err
		}
		if len(lost) > 0 {
			among.lost[all[i].id] = &missed{all[i].rev, lost}
		}
	}
	return nil
}

// seek looks for deliveries in all lanes there are, whatever the indexes say: they may be what is wrong. It goes along
// every key, which it need not while all is well.
func (s *Store) seek(ctx context.Context, parts []ifsev.Partition, lost map[string]*missed, found *state.Audit) error {
	if len(lost) == 0 {
		return nil
	}
	every := suspects{documents: map[string]ifsev.Partition{}, lanes: map[place]bool{}}
	err := s.scan(ctx, "{p", func(names []string) error {
		for _, name := range names {
			s.suspect(name, parts, every)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for l := range every.lanes {
		m := lost[l.incident]
		if m == nil {
			continue
		}
		err := s.do(ctx, "audit", func(ctx context.Context) error {
			ids, err := s.client.LRange(ctx, s.base(l.p)+"lane:"+fmt.Sprintf("%d:%s:%s", len(l.destination), l.destination, l.incident), 0, -1).Result()
			m.ids = slices.DeleteFunc(m.ids, func(id string) bool { return slices.Contains(ids, id) })
			return err
		})
		if err != nil {
			return err
		}
	}
	for id, m := range lost {
		if len(m.ids) == 0 {
			continue
		}
		rec, err := s.loadID(ctx, id)
		if err != nil && !errors.Is(err, state.ErrNotFound) {
			return err
		}
		p, err := ifsev.PartitionOfID(id)
		if err == nil && string(rec.Rev) == m.rev { // otherwise it has changed meanwhile, and may wait no more
			found.Violations = append(found.Violations, state.Lost(p, id, m.ids))
		}
	}
	return nil
}

// shown says what lists show wrongly.
func shown(want *state.Expected, text string) error {
	if want.Summary.Number == 0 {
		return nil
	}
	var sum state.Summary
	if err := json.Unmarshal([]byte(text), &sum); err != nil {
		return fmt.Errorf("its summary is damaged: %w", err)
	}
	if !want.Shows(sum) {
		return errors.New("lists show something else than its document says")
	}
	return nil
}

// wakeScore is where a document belongs in the index of wakes; empty for nowhere.
func wakeScore(want *state.Expected) string {
	if want.Wake.IsZero() {
		return ""
	}
	return strconv.FormatInt(micros(want.Wake), 10)
}

// judge reads what audit.lua answered, and hands on the deliveries that it did not find.
func (x *examined) judge(a *answer, found *state.Audit) (lost []string, err error) {
	changed, score, number := a.integer(), a.text(), a.text()
	if a.err != nil || changed == 1 {
		return nil, a.err
	}
	is, err := scored(score)
	if err != nil {
		return nil, err
	}
	if !rightly(&x.want, is) {
		found.Violations = append(found.Violations, state.Misplaced(x.p, x.id, x.want.Wake, is))
	}
	if n := x.want.Summary.Number; n > 0 && number != strconv.FormatInt(n, 10) {
		found.Violations = append(found.Violations, state.Misshown(x.p, x.id, "it is in no list"))
	}
	for a.more() {
		lost = append(lost, a.text())
	}
	return lost, a.err
}

func (s *Store) auditLanes(ctx context.Context, lanes map[place]bool, found *state.Audit) error {
	if len(lanes) == 0 {
		return nil
	}
	all := slices.Collect(maps.Keys(lanes))
	calls := make([]call, len(all))
	for i, l := range all {
		calls[i] = call{s.base(l.p), []any{l.destination, l.incident, 0}}
	}
	answers, err := s.each(ctx, s.scripts.auditLane, calls)
	if err != nil {
		return err
	}
	for i, got := range answers {
		what := map[any]string{
			int64(1): "holds something, and is not in the index of what is due", int64(2): "is due where it holds nothing",
			int64(3): "is not looked at when it is due",
		}[got]
		if what != "" {
			found.Violations = append(found.Violations, state.Unlisted(all[i].p, all[i].destination, all[i].incident, what))
		}
	}
	return nil
}

// Repair makes index entries anew; see state.Auditor.
func (s *Store) Repair(ctx context.Context, v state.Violation) (bool, error) {
	switch v.Invariant {
	case state.InvariantLane:
		got, err := s.run(ctx, s.scripts.auditLane, s.base(v.Partition), v.Destination, v.ID, 1)
		return err == nil && got != int64(0), err
	case state.InvariantWake:
		return s.repairWake(ctx, v)
	}
	return false, nil
}

func (s *Store) repairWake(ctx context.Context, v state.Violation) (bool, error) {
	rec, err := s.loadID(ctx, v.ID)
	if err != nil && !errors.Is(err, state.ErrNotFound) {
		return false, err
	}
	want := state.Expected{}
	if err == nil {
		if want, err = state.Expect(rec.Doc); err != nil {
			return false, nil //nolint:nilerr // it is a violation of its own, and told as such
		}
	}
	got, err := s.run(ctx, s.scripts.audit, s.base(v.Partition), v.ID, string(rec.Rev), wakeScore(&want), 1)
	if err != nil {
		return false, err
	}
	a := reading(got)
	changed, score := a.integer(), a.text()
	was, err := scored(score)
	return a.err == nil && changed == 0 && !rightly(&want, was), firstOf(a.err, err)
}

// scored reads a score that is an instant; empty is zero.
func scored(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	us, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("the store answered %q where an instant belongs", text)
	}
	return instant(int64(us)), nil
}

// rightly reports whether a document is in the index of wakes where it belongs; what is too far away to be kept is kept as
// the last instant there is.
func rightly(want *state.Expected, is time.Time) bool {
	return want.Wakes(is) || !is.IsZero() && !want.Wake.IsZero() && micros(want.Wake) == is.UnixMicro()
}
