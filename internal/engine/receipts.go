package engine

import (
	"sync"

	"github.com/ifsev/ifsev"
)

// maxReceipts bounds how many are remembered; what is forgotten is delivered once more, under the same key.
const maxReceipts = 10_000

// receipts are those of deliveries that were made and whose outcome could not be recorded for a reason that may last. When
// one is claimed again it is not made again: only its outcome is still to be recorded. They are forgotten with the process.
type receipts struct {
	mu sync.Mutex
	by map[string]ifsev.Receipt
}

func (r *receipts) keep(delivery string, receipt ifsev.Receipt) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.by == nil {
		r.by = map[string]ifsev.Receipt{}
	}
	for id := range r.by {
		if len(r.by) < maxReceipts {
			break
		}
		delete(r.by, id)
	}
	r.by[delivery] = receipt
}

func (r *receipts) of(delivery string) (ifsev.Receipt, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	receipt, ok := r.by[delivery]
	return receipt, ok
}

func (r *receipts) forget(delivery string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.by, delivery)
}
