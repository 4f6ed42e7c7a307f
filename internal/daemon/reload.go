package daemon

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/ifsev/ifsev/internal/engine"
	"github.com/ifsev/ifsev/internal/problem"
	"github.com/ifsev/ifsev/internal/strictyaml"
	"github.com/ifsev/ifsev/internal/wire"
	"github.com/ifsev/ifsev/state"
)

// reload reads the files again and takes them over, all or nothing. Its error is a *problem.Problem.
func (d *daemon) reload(ctx context.Context) (wire.Reload, error) {
	plan, next, err := d.takeOver(ctx)
	if err != nil {
		return wire.Reload{}, refused(err)
	}
	return wire.Reload{
		Epoch: plan.Epoch, Hash: plan.Hash, Rules: len(next.set.Rules), Added: plan.Added, Changed: plan.Changed, Removed: plan.Removed,
		Unchanged: plan.Unchanged, Timers: plan.PendingDeadlines, Warnings: next.warnings,
	}, nil
}

// takeOver makes a setup of the files and, if it is right, the one in use.
func (d *daemon) takeOver(ctx context.Context) (engine.Plan, *setup, error) {
	d.reloading.Lock()
	defer d.reloading.Unlock()
	if d.archive != nil {
		return engine.Plan{}, nil, errors.New("an archive keeps the rules it was recorded under")
	}
	next, err := d.Inputs.prepare(d.url, d.Version, d.Log)
	if err != nil {
		d.lookForPacks()
		d.reloadFailed(err)
		return engine.Plan{}, nil, err
	}
	before := d.current
	if err := d.keep(before, next); err != nil {
		next.sender.Close()
		d.reloadFailed(err)
		return engine.Plan{}, nil, err
	}
	plan, err := d.engine.Use(ctx, next.set, next.sender)
	if err != nil {
		next.sender.Close()
		return engine.Plan{}, nil, err
	}
	d.sources.Replace(next.sources)
	d.api.Use(next.settings)
	d.useProxies(next.config.Proxies)
	d.current = next
	d.settle(next)
	before.sender.Close() // attempts under way go on; it only lets go of idle connections
	if d.watch != nil {
		d.watch.look(next.watched())
	}
	d.warn(next.warnings)
	return plan, next, nil
}

// lookForPacks watches for the packs that the files name now: one that is missing may be what is wrong.
func (d *daemon) lookForPacks() {
	if d.watch == nil {
		return
	}
	sources, _ := ReadRules(d.current.config.Rules) // what is wrong with them has been told
	d.watch.look(append(d.current.watched(), packFiles(sources)...))
}

// keep refuses what cannot change without a restart only where it would be unsafe, and warns of the rest.
func (d *daemon) keep(before, next *setup) error {
	listen := next.config.Listen
	next.config.Listen = before.config.Listen
	if listen != before.config.Listen {
		d.Log.Warn("listen has changed: restart to listen there", "now", before.config.Listen, "then", listen)
	}
	if next.config.Store != before.config.Store {
		d.Log.Warn("store has changed: restart to use it", "now", d.store.place)
		next.config.Store = before.config.Store
	}
	if next.config.Durability != before.config.Durability {
		d.Log.Warn("durability has changed: restart to use it", "now", before.config.Durability, "then", next.config.Durability)
		next.config.Durability = before.config.Durability
	}
	return errors.Join(next.config.CheckExposure(), next.config.CheckKept(before.config))
}

// reloadAndTell reloads because of something that nobody waits for the answer of.
func (d *daemon) reloadAndTell(ctx context.Context, why string) {
	d.Log.Debug("reloading", "why", why)
	_, _, _ = d.takeOver(ctx) // the engine logs how it went, and what is wrong with the files is told where it is found
}

// reloadFailed tells log, metrics and terminal what is wrong; the old setup goes on.
func (d *daemon) reloadFailed(err error) {
	d.engine.ReloadFailed(brief(err))
	var wrong strictyaml.Problems
	if !errors.As(err, &wrong) {
		return
	}
	if d.Errors != nil {
		_, _ = fmt.Fprint(d.Errors, wrong.Text()) // the log has the first of them too
		return
	}
	for _, p := range wrong {
		d.Log.Error(p.Message, "file", p.File, "line", p.Line, "column", p.Column, "hint", p.Hint, "source", p.Source, "caret", p.Caret())
	}
}

// brief is an error in one line: of many mistakes the first, and how many.
func brief(err error) error {
	var wrong strictyaml.Problems
	if !errors.As(err, &wrong) || len(wrong) == 0 {
		return err
	}
	if len(wrong) == 1 {
		return wrong[0]
	}
	return fmt.Errorf("%d mistakes, the first: %w", len(wrong), wrong[0])
}

// refused makes the answer to a reload that was asked for over HTTP.
func refused(err error) error {
	var wrong strictyaml.Problems
	switch {
	case errors.Is(err, state.ErrUnavailable), errors.Is(err, state.ErrFull):
		p := problem.New(http.StatusServiceUnavailable, err.Error()+"; the rules in use stay: ask again")
		p.RetryAfter = 2 * time.Second
		return p
	case !errors.As(err, &wrong):
		return problem.New(http.StatusUnprocessableEntity, err.Error()+"; the rules in use stay")
	}
	p := problem.New(http.StatusUnprocessableEntity, brief(err).Error()+"; the rules in use stay")
	for _, w := range wrong {
		detail := w.Error()
		if w.Hint != "" {
			detail += " (" + w.Hint + ")"
		}
		p.Errors = append(p.Errors, problem.At{Detail: detail})
	}
	return p
}

// warn logs what is allowed and will not do what is probably meant.
func (d *daemon) warn(warnings strictyaml.Problems) {
	for _, w := range warnings {
		d.Log.Warn(w.Message, "file", w.File, "line", w.Line, "column", w.Column, "hint", w.Hint)
	}
}
