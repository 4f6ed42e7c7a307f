package sim

import "testing"

// Every set that a world may have loads.
func TestEverySetLoads(t *testing.T) {
	t.Parallel()
	for family := range families {
		for generation := range 3 {
			library(family, generation)
		}
	}
}
