package daemon

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"time"

	"github.com/ifsev/ifsev/internal/config"
	"github.com/ifsev/ifsev/internal/engine"
	"github.com/ifsev/ifsev/internal/record"
	"github.com/ifsev/ifsev/internal/shelf"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/state"
)

// retention answers what is configured now.
func (d *daemon) retention() engine.Retention {
	d.reloading.Lock()
	c := d.current.config
	d.reloading.Unlock()
	r := engine.Retention{Closed: c.Retention.Closed, Delete: c.Retention.Delete}
	if c.Archive.Set() {
		r.Archive = &archiver{conf: c.Archive, engine: d.engine, now: time.Now}
	}
	return r
}

// archiver writes incidents as an export would, with the rule sets they were decided under.
type archiver struct {
	conf   config.Archive
	engine *engine.Engine
	now    func() time.Time
}

var _ engine.Archive = (*archiver)(nil)

// Keep implements engine.Archive.
func (a *archiver) Keep(ctx context.Context, all []engine.Archived) error {
	to, err := shelfOf(a.conf)
	if err != nil {
		return err
	}
	set := a.engine.Rules()
	p := shelf.Piece{Header: record.Header{At: a.now().UTC(), World: record.WorldOf(&set.World)}}
	for _, one := range all {
		p.All = append(p.All, shelf.History(one))
	}
	if p.Sets, err = a.sets(ctx, set.Epoch); err != nil {
		return err
	}
	_, err = shelf.Keep(ctx, to, p, a.now())
	return err
}

func (a *archiver) sets(ctx context.Context, last int64) ([]record.RuleSet, error) {
	var sets []record.RuleSet
	for epoch := int64(1); epoch <= last; epoch++ {
		kept, err := a.engine.RuleSet(ctx, epoch)
		if errors.Is(err, state.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		set := record.RuleSet{Epoch: kept.Epoch, Hash: kept.Hash}
		if set.Files, err = rules.Sources(kept.Body); err != nil {
			return nil, err
		}
		if set.At, err = rules.UsedSince(kept.Body); err != nil {
			return nil, err
		}
		sets = append(sets, set)
	}
	return sets, nil
}

func shelfOf(c config.Archive) (shelf.Shelf, error) {
	if c.S3 == nil {
		return shelf.Folder{Dir: c.Dir}, nil
	}
	return shelf.NewBucket(c.S3.Endpoint, c.S3.Bucket, c.S3.Region, c.S3.Prefix, c.S3.AccessKey.Reveal(), c.S3.SecretKey.Reveal())
}

// unpacked reads what may be compressed, as what an archive holds is.
func unpacked(r io.Reader) (io.Reader, error) {
	b := bufio.NewReader(r)
	if head, err := b.Peek(2); err != nil || !bytes.Equal(head, []byte{0x1f, 0x8b}) {
		return b, nil //nolint:nilerr // what is too short is told by who reads it
	}
	return gzip.NewReader(b)
}
