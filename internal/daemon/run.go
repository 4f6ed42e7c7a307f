package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/ifsev/ifsev/internal/api"
	"github.com/ifsev/ifsev/internal/archive"
	"github.com/ifsev/ifsev/internal/engine"
	"github.com/ifsev/ifsev/internal/record"
	"github.com/ifsev/ifsev/internal/throttle"
	"github.com/ifsev/ifsev/triggers"
)

// Options is what a daemon is started with. Zero fields mean the defaults given with them.
type Options struct {
	Inputs
	// Version and Commit are shown and counted.
	Version, Commit string
	// Out takes the banner; nil means nowhere.
	Out io.Writer
	// Log takes what there is to say; nil means nowhere.
	Log *slog.Logger
	// Errors takes the mistakes of a refused reload as a person reads them, with carets; nil means that the log has them.
	Errors io.Writer
	// Reload asks for a reload each time something is sent, as SIGHUP does; nil means never.
	Reload <-chan os.Signal
	// Ready is called once, with the real address, when requests are answered; nil means nobody asks.
	Ready func(address string)
	// Grace is how long a stop waits for what is in hand; 15 s.
	Grace time.Duration
}

// daemon is a running process.
type daemon struct {
	Options
	url      string // of the listener
	listener net.Listener
	store    *opened
	engine   *engine.Engine
	api      *api.Server
	sources  *triggers.SourceSet
	proxies  atomic.Pointer[throttle.Proxies]
	registry *prometheus.Registry
	// reloading lets one reload happen at a time, and guards current.
	reloading sync.Mutex
	current   *setup
	watch     *watcher
	// archive is set where the store is one: it is shown, and nothing else.
	archive *record.Header
	// regime is what retention knows of the rule sets there were.
	regime  *archive.Regime
	closers []closer
}

// closer ends something that was started.
type closer struct {
	name string
	stop func(context.Context) error
}

// Run runs a daemon until ctx ends, then stops it: nothing new is taken, what is in hand is finished within
// Options.Grace, and the store is closed. An error says why it could not start, or what had to be cut; one that is
// strictyaml.Problems says what is wrong with the files.
func Run(ctx context.Context, o Options) (err error) {
	d := &daemon{Options: o}
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	if d.Out == nil {
		d.Out = io.Discard
	}
	if d.Grace == 0 {
		d.Grace = 15 * time.Second
	}
	defer func() { err = errors.Join(err, d.close()) }()
	if err := d.prepare(ctx); err != nil {
		return err
	}
	if err := d.startEngine(ctx); err != nil {
		return err
	}
	failed, err := d.serve()
	if err != nil {
		return err
	}
	if err := d.startWatch(ctx); err != nil {
		return err
	}
	d.startBackups(ctx)
	d.startProbe(ctx)
	d.onClose("intake", func(context.Context) error {
		d.engine.Rest()
		return nil
	})
	d.banner()
	if d.Ready != nil {
		d.Ready(d.listener.Addr().String())
	}
	return d.wait(ctx, failed)
}

func (d *daemon) onClose(name string, stop func(context.Context) error) {
	d.closers = append(d.closers, closer{name, stop})
}

// part is the time for one of those that must not take all of it from the engine, which comes after them.
func (d *daemon) part(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, d.Grace/3)
}

// close ends everything that was started, the last first, and says what did not end well.
func (d *daemon) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), d.Grace)
	defer cancel()
	var errs []error
	for i := len(d.closers) - 1; i >= 0; i-- {
		c := d.closers[i]
		if err := c.stop(ctx); err != nil {
			errs = append(errs, fmt.Errorf("stopping the %s: %w", c.name, err))
		}
	}
	return errors.Join(errs...)
}

// prepare reads the files, takes the address and opens the store: in this order, so that the cheap mistakes come first
// and nothing is touched before the files are right.
func (d *daemon) prepare(ctx context.Context) error {
	cfg, _, err := d.configure()
	if err != nil {
		return err
	}
	if err := errors.Join(cfg.CheckExposure(), cfg.CheckDurability()); err != nil {
		return err
	}
	if err := d.listen(ctx, cfg.Listen); err != nil {
		return err
	}
	d.current, err = d.Inputs.prepare(d.url, d.Version, d.Log)
	if err != nil {
		return err
	}
	d.settle(d.current)
	d.warn(d.current.warnings)
	d.onClose("senders", func(context.Context) error {
		d.reloading.Lock()
		defer d.reloading.Unlock()
		d.current.sender.Close()
		return nil
	})
	d.store, err = openStore(ctx, cfg.Store.Reveal(), cfg.Durability, time.Now)
	if err != nil {
		return err
	}
	d.onClose("store", func(context.Context) error { return d.store.Close() })
	if err := d.store.refuseHalf(ctx); err != nil {
		return err
	}
	for _, w := range d.store.warnings {
		d.Log.Warn(w)
	}
	return d.archived(ctx)
}

