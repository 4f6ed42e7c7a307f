package redisstate

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

var _ state.Dumper = (*Store)(nil)

const (
	dumpScan      = 1000 // keys or fields asked for at once
	dumpIncidents = 50   // incidents read at once
	dumpPages     = 200  // pages of a timeline read at once
)

// scan hands over the names of the store's keys that begin with a text after the prefix, some at a time. A name may
// come twice.
func (s *Store) scan(ctx context.Context, begin string, take func(names []string) error) error {
	c, ok := s.client.(*redis.ClusterClient)
	if !ok {
		return s.scanNode(ctx, s.client, begin, take)
	}
	var mu sync.Mutex // the masters are asked at once
	return c.ForEachMaster(ctx, func(ctx context.Context, node *redis.Client) error {
		return s.scanNode(ctx, node, begin, func(names []string) error {
			mu.Lock()
			defer mu.Unlock()
			return take(names)
		})
	})
}

// glob takes their meaning from the characters that have one in a pattern.
func glob(text string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`, "]", `\]`).Replace(text)
}

func (s *Store) scanNode(ctx context.Context, node redis.UniversalClient, begin string, take func(names []string) error) error {
	for cursor := uint64(0); ; {
		var names []string
		err := s.do(ctx, "scan", func(ctx context.Context) (err error) {
			names, cursor, err = node.Scan(ctx, cursor, glob(s.prefix+begin)+"*", dumpScan).Result()
			return err
		})
		if err != nil {
			return err
		}
		if err := take(names); err != nil || cursor == 0 {
			return err
		}
	}
}

// hash reads all of a hash, however large it is.
func (s *Store) hash(ctx context.Context, name string) (map[string]string, error) {
	all := map[string]string{}
	for cursor := uint64(0); ; {
		err := s.do(ctx, "hscan", func(ctx context.Context) (err error) {
			var pairs []string
			pairs, cursor, err = s.client.HScan(ctx, name, cursor, "", dumpScan).Result()
			for i := 0; i+1 < len(pairs); i += 2 {
				all[pairs[i]] = pairs[i+1]
			}
			return err
		})
		if err != nil || cursor == 0 {
			return all, err
		}
	}
}

// Dump reads everything, a partition at a time; see state.Dumper.
func (s *Store) Dump(ctx context.Context, row func(state.Row) error) error {
	d := &dumper{Store: s, row: row, ids: map[ifsev.Partition][]string{}}
	if err := d.meta(ctx); err != nil {
		return err
	}
	if err := s.scan(ctx, "{p", d.found); err != nil {
		return err
	}
	for _, p := range allPartitions() {
		for _, part := range []func(context.Context, ifsev.Partition) error{d.facts, d.incidents, d.orphans, d.bindings, d.deliveries, d.marks} {
			if err := part(ctx, p); err != nil {
				return err
			}
		}
	}
	return nil
}

type dumper struct {
	*Store
	row func(state.Row) error
	// ids are the incidents' of each partition.
	ids map[ifsev.Partition][]string
}

// found notes the incidents among the names of keys.
func (d *dumper) found(names []string) error {
	for _, name := range names {
		_, id, ok := strings.Cut(name, "}:incident:")
		if p, err := ifsev.PartitionOfID(id); ok && err == nil && name == d.base(p)+"incident:"+id {
			d.ids[p] = append(d.ids[p], id)
		}
	}
	return nil
}

func (d *dumper) meta(ctx context.Context) error {
	var number, rules *redis.StringCmd
	err := d.pipelined(ctx, "dump", func(ctx context.Context, p redis.Pipeliner) error {
		number, rules = p.Get(ctx, d.Store.meta()+"number"), p.Get(ctx, d.Store.meta()+"rules")
		return nil
	})
	if err != nil {
		return err
	}
	last, _ := number.Int64() // none is 0
	newest, _ := rules.Int64()
	if last > 0 {
		if err := d.row(state.Row{LastNumber: &last}); err != nil {
			return err
		}
	}
	numbers, err := d.hash(ctx, d.Store.meta()+"numbers")
	if err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(numbers)) {
		n, err := strconv.ParseInt(numbers[id], 10, 64)
		if err != nil {
			return fmt.Errorf("the number of incident %s is damaged: %q", id, numbers[id])
		}
		if err := d.row(state.Row{Number: &state.Numbered{ID: id, Number: n}}); err != nil {
			return err
		}
	}
	for epoch := int64(1); epoch <= newest; epoch++ {
		set, err := d.RuleSet(ctx, epoch)
		if err != nil {
			return err
		}
		if err := d.row(state.Row{RuleSet: &set}); err != nil {
			return err
		}
	}
	return nil
}

// facts tells the newest rule set that was used in a partition.
func (d *dumper) facts(ctx context.Context, p ifsev.Partition) error {
	facts, err := d.hash(ctx, d.base(p)+"facts")
	if err != nil {
		return err
	}
	epoch, _ := strconv.ParseInt(facts["epoch"], 10, 64) // none is 0
	if epoch == 0 {
		return nil
	}
	return d.row(state.Row{Epoch: &state.EpochSeen{Partition: p, Epoch: epoch}})
}

func (d *dumper) incidents(ctx context.Context, p ifsev.Partition) error {
	ids := d.ids[p]
	slices.Sort(ids)
	for batch := range slices.Chunk(slices.Compact(ids), dumpIncidents) {
		if err := d.someIncidents(ctx, p, batch); err != nil {
			return err
		}
	}
	return nil
}

// dumped is what is read of an incident in one round trip.
type dumped struct {
	hash     *redis.SliceCmd
	verdicts *redis.MapStringStringCmd
	pages    *redis.StringSliceCmd
	wake     *redis.FloatCmd
	number   *redis.FloatCmd
}

func (d *dumper) someIncidents(ctx context.Context, p ifsev.Partition, ids []string) error {
	base, all := d.base(p), make([]dumped, len(ids))
	err := d.pipelined(ctx, "dump", func(ctx context.Context, pipe redis.Pipeliner) error {
		for i, id := range ids {
			all[i] = dumped{
				pipe.HMGet(ctx, base+"incident:"+id, "rev", "doc", "sum", "pages"), pipe.HGetAll(ctx, base+"verdicts:"+id),
				pipe.LRange(ctx, base+"timeline:"+id, 0, dumpPages-1), pipe.ZScore(ctx, base+"wakes", id), pipe.ZScore(ctx, base+"numbers", id),
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i, id := range ids {
		if err := d.incident(ctx, p, id, all[i]); err != nil {
			return err
		}
	}
	return nil
}

func (d *dumper) incident(ctx context.Context, p ifsev.Partition, id string, got dumped) error {
	a := reading(got.hash.Val())
	kept := state.Kept{Record: state.Record{ID: id, Rev: state.Rev(a.text()), Doc: []byte(a.text())}, Verdicts: map[string][]byte{}}
	text, pages := a.text(), a.integer()
	if a.err != nil {
		return fmt.Errorf("incident %s: %w", id, a.err)
	}
	for rule, verdict := range got.verdicts.Val() {
		kept.Verdicts[rule] = []byte(verdict)
	}
	if got.wake.Err() == nil {
		kept.Wake = instant(int64(got.wake.Val()))
	}
	if err := d.row(state.Row{Incident: &kept}); err != nil {
		return err
	}
	if got.number.Err() == nil {
		var sum state.Summary
		if err := json.Unmarshal([]byte(text), &sum); err != nil {
			return fmt.Errorf("the summary of incident %s is damaged: %w", id, err)
		}
		if err := d.row(state.Row{Summary: &sum}); err != nil {
			return err
		}
	}
	return d.pages(ctx, p, id, got.pages.Val(), pages)
}

// pages tells the pages of a timeline from the first that were read on; what lies beyond those that were committed is
// what a write that stopped in the middle left.
func (d *dumper) pages(ctx context.Context, p ifsev.Partition, id string, first []string, n int64) error {
	for at := int64(0); at < n; {
		for _, text := range first[:min(int64(len(first)), n-at)] {
			if err := d.page(p, id, text); err != nil {
				return err
			}
			at++
		}
		if at >= n {
			return nil
		}
		err := d.do(ctx, "dump", func(ctx context.Context) (err error) {
			first, err = d.client.LRange(ctx, d.base(p)+"timeline:"+id, at, at+dumpPages-1).Result()
			return err
		})
		if err != nil {
			return err
		}
		if len(first) == 0 {
			if id == "" { // of these nobody keeps how many there are
				return nil
			}
			return fmt.Errorf("incident %s has %d commits in its timeline, and %d were written", id, at, n)
		}
	}
	return nil
}

func (d *dumper) page(p ifsev.Partition, id, text string) error {
	page, err := decodePage(text)
	if err != nil {
		return fmt.Errorf("incident %q: %w", id, err)
	}
	last, _, _ := strings.Cut(text, " ")
	n, err := strconv.ParseInt(last, 10, 64)
	if err != nil {
		return fmt.Errorf("incident %q: %w", id, errPage)
	}
	return d.row(state.Row{Page: &state.KeptPage{Partition: p, Incident: id, LastSeq: n, Page: page}})
}

func (d *dumper) orphans(ctx context.Context, p ifsev.Partition) error {
	return d.pages(ctx, p, "", nil, math.MaxInt64)
}

func (d *dumper) bindings(ctx context.Context, p ifsev.Partition) error {
	all, err := d.hash(ctx, d.base(p)+"bindings")
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if err := d.row(state.Row{Binding: &state.Binding{Key: name, Incident: all[name]}}); err != nil {
			return err
		}
	}
	return nil
}

// marks looks for the buckets of all days that can be there.
func (d *dumper) marks(ctx context.Context, p ifsev.Partition) error {
	var names []string
	err := d.do(ctx, "dump", func(ctx context.Context) error {
		now, err := d.client.Time(ctx).Result()
		if err != nil {
			return err
		}
		names = names[:0]
		today := now.Unix() / int64(24*time.Hour/time.Second)
		for day := today - 10; day <= today+1; day++ {
			names = append(names, strconv.FormatInt(day, 10))
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, name := range names {
		all, err := d.hash(ctx, d.base(p)+"marks:"+name)
		if err != nil {
			return err
		}
		day, _ := strconv.ParseInt(name, 10, 64) // it was one
		for id, text := range all {
			taken, err := takenOf(text)
			if err != nil {
				return err
			}
			if err := d.row(state.Row{Mark: &state.KeptMark{Partition: p, Day: day, ID: id, Taken: taken}}); err != nil {
				return err
			}
		}
	}
	return nil
}

// sorted is a delivery with what orders it among those of its partition.
type sorted struct {
	*state.KeptDelivery
	seq int64
}

// deliveries tells those of a partition in the order in which they were put in, each lane in its own: one that was
// revived stands behind the others of its lane, whatever its number.
func (d *dumper) deliveries(ctx context.Context, p ifsev.Partition) error {
	all, err := d.dead(ctx, p)
	if err != nil {
		return err
	}
	destinations, err := d.zset(ctx, d.base(p)+"destinations")
	if err != nil {
		return err
	}
	for _, destination := range destinations {
		lanes, err := d.zset(ctx, d.base(p)+"queue:"+destination.Member.(string))
		if err != nil {
			return err
		}
		for _, lane := range lanes {
			some, err := d.lane(ctx, p, destination.Member.(string), lane)
			if err != nil {
				return err
			}
			all = append(all, some...)
		}
	}
	slices.SortStableFunc(all, func(a, b sorted) int { return cmp.Compare(a.seq, b.seq) })
	for _, one := range all {
		if err := d.row(state.Row{Delivery: one.KeptDelivery}); err != nil {
			return err
		}
	}
	return nil
}

func (d *dumper) zset(ctx context.Context, name string) (all []redis.Z, err error) {
	err = d.do(ctx, "dump", func(ctx context.Context) (err error) {
		all, err = d.client.ZRangeWithScores(ctx, name, 0, -1).Result()
		return err
	})
	return all, err
}

func (d *dumper) lane(ctx context.Context, p ifsev.Partition, destination string, head redis.Z) ([]sorted, error) {
	incident := head.Member.(string)
	name := fmt.Sprintf("%d:%s:%s", len(destination), destination, incident)
	var ids []string
	err := d.do(ctx, "dump", func(ctx context.Context) (err error) {
		ids, err = d.client.LRange(ctx, d.base(p)+"lane:"+name, 0, -1).Result()
		return err
	})
	if err != nil {
		return nil, err
	}
	items, err := d.hash(ctx, d.base(p)+"items:"+name)
	if err != nil {
		return nil, err
	}
	var all []sorted
	var seq int64
	for _, id := range ids {
		if _, ok := items["b"+id]; !ok {
			continue // what a write that stopped in the middle left
		}
		one, err := keptOf(p, destination, incident, id, func(field string) string { return items[field+id] })
		if err != nil {
			return nil, err
		}
		if one.Place = len(all); one.Place == 0 {
			one.Due = instant(int64(head.Score))
		}
		seq = max(seq, one.seq)
		one.seq = seq
		all = append(all, one)
	}
	return all, nil
}

// keptOf reads a delivery by the letters of its fields; see ITEM in lua/lib.lua.
func keptOf(p ifsev.Partition, destination, incident, id string, field func(string) string) (sorted, error) {
	a := reading([]any{field("a"), field("c"), field("d"), field("s")})
	d := &state.KeptDelivery{Partition: p, Incident: incident, Claimed: field("f") != "", LastError: field("e"), Attempts: a.integer()}
	d.OutboxItem = state.OutboxItem{
		ID: id, Destination: destination, Action: field("k"), Rule: field("r"), Created: a.instant(), Due: a.instant(), Body: []byte(field("b")),
	}
	seq := a.integer()
	if a.err != nil {
		return sorted{}, fmt.Errorf("delivery %s: %w", id, a.err)
	}
	return sorted{d, seq}, nil
}

func (d *dumper) dead(ctx context.Context, p ifsev.Partition) ([]sorted, error) {
	members, err := d.zset(ctx, d.base(p)+"dead")
	if err != nil {
		return nil, err
	}
	var all []sorted
	for _, m := range members {
		id, err := idOf(m.Member.(string))
		if err != nil {
			return nil, err
		}
		fields, err := d.hash(ctx, d.base(p)+"dead:"+id)
		if err != nil {
			return nil, err
		}
		one, err := keptOf(p, fields["dest"], fields["inc"], id, func(field string) string { return fields[field] })
		if err != nil {
			return nil, err
		}
		one.Dead, one.Claimed, one.Due = true, false, time.Time{}
		all = append(all, one)
	}
	return all, nil
}

// idOf reads the ID out of a place among the dead; see member in lua/lib.lua.
func idOf(place string) (string, error) {
	rest := place[min(16, len(place)):]
	for range 2 { // destination and incident
		length, after, _ := strings.Cut(rest, ":")
		n, err := strconv.Atoi(length)
		if err != nil || n < 0 || n > len(after) {
			return "", fmt.Errorf("a place on the dead list is damaged: %q", place)
		}
		rest = after[n:]
	}
	return rest, nil
}
