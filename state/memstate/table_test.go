package memstate

import (
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// The table is what a map with sorted keys is, also where chunks are cut and become empty.
func TestTableIsAnOrderedMap(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		var got table
		want := map[string]string{}
		for range rapid.IntRange(0, 3000).Draw(rt, "steps") {
			key := rapid.StringOfN(rapid.RuneFrom([]rune("abcdefgh")), 0, 4, -1).Draw(rt, "key")
			if rapid.IntRange(0, 2).Draw(rt, "remove") == 2 {
				got.remove(key)
				delete(want, key)
				continue
			}
			got.put(key, []byte("v"+key))
			want[key] = "v" + key
		}
		from := rapid.SampledFrom([]string{"", "b", "cccc", "z"}).Draw(rt, "from")
		sameTable(rt, &got, want, from)
	})
}

func TestLargeTable(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		var got table
		want := map[string]string{}
		keys := rapid.Permutation(keysUpTo(1500)).Draw(rt, "keys")
		for _, key := range keys {
			got.put(key, []byte("v"+key))
			want[key] = "v" + key
		}
		for _, key := range keys[:rapid.IntRange(0, len(keys)).Draw(rt, "removed")] {
			got.remove(key)
			delete(want, key)
		}
		sameTable(rt, &got, want, rapid.SampledFrom(keys).Draw(rt, "from"))
	})
}

func keysUpTo(n int) []string {
	keys := make([]string, n)
	for i := range keys {
		keys[i] = string([]byte{byte(i >> 8), byte(i)})
	}
	return keys
}

func sameTable(rt *rapid.T, got *table, want map[string]string, from string) {
	for key, value := range want {
		if string(got.get(key)) != value {
			rt.Fatalf("%q is %q, want %q", key, got.get(key), value)
		}
	}
	var keys []string
	for k, v := range got.scan(from) {
		keys = append(keys, string(k))
		if string(v) != want[string(k)] {
			rt.Fatalf("%q is %q, want %q", k, v, want[string(k)])
		}
	}
	sorted := slices.DeleteFunc(slices.Sorted(maps.Keys(want)), func(k string) bool { return k < from })
	if !slices.Equal(keys, sorted) {
		rt.Fatalf("from %q: %q, want %q", from, keys, sorted)
	}
}
