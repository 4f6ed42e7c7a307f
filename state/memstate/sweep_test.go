package memstate

import (
	"fmt"
	"testing"
	"time"

	"github.com/ifsev/ifsev/state"
	"github.com/ifsev/ifsev/state/internal/kv"
)

// Marks come and go with the commits, without anything else to sweep them.
func TestOldMarksAreSwept(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	db := &memory{tables: make([]table, len(kv.Tables()))}
	s := kv.New(db, func() time.Time { return now })
	for n := range 2000 {
		now = now.Add(time.Hour)
		c := state.Commit{Partition: 1, Marks: []state.Mark{{ID: fmt.Sprint(n)}}}
		if res, err := s.Commit(t.Context(), c); err != nil || res.Status != state.Written {
			t.Fatalf("Commit: %s, %v", res.Status, err)
		}
	}
	kept := 0
	for _, t := range kv.Tables() {
		if t.String() == "marks" {
			for range db.tables[t].scan("") {
				kept++
			}
		}
	}
	if kept < 7*24 || kept > 9*24 {
		t.Errorf("%d marks are kept, want those of 7 to 9 days, one an hour", kept)
	}
}
