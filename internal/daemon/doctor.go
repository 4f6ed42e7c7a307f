package daemon

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/config"
	"github.com/ifsev/ifsev/internal/engine"
	"github.com/ifsev/ifsev/internal/wire"
	"github.com/ifsev/ifsev/state"
	"github.com/ifsev/ifsev/state/boltstate"
	"github.com/ifsev/ifsev/state/memstate"
	"github.com/ifsev/ifsev/state/redisstate"
)

const (
	// doctorWait is how long the store gets to answer a doctor.
	doctorWait = 5 * time.Second
	// lateDelivery and lateWake are how long something may wait before it is remarkable.
	lateDelivery, lateWake = 5 * time.Minute, time.Minute
	// farClock is how far clocks may be apart.
	farClock = time.Second
)

// doctor answers how this daemon is.
func (d *daemon) doctor(ctx context.Context) wire.Doctor {
	ctx, cancel := context.WithTimeout(ctx, doctorWait)
	defer cancel()
	d.reloading.Lock()
	cfg := d.current.config
	d.reloading.Unlock()
	to := cfg.Archive
	if d.archive != nil {
		to = config.Archive{} // nothing leaves an archive
	}
	probed := make(chan error, 1)
	go func() { probed <- probeArchive(ctx, to) }() // it takes its time beside the store
	e := examined{
		Doctor: wire.Doctor{OK: true, At: time.Now().UTC(), Version: d.Version, Running: true, Lines: []wire.DoctorLine{}},
		c:      d.engine.Checkup(ctx), cfg: cfg,
	}
	e.daemon(d.archive != nil)
	e.store(ctx, d.store)
	e.replicas(d.store.shared)
	e.rules()
	e.sources()
	e.destinations()
	e.deadlines()
	e.invariants(d.store.Store)
	e.synthetic()
	e.clock()
	e.backups(e.At)
	e.kept(<-probed)
	e.heartbeat()
	return e.Doctor
}

// examined gathers the lines.
type examined struct {
	wire.Doctor
	c   engine.Checkup
	cfg *config.Config
}

func (e *examined) ok(about, format string, args ...any) {
	e.Add(about, wire.DoctorOK, fmt.Sprintf(format, args...), "")
}

func (e *examined) warn(about, next, format string, args ...any) {
	e.Add(about, wire.DoctorWarn, fmt.Sprintf(format, args...), next)
}

func (e *examined) fail(about, next, format string, args ...any) {
	e.Add(about, wire.DoctorFail, fmt.Sprintf(format, args...), next)
}

// ago is how long before the checkup an instant was, as people say it.
func (e *examined) ago(at time.Time) string { return span(e.c.At.Sub(at)) + " ago" }

func span(d time.Duration) string {
	switch {
	case d < time.Second:
		return max(d, 0).Round(time.Millisecond).String()
	case d > time.Hour:
		return ifsev.FormatDuration(d.Truncate(time.Minute))
	}
	return ifsev.FormatDuration(d.Truncate(time.Second))
}

func (e *examined) daemon(archive bool) {
	switch {
	case archive:
		e.ok("daemon", "ifsev %s shows an archive, and does nothing else", e.Version)
	case e.c.Ready != nil:
		e.fail("daemon", "read its log; GET /readyz answers 503 as long", "ifsev %s is not ready: %s", e.Version, e.c.Ready)
	default:
		e.ok("daemon", "ifsev %s is ready", e.Version)
	}
}

func (e *examined) store(ctx context.Context, s *opened) {
	switch _, memory := s.Store.(*memstate.Store); {
	case e.c.Store != nil:
		next := "look whether it runs, and whether it can be reached from here"
		if redisstate.Advised(e.c.Store) {
			next = ""
		}
		e.fail("store", next, "%s does not answer: %s", s.place, e.c.Store)
	case slices.ContainsFunc(e.c.Findings, func(f state.Finding) bool { return f.Kind == state.FindingUnfit }):
		e.fail("store", "mend what is said below; it goes on by itself within seconds", "%s is not used: it would lose what it is told", s.place)
	case memory:
		e.warn("store", "use file:DIR or redis://HOST:PORT", "memory: nothing survives the end of this process")
	default:
		e.ok("store", "%s; %s", s.place, promise(s.durability))
	}
	for _, f := range e.c.Findings {
		status := wire.DoctorWarn
		if f.Kind == state.FindingUnfit {
			status = wire.DoctorFail
		}
		e.Add("store "+string(f.Kind), status, f.Text, "")
	}
	if roomy, ok := s.Store.(state.Roomy); ok {
		e.room(roomy.Room(ctx))
	}
}

// promise is what is true of everything that was accepted; a store that is not in Redis has no durability to choose.
func promise(d redisstate.Durability) string {
	switch d {
	case redisstate.Local:
		return "what is accepted is as safe as the server keeps it"
	case redisstate.Replicated:
		return "what is accepted is on every replica too"
	case redisstate.Disk:
		return "what is accepted is on the server's disk"
	}
	return "what is accepted is on the disk"
}

