package archive

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/record"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/state"
)

// Imported counts what became of a record's incidents.
type Imported struct {
	// Added are new, Continued had gone on since an earlier import, Known were there as they are or later ones.
	Added, Continued, Known int
	// Events and RuleSets count what was written.
	Events, RuleSets int
}

// Import puts records into an archive, or into an empty store, which becomes one. Every chain of revisions is followed
// first. What is there already is left alone, an incident that has gone on since is continued, and one that is there
// with another history is an error; what was imported before an error stays, and doing it again goes on from there. Rule
// sets are kept in the order of their numbers, so records whose rule sets interleave must come together.
func Import(ctx context.Context, store state.Store, from ...*record.Reader) (Imported, error) {
	im := &importer{store: store}
	for _, r := range from {
		if r.Header.Version < 2 {
			return im.done, inFile(r, errors.New("an older ifsev made this export, without what an import needs; a backtest reads it all the same: ifsev backtest --from FILE"))
		}
	}
	for _, r := range from {
		if err := claim(ctx, store, &r.Header); err != nil {
			return im.done, err
		}
	}
	if err := im.sets(ctx, from); err != nil {
		return im.done, err
	}
	for _, r := range from {
		if err := im.record(ctx, r); err != nil {
			return im.done, inFile(r, err)
		}
	}
	return im.done, nil
}

// inFile says which of several records an error is about.
func inFile(r *record.Reader, err error) error {
	if r.Name == "" {
		return err
	}
	return fmt.Errorf("%s: %w", r.Name, err)
}

// sets keeps the rule sets of all records, oldest first.
func (im *importer) sets(ctx context.Context, from []*record.Reader) error {
	all := map[int64]*record.RuleSet{}
	for _, r := range from {
		for i := range r.Sets {
			s := &r.Sets[i]
			if other := all[s.Epoch]; other != nil && other.Hash != s.Hash {
				return inFile(r, fmt.Errorf("rule set %d is another one in the exports before: these are of two daemons, so give each an archive of its own", s.Epoch))
			}
			all[s.Epoch] = s
		}
	}
	for _, epoch := range slices.Sorted(maps.Keys(all)) {
		if err := im.set(ctx, all[epoch]); err != nil {
			return err
		}
	}
	return nil
}

// record keeps the incidents of one record.
func (im *importer) record(ctx context.Context, from *record.Reader) error {
	for {
		h, err := from.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = im.incident(ctx, &h)
		}
		if err != nil {
			return err
		}
	}
}

type importer struct {
	store state.Store
	done  Imported
	// newest is the epoch of the newest rule set there; 0 until it was asked for.
	newest int64
}

// missing is the hash under which a number is kept that has no rule set here.
func missing(epoch int64) string { return fmt.Sprintf("missing %d", epoch) }

// set keeps a rule set under its own number.
func (im *importer) set(ctx context.Context, s *record.RuleSet) error {
	if im.newest == 0 {
		newest, err := im.store.RuleSet(ctx, 0)
		if err != nil && !errors.Is(err, state.ErrNotFound) {
			return err
		}
		im.newest = newest.Epoch
	}
	if s.Epoch <= im.newest {
		kept, err := im.store.RuleSet(ctx, s.Epoch)
		switch {
		case err != nil:
			return err
		case kept.Hash == s.Hash:
			return nil
		case kept.Hash == missing(s.Epoch):
			return fmt.Errorf("rule set %d is older than those that are here: import the whole export, or all pieces of the archive at once, into a new archive", s.Epoch)
		}
		return fmt.Errorf("rule set %d is another one here: this export is of another daemon, so give it an archive of its own", s.Epoch)
	}
	for im.newest+1 < s.Epoch {
		if err := im.put(ctx, missing(im.newest+1), rules.KeptBody(nil, nil, s.At)); err != nil {
			return err
		}
	}
	im.done.RuleSets++
	return im.put(ctx, s.Hash, rules.KeptBody(s.Files, s.Manifest, s.At))
}

func (im *importer) put(ctx context.Context, hash string, body []byte) error {
	epoch, err := im.store.PutRuleSet(ctx, hash, body)
	if err == nil && epoch != im.newest+1 {
		err = fmt.Errorf("rule set %d came out as %d: does somebody else write to this store?", im.newest+1, epoch)
	}
	im.newest++
	return err
}

