package sim

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/engine"
	"github.com/ifsev/ifsev/state"
)

// sender is somebody outside who posts alerts and changes, and who sends again under the same id what got no answer, to
// whichever replica is there.
type sender struct {
	w    *world
	name string
	plan int // how many things it sends
	// pause is the longest between two of them.
	pause time.Duration
	n     int
}

// sent is one thing that was sent, and what became of it.
type sent struct {
	id string
	// exactly one of them; mark is what the engine makes of the id.
	request *engine.Request
	alert   *ifsev.Alert
	mark    string
	// accepted means that the sender was told so. Changed is false for what made no event; fresh means that it was told
	// so of the very first try that came through, not of a repetition.
	accepted, changed, fresh bool
	refused                  error
	// underway means that a copy of it may still come through: its sender or its replica went away meanwhile.
	underway bool
	incident string
}

func (sn *sender) run() {
	s := sn.w.s
	for sn.n = range sn.plan {
		if sn.w.stopping {
			return
		}
		s.sleep(s.between(0, sn.pause))
		x := sn.next()
		sn.w.out.Count.Sent++
		sn.w.watch.sent = append(sn.w.watch.sent, x)
		sn.deliver(x)
		if x.accepted {
			sn.w.out.Count.Accepted++
		}
	}
	sn.w.senders = slices.DeleteFunc(sn.w.senders, func(o *sender) bool { return o == sn })
}

// next draws what is sent next.
func (sn *sender) next() *sent {
	s := sn.w.s
	x := &sent{id: fmt.Sprintf("%s.%d", sn.name[len("sender "):], sn.n)}
	if len(sn.w.incidents) == 0 && sn.n == 0 || s.one(100) {
		d := &ifsev.Declaration{Title: "declared by " + x.id, Severity: sn.severity(), Tags: sn.tags(), Service: sn.service()}
		if s.one(300) {
			d.Key = sn.key()
		}
		x.request = sn.request(x.id, ifsev.Change{Declare: d})
		return x
	}
	if s.one(450) || len(sn.w.incidents) == 0 {
		x.alert = sn.alert(x.id)
		x.mark = "alert:" + x.id
		return x
	}
	x.request = sn.request(x.id, sn.change(x.id))
	x.request.Ref = state.Ref{ID: sn.w.incidents[s.rand.IntN(len(sn.w.incidents))]}
	x.incident = x.request.Ref.ID
	return x
}

func (sn *sender) severity() ifsev.Severity { return ifsev.Severity(1 + sn.w.s.rand.IntN(4)) }

// tags and services are shared by many incidents, so that windows fill.
func (sn *sender) tags() []string {
	switch sn.w.s.rand.IntN(4) {
	case 0:
		return nil
	case 1:
		return []string{"db", "web"}
	}
	return []string{"db"}
}

func (sn *sender) service() string {
	return []string{"", "shop", "shop", "bank"}[sn.w.s.rand.IntN(4)]
}

func (sn *sender) key() string { return sn.w.keys[sn.w.s.rand.IntN(len(sn.w.keys))] }

func (sn *sender) request(id string, c ifsev.Change) *engine.Request {
	r := &engine.Request{Change: c, Actor: ifsev.Actor{Kind: ifsev.PersonActor, Name: "alice"}, ID: id, Sum: "sum of " + id}
	if c.Declare == nil && sn.w.s.one(100) {
		r.IfMatch = 1 + sn.w.s.rand.Int64N(6)
	}
	return r
}

func (sn *sender) alert(id string) *ifsev.Alert {
	s := sn.w.s
	a := &ifsev.Alert{
		ID: id, Source: "prom", Key: sn.key(), Fingerprint: fmt.Sprint("f", s.rand.IntN(2)), Status: ifsev.AlertIsFiring,
		Title: "alert " + id, Severity: sn.severity(), Tags: sn.tags(), Service: sn.service(),
	}
	if s.one(350) {
		a.Status = ifsev.AlertIsResolved
	} else if s.one(300) {
		a.TTL = s.between(10*time.Second, 2*time.Minute)
	}
	return a
}

