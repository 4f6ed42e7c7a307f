package ifsev

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"strings"
)

// Partitions is how many partitions a store has; it is fixed when a store is created.
const Partitions = 64

// Partition is one of the parts a store is divided into; everything of one incident lives in one of them.
type Partition int

// PartitionOfKey answers the partition in which incidents with this dedup key live.
func PartitionOfKey(key string) Partition {
	h := fnv.New32a()
	_, _ = h.Write([]byte(key)) // a hash's Write never fails
	return Partition(h.Sum32() % Partitions)
}

// NewIncidentID makes an incident's ID of a UUIDv7: its last six bits become the partition, so that whoever has the
// ID knows where the incident lives.
func NewIncidentID(uuid [16]byte, p Partition) string {
	uuid[15] = uuid[15]&^(Partitions-1) | byte(p)
	s := hex.EncodeToString(uuid[:])
	return strings.Join([]string{s[:8], s[8:12], s[12:16], s[16:20], s[20:]}, "-")
}

// PartitionOfID answers the partition an incident ID lives in; an error if it is no incident ID.
func PartitionOfID(id string) (Partition, error) {
	b, err := hex.DecodeString(strings.ReplaceAll(id, "-", ""))
	if err != nil || len(b) != 16 || len(id) != 36 {
		return 0, fmt.Errorf("%q is no incident ID: it is a UUID such as 0190a5c2-…, or use the number, such as INC-42", id)
	}
	return Partition(b[15] % Partitions), nil
}

// DerivedID makes an ID out of what it is derived from, so that deciding again gives the same ID. The prefix says
// what it is of (evt, fir, dlv).
func DerivedID(prefix string, parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		// The length keeps ("ab","c") and ("a","bc") apart.
		_, _ = fmt.Fprintf(h, "%d:%s", len(p), p) // a hash's Write never fails
	}
	sum := h.Sum(nil)
	return prefix + "_" + strings.ToLower(base32.HexEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:15]))
}
