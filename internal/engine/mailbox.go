package engine

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/state"
)

// maxBatch is how many submissions are decided together.
const maxBatch = 64

// item is one submission on its way to a decision.
type item struct {
	sub rules.Submission
	// mark is its inbound id; empty for outcomes and for the passing of time, which need none.
	mark state.Mark
	// also are the marks of the reports that an alert may be the repetition of, and taken is one of its marks that was
	// found taken.
	also  []state.Mark
	taken string
	// marked means that the id was given by the sender, so that it is kept even where nothing changed.
	marked  bool
	ifMatch int64
	// settle is the claim that the outcome ends.
	settle *state.Settlement
	// wake is the instant that has come; zero for anything else.
	wake time.Time
	// sweep is the epoch under which the incident should be decided once; 0 for anything else.
	sweep int64
	// outside items are counted against the limit of what may wait.
	outside bool
	// answer is called once, by reply, and must not block.
	answer   func(answer)
	answered bool
}

// reply answers the item, once; it belongs to whoever took it out of its mailbox.
func (it *item) reply(a answer) {
	if !it.answered {
		it.answered = true
		it.answer(a)
	}
}

// answer is what became of an item.
type answer struct {
	incident ifsev.Incident
	// id is the incident's; empty where there is none.
	id    string
	alert ifsev.AlertResultKind
	// reason says why an alert was rejected.
	reason   string
	created  bool
	replayed bool
	changed  bool
	// outputs is what a group answers to who asked it.
	outputs ifsev.Data
	// stale means that the claim was no longer valid: the outcome was dropped.
	stale bool
	err   error
}

// look reports whether the item only says that time has passed.
func (it *item) look() bool {
	return it.sub.Change == nil && it.sub.Alert == nil && it.sub.Outcome == nil && it.sub.Inward == nil
}

// mailbox holds what waits for one incident, or for the incidents of one key. One goroutine empties it.
type mailbox struct {
	// id or key says what it is for; exactly one is set.
	id, key string
	// hint is the incident's record as somebody just read it; nil if nobody did.
	hint    *state.Record
	waiting []*item
	inHand  int // of those taken out last, how many are from outside
}

// mailboxes are those of this process. A mailbox exists while something is in it or in hand.
type mailboxes struct {
	turns
	mu      sync.Mutex
	boxes   map[string]*mailbox
	idle    []*mailbox // not in the hands of a goroutine yet
	bell    bell
	waiting int // from outside, and not answered yet
	limit   int
	closed  bool // for what comes from outside
	gone    bool // for everything
	empty   []chan struct{}
}

func newMailboxes(t turns, limit int) *mailboxes {
	return &mailboxes{turns: t, boxes: map[string]*mailbox{}, bell: newBell(), limit: limit}
}

// address is where items go: the incident's ID, or a key.
type address struct {
	id, key string
	hint    *state.Record
}

func (a address) name() string {
	if a.key != "" {
		return "k:" + a.key
	}
	return "i:" + a.id
}

// letter is an item with its address.
type letter struct {
	to   address
	item *item
}

// post puts the items into their mailboxes, all of them or, on an error, none.
func (m *mailboxes) post(letters ...letter) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	outside := 0
	for _, l := range letters {
		if l.item.outside {
			outside++
		}
	}
	switch {
	case m.gone || outside > 0 && m.closed:
		return ErrStopping
	case outside > 0 && m.waiting > 0 && m.waiting+outside > m.limit:
		return ErrBusy
	}
	m.waiting += outside
	for _, l := range letters {
		m.put(l)
	}
	m.bell.ring()
	return nil
}

func (m *mailboxes) put(l letter) {
	name := l.to.name()
	box := m.boxes[name]
	if box == nil {
		box = &mailbox{id: l.to.id, key: l.to.key, hint: l.to.hint}
		m.boxes[name] = box
		m.idle = append(m.idle, box)
	}
	box.waiting = append(box.waiting, l.item)
}

// dispatch calls start for each mailbox that needs a goroutine, until ctx ends.
func (m *mailboxes) dispatch(ctx context.Context, start func(*mailbox)) {
	for {
		if _, rings := receive(ctx, m.turns, m.bell, forever); !rings {
			return
		}
		m.mu.Lock()
		idle := m.idle
		m.idle = nil
		m.mu.Unlock()
		for _, box := range idle {
			start(box)
		}
	}
}

// take answers the next items to be decided together; none means that the mailbox is gone. Those it answered before have
// been answered themselves.
func (m *mailboxes) take(box *mailbox) []*item {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.waiting -= box.inHand
	box.inHand = 0
	n := together(box.waiting)
	if n == 0 {
		delete(m.boxes, address{id: box.id, key: box.key}.name())
		m.tellEmpty()
		return nil
	}
	batch := box.waiting[:n:n]
	box.waiting = box.waiting[n:]
	for _, it := range batch {
		if it.outside {
			box.inHand++
		}
	}
	return batch
}

// together answers how many of the first items can be decided in one commit: a commit settles one claim, an id is
// taken once in it, an alert turns once, and what depends on a version must come first.
func together(items []*item) int {
	ids := map[string]bool{}
	settles := 0
	for n, it := range items {
		if it.settle != nil {
			settles++
		}
		id := it.mark.ID
		if a := it.sub.Alert; a != nil && a.Recurs {
			id = strconv.Quote(a.Source) + a.Fingerprint
		}
		if n == maxBatch || settles > 1 || ids[id] || n > 0 && it.ifMatch != 0 {
			return n
		}
		if id != "" {
			ids[id] = true
		}
	}
	return len(items)
}

// close refuses what comes from outside from now on.
func (m *mailboxes) close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
}

// abandon answers everything that waits with an error, and refuses everything from now on: nobody decides it any more.
func (m *mailboxes) abandon(err error) {
	m.mu.Lock()
	var left []*item
	for _, box := range m.boxes {
		left = append(left, box.waiting...)
		box.waiting, box.inHand = nil, 0
	}
	m.idle, m.waiting, m.closed, m.gone = nil, 0, true, true
	m.mu.Unlock()
	fail(left, err)
}

func (m *mailboxes) tellEmpty() {
	if len(m.boxes) > 0 {
		return
	}
	for _, ch := range m.empty {
		ch <- struct{}{}
	}
	m.empty = nil
}

// drained returns when nothing waits and nothing is in hand, or an error when ctx ends before.
func (m *mailboxes) drained(ctx context.Context) error {
	m.mu.Lock()
	if len(m.boxes) == 0 {
		m.mu.Unlock()
		return nil
	}
	done := make(chan struct{}, 1)
	m.empty = append(m.empty, done)
	m.mu.Unlock()
	if _, ok := receive(ctx, m.turns, done, forever); !ok {
		return errors.New("not decided yet: some of what was submitted")
	}
	return nil
}
