package daemon

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/config"
	"github.com/ifsev/ifsev/internal/redistest"
	"github.com/ifsev/ifsev/state"
)

// with opens a store, hands it over and closes it.
func with(t *testing.T, address string, do func(o *opened)) {
	t.Helper()
	o, err := openStore(t.Context(), address, "", time.Now)
	if err != nil {
		t.Fatal(err)
	}
	do(o)
	if err := o.Close(); err != nil {
		t.Error(err)
	}
}

func TestCopyBetweenFileAndRedis(t *testing.T) {
	t.Parallel()
	server, dir := redistest.Start(t), t.TempDir()
	redis := server.URL()
	w := &StoreWork{Now: time.Now, Inputs: Inputs{Env: func(name string) (string, bool) { return dir, name == "DIR" }}}
	id := ifsev.NewIncidentID([16]byte{1}, 7)
	with(t, "file:"+dir+"/a", func(o *opened) {
		n, err := o.Number(t.Context(), id)
		c := state.Commit{
			ID: id, Doc: []byte("doc"), Wake: time.Now().Add(time.Hour), Summary: state.Summary{ID: id, Number: n, Severity: 1, Status: ifsev.StatusOpen},
			Marks: []state.Mark{{ID: "inbound"}}, Entries: []state.Entry{{Seq: 1, Body: []byte("{}")}},
		}
		for _, name := range []string{"d1", "d2"} {
			c.Outbox = append(c.Outbox, state.OutboxItem{ID: name, Destination: "x", Action: "page", Due: time.Now(), Created: time.Now(), Body: []byte(name)})
		}
		c.Next = state.NextRev("", c.Doc, c.Entries)
		if res, commitErr := o.Commit(t.Context(), c); err != nil || commitErr != nil || res.Status != state.Written {
			t.Fatal(res, err, commitErr)
		}
	})

	there, err := w.Copy(t.Context(), "file:${env:DIR}/a", redis)
	if err != nil || there.Tally.Count("deliveries") != 2 || there.Tally.Count("inbound ids") != 1 || there.Tally.Count("commits") != 1 {
		t.Fatalf("%v, %v", there.Tally, err)
	}
	with(t, redis, func(o *opened) {
		if _, err := o.Lease(t.Context(), "a daemon", []ifsev.Partition{3}, time.Minute); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Copy(t.Context(), redis, "file:"+dir+"/b"); err == nil || !strings.Contains(err.Error(), "a daemon works on") {
			t.Errorf("while a daemon polls: %v", err)
		}
		if _, err := o.Lease(t.Context(), "a daemon", []ifsev.Partition{3}, 0); err != nil {
			t.Fatal(err)
		}
	})

	with(t, "file:"+dir+"/b", func(o *opened) { // a copy that breaks off
		if err := o.Store.(state.Filler).BeginFill(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := o.refuseHalf(t.Context()); err == nil || !strings.Contains(err.Error(), "begun and not finished") {
			t.Errorf("a store that is half filled: %v", err)
		}
	})
	back, err := w.Copy(t.Context(), redis, "file:"+dir+"/b")
	if err != nil {
		t.Fatal(err)
	}
	if diff := there.Tally.Difference(back.Tally); diff != "" {
		t.Errorf("there and back: %s", diff)
	}
	with(t, "file:"+dir+"/b", func(o *opened) {
		claims, err := o.Claim(t.Context(), 7, "x", 10, time.Minute)
		if err != nil || len(claims) != 1 || claims[0].ID != "d1" {
			t.Errorf("%+v, %v, want the first of the lane", claims, err)
		}
	})
}

// A source whose address is mistyped is not there, as a folder is not: nothing is copied, and nothing is made of it.
func TestWhatIsOnlyReadIsNotMade(t *testing.T) {
	t.Parallel()
	server, dir := redistest.Start(t), t.TempDir()
	with(t, server.URL(), func(*opened) {})
	before := server.Do("INFO", "keyspace")
	for _, url := range []string{"redis://" + server.Addr() + "/5", server.URL() + "?prefix=ifsef:"} {
		for what, do := range map[string]func() error{
			"copy": func() error {
				_, err := (&StoreWork{Now: time.Now}).Copy(t.Context(), url, "file:"+dir+"/a")
				return err
			},
			"export": func() error {
				r, err := (&Records{Inputs: Inputs{Flags: config.Overrides{Store: url}}, Now: time.Now}).Open(t.Context())
				if err == nil {
					err = r.Close()
				}
				return err
			},
		} {
			if err := do(); err == nil || !strings.Contains(err.Error(), "there is no ifsev store at "+url+": check the database number and ?prefix=") {
				t.Errorf("%s of %s: %v", what, url, err)
			}
		}
	}
	if after := server.Do("INFO", "keyspace"); after != before {
		t.Errorf("%s, before %s", after, before)
	}
	if _, err := os.Stat(dir + "/a"); !os.IsNotExist(err) {
		t.Errorf("a target was made: %v", err)
	}
}

// Under another prefix than the usual one, both ends of a copy say so.
func TestCopySaysThePrefix(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	from, to := server.URL()+"?prefix=a:", server.URL()+"?prefix=b:"
	with(t, from, func(*opened) {})
	c, err := (&StoreWork{Now: time.Now}).Copy(t.Context(), from, to)
	if err != nil || c.From != from || c.To != to {
		t.Errorf("%+v, %v", c, err)
	}
}
