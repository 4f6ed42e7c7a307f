// Package stage starts the real binary and other programs as real processes for tests from outside, ends them as hard
// as a test wants, and asks them over HTTP.
package stage
