package state

import (
	"cmp"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/ifsev/ifsev"
)

// Place is where a letter stands among the letters of its store, oldest first. It stays the same while the letter waits
// and when it dies. It means something to the store alone that gave it; the zero Place stands before all.
type Place struct {
	Created   time.Time
	Partition ifsev.Partition
	// Seq tells those apart that were created at once.
	Seq int64
}

// Compare is below 0 where p comes before q, above 0 where it comes after.
func (p Place) Compare(q Place) int {
	return cmp.Or(p.Created.Compare(q.Created), cmp.Compare(p.Partition, q.Partition), cmp.Compare(p.Seq, q.Seq))
}

// String writes it for ParsePlace.
func (p Place) String() string {
	const base = 36
	return strings.Join([]string{
		strconv.FormatInt(p.Created.UnixNano(), base), strconv.FormatInt(int64(p.Partition), base), strconv.FormatInt(p.Seq, base),
	}, ".")
}

// ParsePlace reads what String wrote; any other text is an error.
func ParsePlace(text string) (Place, error) {
	var n [3]int64
	parts := strings.Split(text, ".")
	if len(parts) != len(n) {
		return Place{}, errPlace
	}
	for i, part := range parts {
		var err error
		if n[i], err = strconv.ParseInt(part, 36, 64); err != nil {
			return Place{}, errPlace
		}
	}
	if n[1] < 0 || n[1] >= ifsev.Partitions {
		return Place{}, errPlace
	}
	p := Place{Created: time.Unix(0, n[0]).UTC(), Partition: ifsev.Partition(n[1]), Seq: n[2]}
	if p.String() != text {
		return Place{}, errPlace
	}
	return p, nil
}

var errPlace = errors.New("this is no place among deliveries")
