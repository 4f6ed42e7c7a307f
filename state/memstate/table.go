package memstate

import (
	"iter"
	"slices"
	"sort"
	"strings"
)

// table keeps entries in the order of their keys, in chunks, so that a new entry moves few others.
type table struct{ chunks [][]entry }

type entry struct {
	key   string
	value []byte
}

// chunkSize is the most entries of a chunk; a full one is cut in half.
const chunkSize = 256

// find answers the place of the key, or where it would go, and whether it is there. The chunk is one beyond the last
// only if the table is empty.
func (t *table) find(key string) (chunk, place int, found bool) {
	// The key belongs to the last chunk that does not begin above it.
	chunk = max(0, sort.Search(len(t.chunks), func(i int) bool { return t.chunks[i][0].key > key })-1)
	if chunk == len(t.chunks) {
		return chunk, 0, false
	}
	place, found = slices.BinarySearchFunc(t.chunks[chunk], key, func(e entry, key string) int { return strings.Compare(e.key, key) })
	return chunk, place, found
}

func (t *table) get(key string) []byte {
	if c, i, found := t.find(key); found {
		return t.chunks[c][i].value
	}
	return nil
}

func (t *table) put(key string, value []byte) {
	c, i, found := t.find(key)
	if found {
		t.chunks[c][i].value = value
		return
	}
	if c == len(t.chunks) {
		t.chunks = append(t.chunks, nil)
	}
	t.chunks[c] = slices.Insert(t.chunks[c], i, entry{key, value})
	if full := t.chunks[c]; len(full) > chunkSize {
		half := slices.Clone(full[chunkSize/2:])
		clear(full[chunkSize/2:])
		t.chunks[c] = full[:chunkSize/2]
		t.chunks = slices.Insert(t.chunks, c+1, half)
	}
}

func (t *table) remove(key string) {
	c, i, found := t.find(key)
	if !found {
		return
	}
	if t.chunks[c] = slices.Delete(t.chunks[c], i, i+1); len(t.chunks[c]) == 0 {
		t.chunks = slices.Delete(t.chunks, c, c+1)
	}
}

// scan goes through the entries from the key on.
func (t *table) scan(from string) iter.Seq2[[]byte, []byte] {
	return func(yield func(k, v []byte) bool) {
		if len(t.chunks) == 0 {
			return
		}
		c, i, _ := t.find(from)
		for ; c < len(t.chunks); c, i = c+1, 0 {
			for _, e := range t.chunks[c][i:] {
				if !yield([]byte(e.key), e.value) {
					return
				}
			}
		}
	}
}
