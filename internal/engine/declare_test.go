package engine

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

// A declaration that is attempted again, because nobody could write down how it went, has declared all the same.
func TestADeclarationAttemptedAgain(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start(`
  split:
    when: acknowledged
    then:
      - {id: child, declare: {title: a part, key: part}}
      - note: "${steps.child.name} ${steps.child.created}"
`)
		inc := e.declare(ifsev.Declaration{})
		until := time.Now().Add(time.Minute)
		w.store.set(func(p *probe) {
			p.before = func(c state.Commit) error {
				if c.Settle != nil && time.Now().Before(until) {
					return state.ErrUnavailable
				}
				return nil
			}
		})
		e.must(Request{ID: "ack", Ref: state.Ref{ID: inc.ID}, Actor: alice, Change: ifsev.Change{Acknowledge: "alice"}})
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		notes := e.events(inc.ID, ifsev.Noted)
		if len(notes) != 1 || !strings.HasSuffix(notes[0].Data.String("text"), " true") {
			t.Errorf("%+v", notes)
		}
	})
}