func (d *daemon) listen(ctx context.Context, address string) error {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("something listens on %s already: is ifsev running? Choose another address with --listen, such as --listen 127.0.0.1:0 for any free port", address)
	case errors.Is(err, syscall.EACCES):
		return fmt.Errorf("this user may not listen on %s: choose a port above 1023 with --listen", address)
	case err != nil:
		return fmt.Errorf("cannot listen on %s: %w", address, plainNetError(err))
	}
	d.listener, d.url = l, "http://"+reachable(l.Addr())
	d.onClose("listener", func(context.Context) error {
		if err := l.Close(); !errors.Is(err, net.ErrClosed) { // the server closes it first
			return err
		}
		return nil
	})
	return nil
}

func plainNetError(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Err
	}
	return err
}

// reachable is an address somebody on this machine can use: all interfaces are reached through loopback.
func reachable(a net.Addr) string {
	host, port, err := net.SplitHostPort(a.String())
	if ip := net.ParseIP(host); err == nil && ip != nil && ip.IsUnspecified() {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return a.String()
}

func (d *daemon) startEngine(ctx context.Context) error {
	d.registry = prometheus.NewRegistry()
	d.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	poll := time.Duration(0)
	if !d.store.shared {
		poll = 250 * time.Millisecond // nobody else writes; what this process commits wakes the timekeeper by itself
	}
	e, err := engine.New(engine.Options{
		Store: d.store.Store, Rules: d.current.set, Performer: d.current.sender,
		Log: d.Log, Registry: d.registry, Owner: d.owner(), Poll: poll,
		Actions: d.current.set.World.Actions, Sources: d.current.config.SourceNames(), Version: d.Version, Commit: d.Commit,
		Now:       d.clock(),
		Retention: d.retention,
		SelfWatch: d.selfWatch,
	})
	if err != nil {
		return err
	}
	d.engine, d.regime = e, archive.NewRegime(e)
	if d.archive != nil {
		return e.Stop(ctx) // it still reads, and takes nothing
	}
	// Requests under way must still be decided while the server drains, so the engine outlives ctx and is stopped by name.
	if err := e.Start(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	d.onClose("engine", e.Stop)
	return nil
}

// owner names this process in leases: the same after a restart, another for each of several on one machine.
func (d *daemon) owner() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return host + "/" + d.listener.Addr().String()
}

// serve begins to answer requests; failed says why serving ended by itself.
func (d *daemon) serve() (failed <-chan error, err error) {
	d.sources = triggers.NewSourceSet(d.current.sources)
	d.useProxies(d.current.config.Proxies)
	to := sink{d.engine}
	d.api, err = api.New(api.Options{
		Engine: d.engine, Store: d.store, Reload: d.reload, Doctor: d.doctor, Log: d.Log, Version: d.Version, Now: d.clock(),
		Hooks:   triggers.Handler(d.sources, to, triggers.HandlerOptions{Observe: to.observe, Shedding: d.engine.Shedding, Failed: to.failed, Refused: tell(d.Log), Now: time.Now}),
		Metrics: promhttp.HandlerFor(d.registry, promhttp.HandlerOpts{ErrorLog: slog.NewLogLogger(d.Log.Handler(), slog.LevelWarn)}),
	}, d.current.settings)
	if err != nil {
		return nil, err
	}
	return d.startServer(d.readOnly(d.api)), nil
}

// startWatch begins to look after changed files.
func (d *daemon) startWatch(ctx context.Context) error {
	if d.archive != nil {
		return nil
	}
	w, err := newWatcher(d.Log)
	if err != nil {
		d.Log.Warn("files cannot be watched; reload with SIGHUP after changes", "error", err)
		return nil
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	d.watch = w
	w.look(d.current.watched())
	go func() {
		defer close(done)
		w.run(ctx, func() { d.reloadAndTell(ctx, "a file has changed") })
	}()
	d.onClose("watch", func(context.Context) error {
		cancel()
		<-done
		w.close()
		return nil
	})
	return nil
}

// wait reloads when it is asked to, until ctx ends or serving fails.
func (d *daemon) wait(ctx context.Context, failed <-chan error) error {
	for {
		select {
		case <-ctx.Done():
			d.Log.Info("stopping; what is in hand is finished first")
			return nil
		case err := <-failed:
			return fmt.Errorf("serving ended: %w", err)
		case <-d.Reload:
			d.reloadAndTell(ctx, "it was asked for")
		}
	}
}
