package state

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Tally counts rows by what they are, and has a sum over all of them: two stores that hold the same have the same
// tally, in whatever order they told it. The zero value has counted nothing.
type Tally struct {
	counts map[string]int
	sums   map[string][sha256.Size]byte
}

// Add counts a row. Instants count in microseconds, rounded up, which is as fine as every store keeps them.
func (t *Tally) Add(r Row) {
	if t.counts == nil {
		t.counts, t.sums = map[string]int{}, map[string][sha256.Size]byte{}
	}
	kind, sum := r.sum()
	t.counts[kind]++
	total, carry := t.sums[kind], 0
	for i := len(total) - 1; i >= 0; i-- { // added as one large number, so that the order is of no weight
		carry += int(total[i]) + int(sum[i])
		total[i] = byte(carry)
		carry >>= 8
	}
	t.sums[kind] = total
}

// Count answers how many rows of a kind there were: those String names.
func (t *Tally) Count(kind string) int { return t.counts[kind] }

// Difference says where two tallies differ; empty if they do not.
func (t *Tally) Difference(o *Tally) string {
	var all []string
	kinds := maps.Clone(t.counts)
	if kinds == nil {
		kinds = map[string]int{}
	}
	maps.Copy(kinds, o.counts)
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		switch {
		case t.counts[kind] != o.counts[kind]:
			all = append(all, fmt.Sprintf("%d and %d %s", t.counts[kind], o.counts[kind], kind))
		case t.sums[kind] != o.sums[kind]:
			all = append(all, kind+" that are not the same")
		}
	}
	return strings.Join(all, ", ")
}

// String lists what was counted.
func (t *Tally) String() string {
	var all []string
	for _, kind := range slices.Sorted(maps.Keys(t.counts)) {
		all = append(all, fmt.Sprintf("%d %s", t.counts[kind], kind))
	}
	return cmp.Or(strings.Join(all, ", "), "nothing")
}

// sum names the kind of a row and hashes all of it.
func (r Row) sum() (kind string, sum [sha256.Size]byte) {
	var h hasher
	switch {
	case r.LastNumber != nil:
		kind = "last number"
		h.numbers(*r.LastNumber)
	case r.Number != nil:
		kind = "numbers"
		h.texts(r.Number.ID)
		h.numbers(r.Number.Number)
	case r.RuleSet != nil:
		kind = "rule sets"
		h.texts(r.RuleSet.Hash, string(r.RuleSet.Body))
		h.numbers(r.RuleSet.Epoch)
	case r.Epoch != nil:
		kind = "epochs"
		h.numbers(int64(r.Epoch.Partition), r.Epoch.Epoch)
	case r.Incident != nil:
		kind = "documents"
		h.kept(r.Incident)
	case r.Summary != nil:
		kind = "incidents"
		b, err := json.Marshal(r.Summary)
		h.texts(string(b), fmt.Sprint(err))
	case r.Page != nil:
		kind = "commits"
		h.page(r.Page)
	case r.Binding != nil:
		kind = "keys"
		h.texts(r.Binding.Key, r.Binding.Incident)
	case r.Delivery != nil:
		kind = "deliveries"
		if r.Delivery.Dead {
			kind = "dead deliveries"
		}
		h.delivery(r.Delivery)
	case r.Mark != nil:
		kind = "inbound ids"
		h.texts(r.Mark.ID, r.Mark.Taken.Incident, r.Mark.Taken.Sum)
		h.numbers(int64(r.Mark.Partition), r.Mark.Day)
	}
	return kind, sha256.Sum256(h)
}

// hasher gathers what is to be hashed, each part with its length.
type hasher []byte

func (h *hasher) texts(all ...string) {
	for _, s := range all {
		*h = append(binary.AppendUvarint(*h, uint64(len(s))), s...)
	}
}

func (h *hasher) numbers(all ...int64) {
	for _, n := range all {
		*h = binary.BigEndian.AppendUint64(*h, uint64(n)) //nolint:gosec // only to be told apart
	}
}

func (h *hasher) instant(at time.Time) {
	if at.IsZero() {
		h.numbers(0)
		return
	}
	h.numbers(at.Add(time.Microsecond - 1).UnixMicro())
}

func (h *hasher) kept(k *Kept) {
	h.texts(k.ID, string(k.Rev), string(k.Doc))
	h.instant(k.Wake)
	for _, rule := range slices.Sorted(maps.Keys(k.Verdicts)) {
		h.texts(rule, string(k.Verdicts[rule]))
	}
}

func (h *hasher) page(p *KeptPage) {
	h.texts(p.Incident)
	h.numbers(int64(p.Partition))
	if p.Incident != "" { // of entries about no incident these are nothing that was given
		h.numbers(p.LastSeq)
		h.texts(string(p.Page.Rev), p.Page.DocSum)
	}
	for _, e := range p.Page.Entries {
		h.numbers(e.Seq)
		h.texts(string(e.Body))
	}
}

func (h *hasher) delivery(d *KeptDelivery) {
	h.texts(d.ID, d.Destination, d.Incident, d.Action, d.Rule, string(d.Body), d.LastError, fmt.Sprint(d.Claimed))
	h.numbers(int64(d.Partition), d.Attempts, int64(d.Place))
	h.instant(d.Due)
	h.instant(d.Created)
}
