package state

import (
	"testing"
)

func TestRoom(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		room       Room
		low, ample bool
		ratio      float64
	}{
		"nothing is known":       {Room{}, false, true, 1},
		"all is free":            {Room{Free: 100, Total: 100, Keep: 16}, false, true, 1},
		"just enough":            {Room{Free: 20, Total: 100, Keep: 16}, false, true, 0.2},
		"between the marks":      {Room{Free: 19, Total: 100, Keep: 16}, false, false, 0.19},
		"at the mark":            {Room{Free: 16, Total: 100, Keep: 16}, false, false, 0.16},
		"below":                  {Room{Free: 15, Total: 100, Keep: 16}, true, false, 0.15},
		"none":                   {Room{Total: 100, Keep: 16}, true, false, 0},
		"more than there can be": {Room{Free: 200, Total: 100, Keep: 16}, false, true, 1},
	} {
		if r := c.room; r.Low() != c.low || r.Ample() != c.ample || r.Ratio() != c.ratio {
			t.Errorf("%s: low %t, ample %t, ratio %v", name, r.Low(), r.Ample(), r.Ratio())
		}
	}
}
