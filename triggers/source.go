package triggers

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/ifsev/ifsev"
)

// ErrUnavailable is wrapped by a Sink's error when nothing could be recorded for now; the tool is told to send again.
var ErrUnavailable = errors.New("alerts cannot be recorded now")

// Sink takes alerts in. A nil error means every alert is decided and durable as configured, and there is one result
// for each, in order. An error means the sender must send all of it again, which is safe: the IDs stay the same. It
// wraps ErrUnavailable where the cause will pass.
type Sink interface {
	Submit(ctx context.Context, alerts []ifsev.Alert) ([]ifsev.AlertResult, error)
}

// Source is one configured tool that posts. It does not change.
type Source struct {
	// Name is the configured name, the last part of its address.
	Name string
	Auth Verifier
	Decoder
	// Sheddable means that its alerts are refused first where room runs out.
	Sheddable bool
}

// Request is what a tool sent, with its body decompressed only after it was verified.
type Request struct {
	Header http.Header
	Body   []byte
	// At is when it arrived.
	At time.Time
}

// Verifier decides whether a request comes from whom it says.
type Verifier interface {
	// Verify answers nil if it does. The error wraps ErrUnauthorized, says for a log what was wrong, and holds nothing
	// of a secret. Comparing takes the same time whatever is right or wrong.
	Verify(req Request) error
}

// Decoder reads the body of one kind of source.
type Decoder interface {
	// Decode answers one Element for each alert in the body, in its order, or an error that says what a body of the kind
	// looks like. It keeps what it does not know out, and never fails on it.
	Decode(req Request) ([]Element, error)
}

// Element is one alert of a body, or why it is none.
type Element struct {
	// Pointer is the JSON pointer to it.
	Pointer string
	Alert   ifsev.Alert
	// Reason is set if it is rejected.
	Reason string
}

// Sources finds the source of a name.
type Sources interface {
	Source(name string) (*Source, bool)
}

// SourceSet is a set of sources that can be replaced as a whole while requests are served. The zero set is empty.
type SourceSet struct {
	current atomic.Pointer[map[string]*Source]
}

var _ Sources = (*SourceSet)(nil)

// NewSourceSet makes a set.
func NewSourceSet(sources map[string]*Source) *SourceSet {
	s := &SourceSet{}
	s.Replace(sources)
	return s
}

// Replace puts another set in place; the map must not be changed afterwards.
func (s *SourceSet) Replace(sources map[string]*Source) { s.current.Store(&sources) }

// Source answers the source of a name.
func (s *SourceSet) Source(name string) (*Source, bool) {
	m := s.current.Load()
	if m == nil {
		return nil, false
	}
	src, ok := (*m)[name]
	return src, ok
}