// change draws a change; about half of them are notes, whose text tells them apart.
func (sn *sender) change(id string) ifsev.Change {
	to := func(s ifsev.Status) ifsev.Change { return ifsev.Change{Status: &s, Reason: "by " + id} }
	switch sn.w.s.rand.IntN(18) {
	case 14, 16:
		return ifsev.Change{CancelPlan: cancelled[sn.w.s.rand.IntN(len(cancelled))]}
	case 15:
		return ifsev.Change{Relate: []ifsev.Relation{{Incident: fmt.Sprint("INC-", 1+sn.w.s.rand.IntN(4)), As: ifsev.RelatedAs()[sn.w.s.rand.IntN(3)]}}}
	case 0, 1:
		sev := sn.severity()
		return ifsev.Change{Severity: &sev}
	case 2:
		return ifsev.Change{Acknowledge: "alice"}
	case 3:
		return ifsev.Change{AddTags: []string{"tag-" + id}}
	case 4:
		return to(ifsev.StatusMitigated)
	case 5:
		return to(ifsev.StatusClosed)
	case 6:
		return to(ifsev.StatusOpen)
	case 7:
		return ifsev.Change{AddResponders: []string{"alice", "bob"}}
	default:
		return ifsev.Change{Note: "note " + id}
	}
}

// deliver sends until there is an answer. A sender gives up now and then while there is trouble, and then nobody knows.
func (sn *sender) deliver(x *sent) {
	s := sn.w.s
	for tries := 0; !sn.w.stopping; tries++ {
		if tries > 3 && s.one(20) && sn.w.healed.IsZero() {
			s.tell(sn.name, "gives %s up", x.id)
			return
		}
		if r := sn.w.replicas[s.rand.IntN(replicas)]; r.up && sn.try(r, x, tries) {
			return
		}
		s.sleep(s.between(100*time.Millisecond, 10*time.Second))
	}
}

// try sends once, and reports whether the answer is final.
func (sn *sender) try(r *replica, x *sent, tries int) bool {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	port := r.port
	err := sn.post(ctx, r, x, tries)
	sn.w.s.tell(sn.name, "sent %s to %s: %v, incident %s, changed %v", x.id, r.name, err, short(x.incident), x.changed)
	x.underway = x.underway || errors.Is(err, context.DeadlineExceeded) || port.dead
	switch {
	case err == nil:
		return true
	case errors.Is(err, ifsev.ErrChange), errors.Is(err, engine.ErrVersion):
		if !x.underway {
			x.refused = err
		}
		return true
	case errors.Is(err, state.ErrUnavailable), errors.Is(err, engine.ErrBusy), errors.Is(err, context.DeadlineExceeded):
		return false
	}
	sn.w.violated("%s was answered %v", x.id, err)
	return true
}

func (sn *sender) post(ctx context.Context, r *replica, x *sent, tries int) error {
	if x.alert != nil {
		return sn.postAlert(ctx, r, x, tries)
	}
	x.mark = "req:" + x.id
	reply, err := r.engine.Submit(ctx, *x.request)
	if err != nil {
		return err
	}
	x.accepted, x.fresh, x.incident = true, !reply.Replayed, reply.Incident.ID
	x.changed = reply.Changed
	sn.w.knows(reply.Incident.ID)
	return nil
}

func (sn *sender) postAlert(ctx context.Context, r *replica, x *sent, tries int) error {
	results, err := r.engine.SubmitAlerts(ctx, []ifsev.Alert{*x.alert})
	if err != nil {
		return err
	}
	res := results[0]
	if res.Result == ifsev.AlertRejected {
		sn.w.violated("alert %s was rejected: %s", x.id, res.Reason)
	}
	if res.Result == ifsev.AlertDuplicate && tries == 0 {
		sn.w.violated("alert %s was called a duplicate the first time it was sent", x.id)
	}
	x.accepted, x.incident = true, res.Incident
	x.fresh, x.changed = res.Result != ifsev.AlertDuplicate, res.Result != ifsev.AlertDuplicate && res.Result != ifsev.AlertRecorded
	sn.w.knows(res.Incident)
	return nil
}

// knows remembers an incident.
func (w *world) knows(id string) {
	if id != "" && !slices.Contains(w.incidents, id) {
		w.incidents = append(w.incidents, id)
	}
}
