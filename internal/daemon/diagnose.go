package daemon

import (
	"cmp"
	"context"
	"errors"
	"os"
	"strings"
	"time"

	"github.com/ifsev/ifsev/internal/wire"
	"github.com/ifsev/ifsev/state"
	"github.com/ifsev/ifsev/state/boltstate"
	"github.com/ifsev/ifsev/state/redisstate"
)

// Diagnose says what can be said while no daemon answers, whose error is why: whether configuration, rules and store
// are such that one could start. It changes nothing.
func Diagnose(ctx context.Context, in Inputs, version string, why error, now func() time.Time) wire.Doctor {
	ctx, cancel := context.WithTimeout(ctx, doctorWait)
	defer cancel()
	e := examined{Doctor: wire.Doctor{OK: true, At: now().UTC(), Version: version, Lines: []wire.DoctorLine{}}}
	said, next, _ := strings.Cut(why.Error(), "\n")
	e.fail("daemon", next, "%s", said)
	cfg, read, err := in.configure()
	if err != nil {
		e.fail("configuration", "ifsev check shows where", "%s", brief(err))
		return e.Doctor
	}
	e.cfg = cfg
	e.checked(&in, read)
	e.openable(ctx, now)
	e.backups(e.At)
	return e.Doctor
}

// checked holds configuration and rules against each other.
func (e *examined) checked(in *Inputs, read []string) {
	if len(read) == 0 {
		e.ok("configuration", "there is no file, and none is needed")
	} else {
		e.ok("configuration", "%s is right", read[0])
	}
	report, err := Check(in.Config, e.cfg.Rules, in.env())
	switch {
	case err != nil:
		e.fail("rules", "name files or folders that are there with rules: or --rules", "%s", err)
	case len(report.Errors) > 0:
		e.fail("rules", "ifsev check shows where", "%s", brief(report.Errors))
	case len(report.Warnings) > 0:
		e.warn("rules", "ifsev check shows where", "%s in %s; %s", count(report.Rules, "rule"), count(report.Files, "file"), brief(report.Warnings))
	default:
		e.ok("rules", "%s in %s", count(report.Rules, "rule"), count(report.Files, "file"))
	}
}

// openable opens the store as far as nothing is changed by it.
func (e *examined) openable(ctx context.Context, now func() time.Time) {
	address := e.cfg.Store.Reveal()
	scheme, rest, _ := strings.Cut(address, ":")
	switch {
	case scheme == "memory":
		e.warn("store", "use file:DIR or redis://HOST:PORT", "memory: nothing survives the end of a daemon")
	case scheme == "file":
		e.openFile(ctx, strings.TrimPrefix(rest, "//"), now)
	case strings.HasPrefix(scheme, "redis"):
		e.openRedis(ctx, address)
	default:
		e.fail("store", "write "+storeForms, "the store %q is not known", redactURL(address))
	}
}

func (e *examined) openFile(ctx context.Context, dir string, now func() time.Time) {
	if _, err := os.Stat(dir); os.IsNotExist(err) {
		e.ok("store", "%s is not there yet: the first start makes it", dir)
		return
	}
	s, err := boltstate.Open(dir, boltstate.Options{Now: now, ReadOnly: true})
	if err != nil {
		e.fail("store", "", "%s", err)
		return
	}
	defer func() { _ = s.Close() }() // nothing was written
	stats, err := s.Stats(ctx)
	if err != nil {
		e.fail("store", "ifsev store check says more", "%s", err)
		return
	}
	pending := 0
	for _, o := range stats.Outbox {
		pending += o.Pending
	}
	e.ok("store", "%s can be opened", dir)
	if late := e.At.Sub(stats.OldestWake); !stats.OldestWake.IsZero() && late > 0 || pending > 0 {
		e.warn("waiting", "start the daemon", "%s to send, and %s", count(pending, "message"), count(stats.Wakes, "deadline"))
	}
	e.room(s.Room(ctx))
}

func (e *examined) openRedis(ctx context.Context, address string) {
	s, err := redisstate.Open(ctx, address, redisstate.Options{Durability: redisstate.Durability(e.cfg.Durability), Existing: true})
	if errors.Is(err, redisstate.ErrNone) {
		e.ok("store", "%s answers, and there is no store yet: the first start makes it", redactURL(address))
		return
	}
	if err != nil {
		e.fail("store", "", "%s", err) // it says what to look at
		return
	}
	defer func() { _ = s.Close() }() // nothing was written
	found, err := s.Inspect(ctx)
	if err = cmp.Or(err, s.Accepts(ctx)); err != nil {
		e.fail("store", "", "%s", err)
		return
	}
	e.ok("store", "%s answers; %s", s.Place(), promise(s.Durability()))
	for _, f := range found {
		e.warn("store "+string(f.Kind), "", "%s", f.Text)
	}
	if roomy, ok := state.Store(s).(state.Roomy); ok {
		e.room(roomy.Room(ctx))
	}
}