// incident keeps one incident, from the commit on that is not there yet.
func (im *importer) incident(ctx context.Context, h *record.History) error {
	doc, pages, err := chain(h)
	if err != nil {
		return fmt.Errorf("INC-%d: %w", h.Number, err)
	}
	at, err := im.upTo(ctx, h, pages)
	switch {
	case err != nil:
		return fmt.Errorf("INC-%d: %w", h.Number, err)
	case at == len(pages):
		im.done.Known++
		return nil
	case at == 0:
		im.done.Added++
	default:
		im.done.Continued++
	}
	for i := at; i < len(pages); i++ {
		c, err := im.commit(ctx, h, doc, pages, i)
		if err == nil {
			err = written(im.store.Commit(ctx, c))
		}
		if err != nil {
			return fmt.Errorf("INC-%d: %w", h.Number, err)
		}
		im.done.Events += len(pages[i].Entries)
	}
	return nil
}

// upTo answers how many of the commits are there already.
func (im *importer) upTo(ctx context.Context, h *record.History, pages []state.Page) (int, error) {
	rec, err := im.store.Load(ctx, state.Ref{ID: h.ID})
	if errors.Is(err, state.ErrNotFound) {
		other, err := im.store.Load(ctx, state.Ref{Number: h.Number})
		if err == nil {
			return 0, fmt.Errorf("another incident (%s) has that number here: this export is of another daemon, so give it an archive of its own", other.ID)
		}
		if !errors.Is(err, state.ErrNotFound) {
			return 0, err
		}
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	for i := range pages {
		if pages[i].Rev == rec.Rev {
			return i + 1, nil
		}
	}
	for after := int64(0); ; {
		there, err := im.store.Timeline(ctx, h.ID, after, eventsAtOnce)
		if err != nil {
			return 0, err
		}
		for _, p := range there {
			if p.Rev == pages[len(pages)-1].Rev {
				return len(pages), nil // what is there is later
			}
			if n := len(p.Entries); n > 0 {
				after = p.Entries[n-1].Seq
			}
		}
		if len(there) == 0 {
			return 0, errors.New("it is here with another history: one of the two was tampered with, or a store was lost and grew again; nothing was changed")
		}
	}
}

// commit is the i-th commit. Of all documents only the last is known; the others are there as their hashes.
func (im *importer) commit(ctx context.Context, h *record.History, doc *ifsev.Document, pages []state.Page, i int) (state.Commit, error) {
	c := state.Commit{ID: h.ID, Next: pages[i].Rev, Doc: h.Kept.Document, DocSum: pages[i].DocSum, Entries: pages[i].Entries, Summary: state.SummaryOf(&doc.Incident)}
	if i > 0 {
		c.Expect = pages[i-1].Rev
	}
	if i < len(pages)-1 {
		return c, nil
	}
	c.Verdicts = map[string][]byte{}
	for rule, v := range h.Kept.Verdicts {
		c.Verdicts[rule] = v
	}
	if key := doc.Incident.Key; h.Kept.Bound && key != "" {
		bound, err := im.store.Load(ctx, state.Ref{Key: key})
		if err != nil && !errors.Is(err, state.ErrNotFound) {
			return c, err
		}
		c.Key, c.Bound = key, bound.ID
	}
	return c, nil
}

// chain makes the timeline of a history again and follows its revisions to the document.
func chain(h *record.History) (*ifsev.Document, []state.Page, error) {
	if h.Kept == nil {
		return nil, nil, errors.New("what was kept of it is missing: make the export again; a piece of the archive that an older ifsev wrote is read by a backtest alone: ifsev backtest --from FILE")
	}
	pages, n := make([]state.Page, len(h.Kept.Commits)), 0
	for i, c := range h.Kept.Commits {
		pages[i] = state.Page{Rev: state.Rev(c.Rev), DocSum: c.Doc}
		for range c.Events {
			if n == len(h.Bodies) {
				return nil, nil, errors.New("events are missing")
			}
			pages[i].Entries = append(pages[i].Entries, state.Entry{Seq: int64(n + 1), Body: h.Bodies[n]})
			n++
		}
	}
	if n != len(h.Bodies) || len(pages) == 0 {
		return nil, nil, errors.New("there are events that nobody committed")
	}
	if err := state.Verify(pages, state.Rev(h.Kept.Rev)); err != nil {
		return nil, nil, err
	}
	if state.DocSum(h.Kept.Document) != pages[len(pages)-1].DocSum {
		return nil, nil, errors.New("the document was changed: it does not fit its revision")
	}
	var doc ifsev.Document
	if err := json.Unmarshal(h.Kept.Document, &doc); err != nil {
		return nil, nil, fmt.Errorf("its document cannot be read: %w", err)
	}
	if doc.Incident.ID != h.ID || doc.Incident.Number != h.Number {
		return nil, nil, errors.New("the document is that of another incident")
	}
	return &doc, pages, nil
}
