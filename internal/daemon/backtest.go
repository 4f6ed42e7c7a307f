package daemon

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/ifsev/ifsev/actions"
	"github.com/ifsev/ifsev/internal/backtest"
	"github.com/ifsev/ifsev/internal/record"
	"github.com/ifsev/ifsev/rules"
)

// Trial is what it takes to try rules on what was recorded.
type Trial struct {
	// Paths are the rule files and folders that are tried.
	Paths []string
	// Config is the configuration they are tried with; empty means what the record says of the daemon's.
	Config string
	Env    func(string) (string, bool)
	// Record is what `ifsev export` prints. Incidents that were declared before Since are left out.
	Record io.Reader
	Since  time.Time
}

// Tried is what came of it.
type Tried struct {
	// Report is what is wrong with the rules that are tried; there is nothing else where it has errors.
	Report
	Backtest *backtest.Report
	// Added, Changed and Removed name the rules that differ from those last in force, sorted.
	Added, Changed, Removed []string
	// Notes say what could not be taken into account.
	Notes []string
}

// Backtest tries rules on what was recorded. Nothing is performed or changed. The error says what could not be read.
func Backtest(t Trial) (*Tried, error) {
	out := &Tried{}
	text, err := unpacked(t.Record)
	if err != nil {
		return nil, err
	}
	rec, err := record.NewReader(text)
	if err != nil {
		return nil, err
	}
	then, err := rec.Header.World.Rules(actions.Catalogue())
	if err != nil {
		return nil, err
	}
	candidate, err := out.candidate(&t, then)
	if err != nil || candidate == nil {
		return out, err
	}
	epochs := out.epochs(rec.Sets, then)
	if n := len(epochs); n > 0 {
		out.differ(epochs[n-1].Set, candidate)
	}
	b := backtest.New(backtest.Options{Candidate: candidate, Recorded: epochs, End: rec.Header.At})
	out.Backtest = b.Report()
	return out, out.play(b, rec, t.Since)
}

// candidate loads the rules that are tried; nil where they are wrong.
func (o *Tried) candidate(t *Trial, w rules.World) (*rules.Set, error) {
	if t.Config != "" {
		w = world(o.readConfig(t.Config, t.Env))
	}
	sources, err := ReadRules(t.Paths)
	if err != nil {
		return nil, err
	}
	o.Files = len(sources)
	set, wrong, warnings := rules.Load(sources, w)
	o.Errors.Add(wrong...)
	o.Warnings.Add(warnings...)
	if len(o.Errors) > 0 {
		return nil, nil
	}
	o.Rules = len(set.Rules)
	return set, nil
}

// epochs loads the rules that were in force; none where one of them does not load.
func (o *Tried) epochs(sets []record.RuleSet, w rules.World) []backtest.Epoch {
	var epochs []backtest.Epoch
	for _, s := range sets {
		set, wrong, _ := rules.Load(s.Files, w)
		if len(wrong) > 0 {
			o.Notes = append(o.Notes, fmt.Sprintf("the rules of then (rule set %d) do not load any more: %v; the recorded firings themselves are compared with", s.Epoch, wrong[0]))
			return nil
		}
		numbered := *set
		numbered.Epoch = s.Epoch
		epochs = append(epochs, backtest.Epoch{At: s.At, Set: &numbered})
	}
	return epochs
}

// differ names the rules that differ between two sets.
func (o *Tried) differ(before, after *rules.Set) {
	was, is := before.Manifest(), after.Manifest()
	for _, name := range slices.Sorted(maps.Keys(is)) {
		if hash, there := was[name]; !there {
			o.Added = append(o.Added, name)
		} else if hash != is[name] {
			o.Changed = append(o.Changed, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(was)) {
		if _, there := is[name]; !there {
			o.Removed = append(o.Removed, name)
		}
	}
}

// play plays every incident of the record.
func (o *Tried) play(b *backtest.Backtest, rec *record.Reader, since time.Time) error {
	for {
		h, err := rec.Next()
		if errors.Is(err, io.EOF) {
			return b.Finish()
		}
		if err != nil {
			return err
		}
		if h.Events[0].At.Before(since) {
			continue
		}
		if err := b.Add(h); err != nil {
			o.Notes = append(o.Notes, "left out: "+err.Error())
		}
	}
}
