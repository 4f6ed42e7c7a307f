package daemon

import (
	"context"

	"github.com/ifsev/ifsev/internal/engine"
)

// selfWatch answers what is configured now.
func (d *daemon) selfWatch() engine.SelfWatch {
	d.reloading.Lock()
	c, sender := d.current.config, d.current.sender
	d.reloading.Unlock()
	w := engine.SelfWatch{Synthetic: c.Synthetic.Every, Every: c.Heartbeat.Every}
	if url := c.Heartbeat.URL; !url.Empty() {
		w.Beat = func(ctx context.Context) error { return sender.Beat(ctx, url) }
	}
	return w
}
