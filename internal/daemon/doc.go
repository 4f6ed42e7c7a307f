// Package daemon wires everything into one process: it reads configuration and rules, opens the store, runs the engine
// and serves HTTP, takes changed files over while it runs, and stops without losing what is in hand. Run is the whole
// daemon, so that a test can start it; cmd/ifsev parses flags and signals and calls it. It is in the layer of
// internal/engine and internal/api, and beside cmd the only place that names a backend.
//
//	files ─► setup (checked, nothing started) ─► store ─► engine ─► HTTP
//	              ▲ SIGHUP, a changed file, POST /api/v1/reload: all or nothing
package daemon