func (e *examined) room(r state.Room, err error) {
	free := fmt.Sprintf("%s of %s are free", bytesOf(r.Free), bytesOf(r.Total))
	switch {
	case err != nil || r.Total == 0:
	case r.Low():
		e.fail("room", "make room: what is new is refused when the store is full", "%s, %s should be", free, bytesOf(r.Keep))
	case r.Free < r.Keep+r.Keep/4:
		e.warn("room", "make room soon", "%s, %s should be", free, bytesOf(r.Keep))
	default:
		e.ok("room", "%s", free)
	}
}

func bytesOf(n uint64) string {
	for _, unit := range []string{"B", "KiB", "MiB", "GiB"} {
		if n < 10<<10 {
			return fmt.Sprintf("%d %s", n, unit)
		}
		n >>= 10
	}
	return fmt.Sprintf("%d TiB", n)
}

func (e *examined) replicas(shared bool) {
	leased := fmt.Sprintf("polls %d of %d partitions", e.c.Leased, ifsev.Partitions)
	if !shared {
		if e.c.Leased < ifsev.Partitions {
			e.warn("replicas", "it takes them within seconds of its start; read its log if it does not", "alone, and %s", leased)
			return
		}
		e.ok("replicas", "alone, and %s", leased)
		return
	}
	hashes, owners := map[string]bool{}, []string{}
	for _, r := range e.c.Replicas {
		hashes[r.Hash] = true
		owners = append(owners, r.Owner)
	}
	text := fmt.Sprintf("%s (%s); this one, %s, %s", count(len(owners), "replica"), strings.Join(owners, ", "), e.c.Owner, leased)
	if len(hashes) > 1 {
		e.warn("replicas", "give all replicas the same files: the ones loaded last count", "%s; their rule files differ", text)
		return
	}
	e.ok("replicas", "%s", text)
}

func (e *examined) rules() {
	text := fmt.Sprintf("%s, set %d (%.12s)", count(e.c.Rules, "rule"), e.c.Epoch, e.c.Hash)
	if !e.c.ReloadedAt.IsZero() {
		text += ", loaded " + e.ago(e.c.ReloadedAt)
	}
	switch {
	case e.c.ReloadFailed:
		e.warn("rules", "see what is wrong with ifsev check, then reload", "%s; the last reload failed, and these go on", text)
	case !e.c.Own:
		e.warn("rules", "give all replicas the same files", "%s; another replica has loaded them, and the files here say otherwise", text)
	default:
		e.ok("rules", "%s", text)
	}
}

func (e *examined) sources() {
	for _, name := range e.cfg.SourceNames() {
		if at, ok := e.c.Posted[name]; ok {
			e.ok("source "+name, "last posted %s", e.ago(at))
		} else {
			e.ok("source "+name, "has posted nothing since this process started")
		}
	}
}

func (e *examined) destinations() {
	if e.c.Store == nil && len(e.c.Destinations) == 0 {
		e.ok("deliveries", "nothing waits, and nothing is dead")
	}
	for _, name := range slices.Sorted(maps.Keys(e.c.Destinations)) {
		d, about := e.c.Destinations[name], "to "+name
		text := fmt.Sprintf("%d pending, %d dead", d.Pending, d.Dead)
		if !d.Oldest.IsZero() {
			text += ", the oldest from " + e.ago(d.Oldest)
		}
		if d.Breaker != "" && d.Breaker != "closed" {
			text += "; it keeps failing, and is tried every 10s"
		}
		if !d.Until.IsZero() {
			text += fmt.Sprintf("; the receiver asked to wait for another %s", span(d.Until.Sub(e.c.At)))
		}
		if d.LastError != "" {
			text += ": " + d.LastError
		}
		switch {
		case d.Dead > 0:
			e.warn(about, "ifsev deliveries list --dead; send them again with ifsev deliveries retry --dead", "%s", text)
		case d.Breaker == "open" || !d.Oldest.IsZero() && e.c.At.Sub(d.Oldest) > lateDelivery:
			e.warn(about, "look at the receiver; ifsev deliveries list says more", "%s", text)
		default:
			e.ok(about, "%s", text)
		}
	}
	if e.c.Partly {
		e.warn("deliveries", "ifsev deliveries list", "there are more than were counted here")
	}
}

func (e *examined) deadlines() {
	late := e.c.At.Sub(e.c.Stats.OldestWake)
	switch {
	case e.c.Store != nil:
	case !e.c.Stats.OldestWake.IsZero() && late > lateWake:
		e.fail("deadlines", "read the log for what keeps them from being dealt with", "%d wait, and the oldest has been due for %s", e.c.Stats.Wakes, span(late))
	default:
		e.ok("deadlines", "%d wait, none is overdue", e.c.Stats.Wakes)
	}
}

