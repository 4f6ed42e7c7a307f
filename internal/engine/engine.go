package engine

import "context"

// Start puts the rule set in the store, and begins to decide, to keep time and to deliver. It may be called once; on an
// error nothing runs. When ctx ends the engine begins to stop as Stop makes it; Stop must be called all the same, and
// waits.
func (e *Engine) Start(ctx context.Context) error { return e.start(ctx) }

// Stop ends everything: it takes nothing new, finishes what is in hand while ctx lasts (attempts, and commits that are
// waiting), then cuts what still runs, gives its leases up and returns. The error says what had to be cut. It may be
// called before Start and several times.
func (e *Engine) Stop(ctx context.Context) error { return e.stop(ctx) }
