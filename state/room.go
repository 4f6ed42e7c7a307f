package state

import "context"

// Roomy is a store that can say how much room it has.
type Roomy interface {
	// Room answers how much there is; a store that has no bound it knows of answers a Total of 0.
	Room(ctx context.Context) (Room, error)
}

// Room is how much a store can still take, in bytes.
type Room struct {
	Free, Total uint64
	// Keep is how much of it should stay free, so that what was accepted can still be dealt with.
	Keep uint64
}

// Low reports whether less is free than should stay so.
func (r Room) Low() bool { return r.Total > 0 && r.Free < r.Keep }

// Ample reports whether a quarter more is free than should stay so, or nothing bounds it: one that was low is not
// looked upon as having room before.
func (r Room) Ample() bool { return r.Total == 0 || r.Free >= r.Keep+r.Keep/4 }

// Ratio is how much of it is free, from 0 to 1; 1 where nothing bounds it.
func (r Room) Ratio() float64 {
	if r.Total == 0 {
		return 1
	}
	return float64(min(r.Free, r.Total)) / float64(r.Total)
}