func (e *examined) invariants(s state.Store) {
	for _, v := range e.c.Violations {
		e.fail("invariant "+string(v.Invariant), "keep a copy of the store and its log, and report it", "%s", v.Text)
	}
	switch _, able := s.(state.Auditor); {
	case len(e.c.Violations) > 0:
	case !able:
		e.ok("invariants", "this store is not audited")
	case e.c.Audited.IsZero():
		e.ok("invariants", "not audited yet: the first audit is 10s after the start")
	default:
		e.ok("invariants", "all hold; audited %s", e.ago(e.c.Audited))
	}
}

func (e *examined) synthetic() {
	p := e.c.Probe
	switch {
	case e.cfg.Synthetic.Every == 0:
		e.ok("synthetic", "off")
	case e.c.ProbeFailed != "":
		e.fail("synthetic", "real events are held up in the same place: look at the store and the log", "a synthetic event did not go the whole way: %s", e.c.ProbeFailed)
	case p.At.IsZero():
		e.ok("synthetic", "none has been sent yet")
	default:
		var parts []string
		for _, stage := range slices.Sorted(maps.Keys(p.Took)) {
			parts = append(parts, fmt.Sprintf("%s %s", stage, p.Took[stage].Round(100*time.Microsecond)))
		}
		e.ok("synthetic", "went the whole way %s: %s", e.ago(p.At), strings.Join(parts, ", "))
	}
}

func (e *examined) clock() {
	if e.c.Ahead.Abs() > farClock {
		e.warn("clock", "set both by NTP", "the store's clock is %s ahead of this process's", e.c.Ahead.Round(time.Millisecond))
		return
	}
	e.ok("clock", "the store's clock and this process's agree within %s", max(e.c.Ahead.Abs(), time.Millisecond).Round(time.Millisecond))
}

// backups says how old the newest is; of a store that is no file nothing.
func (e *examined) backups(now time.Time) {
	dir := e.cfg.BackupDir()
	if !strings.HasPrefix(e.cfg.Store.Reveal(), "file:") {
		return
	}
	if dir == "" {
		e.warn("backups", "take backup: none out of the configuration, or copy the disk by other means", "none are made")
		return
	}
	all, err := boltstate.Backups(dir, now)
	switch {
	case e.c.BackupFailed != "":
		e.fail("backups", "make room, or name a folder that can be written under backup: dir; ifsev store backup tries it while no daemon runs", "the last one could not be made, and there are %d in %s: %s", len(all), dir, e.c.BackupFailed)
	case err != nil:
		e.fail("backups", "", "%s", err)
	case len(all) == 0:
		e.ok("backups", "none in %s yet: the first is made a minute after the start", dir)
	case all[0].At.After(now):
		e.warn("backups", "see whether the clock was ahead, or is behind now", "the newest of %d in %s is from the future: %s", len(all), dir, all[0].At.Format(time.RFC3339))
	case now.Sub(all[0].At) > 2*e.cfg.Backup.Every+5*time.Minute:
		e.warn("backups", "read the log, or start the daemon: it makes them; ifsev store backup makes one", "the newest of %d in %s is from %s ago", len(all), dir, span(now.Sub(all[0].At)))
	default:
		e.ok("backups", "the newest of %d in %s is from %s ago", len(all), dir, span(now.Sub(all[0].At)))
	}
}

// kept says what becomes of incidents that are over, and why they cannot be archived now.
func (e *examined) kept(why error) {
	after := ifsev.FormatDuration(e.cfg.Retention.Closed)
	switch a := e.cfg.Archive; {
	case why != nil:
		e.fail("archive", "see whether archive names what is meant, and may be written; until then closed incidents stay in the store", "nothing can be written to %s: %s", placeOf(a), why)
	case e.c.ArchiveFailed != "":
		e.warn("archive", "read the log; it is tried again every hour, and until then they stay in the store", "not all closed incidents could leave the store: %s", e.c.ArchiveFailed)
	case a.Set():
		e.ok("archive", "closed incidents go to %s after %s; it can be written", placeOf(a), after)
	case e.cfg.Retention.Delete:
		e.ok("archive", "closed incidents are deleted after %s", after)
	default:
		e.ok("archive", "none: closed incidents stay in the store")
	}
}

func (e *examined) heartbeat() {
	switch {
	case e.cfg.Heartbeat.URL.Empty():
		e.warn("heartbeat", "configure heartbeat: {url: …}", "none is sent: nobody would notice if this daemon were gone")
	case e.c.BeatFailed != "":
		e.fail("heartbeat", "see whether the receiver can be reached from here, and is allowed under outgoing", "%s", e.c.BeatFailed)
	case e.c.Beat.IsZero():
		e.ok("heartbeat", "none has been sent yet")
	default:
		e.ok("heartbeat", "arrived %s, every %s", e.ago(e.c.Beat), ifsev.FormatDuration(cmp.Or(e.cfg.Heartbeat.Every, time.Minute)))
	}
}
