package daemon

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"time"

	"github.com/ifsev/ifsev/internal/archive"
	"github.com/ifsev/ifsev/internal/config"
	"github.com/ifsev/ifsev/internal/engine"
	"github.com/ifsev/ifsev/internal/record"
	"github.com/ifsev/ifsev/internal/shelf"
)

// retention answers what is configured now.
func (d *daemon) retention() engine.Retention {
	d.reloading.Lock()
	c := d.current.config
	d.reloading.Unlock()
	r := engine.Retention{Closed: c.Retention.Closed, Delete: c.Retention.Delete}
	if c.Archive.Set() {
		r.Archive = &archiver{conf: c.Archive, engine: d.engine, sets: d.regime, now: time.Now}
	}
	return r
}

// archiver writes incidents as an export would, with the rule sets they were decided under.
type archiver struct {
	conf   config.Archive
	engine *engine.Engine
	sets   *archive.Regime
	now    func() time.Time
}

var _ engine.Archive = (*archiver)(nil)

// Keep implements engine.Archive.
func (a *archiver) Keep(ctx context.Context, all []engine.Archived) error {
	to, err := shelfOf(a.conf)
	if err != nil {
		return err
	}
	p := archive.Piece{Header: record.Header{At: a.now().UTC(), World: record.WorldOf(&a.engine.Rules().World)}, Sets: a.sets}
	for _, one := range all {
		p.All = append(p.All, archive.Held(one))
	}
	_, err = shelf.Keep(ctx, to, &p, a.now())
	return err
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
