//go:build race

package lang

// slack is how much longer things may take: the race detector slows everything down.
const slack = 10
