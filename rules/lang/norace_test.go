//go:build !race

package lang

// slack is how much longer things may take than without the race detector.
const slack = 1
