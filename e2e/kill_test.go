package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/ifsev/ifsev/e2e/stage"
	"github.com/ifsev/ifsev/internal/redistest"
)

const loadKeys = 24

// kills is how many times a test kills; IFSEV_KILLS sets it.
func kills(t *testing.T) int {
	t.Helper()
	n, err := strconv.Atoi(os.Getenv("IFSEV_KILLS"))
	if err != nil {
		return 50
	}
	return n
}

// settled waits until everything accepted has arrived and prints the count; what is missing, out of order, or doubled
// under another key fails the test.
func settled(t *testing.T, r *receiver, highest map[string]int, what string) {
	t.Helper()
	var c tally
	began := time.Now()
	stage.Eventually(t, 3*time.Minute, "the arrival of everything accepted", func() error {
		if c = r.count(highest); c.missing > 0 {
			return fmt.Errorf("%s", c)
		}
		if n, _ := r.late(); n < len(highest) {
			return fmt.Errorf("the deadline of %d of %d incidents has led to a delivery", n, len(highest))
		}
		return nil
	})
	n, doubled := r.late()
	fmt.Printf("%s: %s; deadlines %d of %d, doubled %d; the last had arrived %v after the senders stopped\n",
		what, c, n, len(highest), doubled, time.Since(began).Round(time.Millisecond))
	if c.outOfOrder > 0 || c.foreignKeys > 0 || doubled > 0 || c.accepted == 0 {
		t.Error(c)
	}
}

func TestKillEmbedded(t *testing.T) {
	stage.Binary(t)
	r := newReceiver(t, unreliable)
	d := newDaemon(t, "", loadConfig(r.URL), loadRules, "LOAD_SECRET="+loadSecret)
	l := startLoad(loadKeys, 30*time.Millisecond, d.URL)
	for range kills(t) {
		time.Sleep(time.Duration(100+rand.IntN(300)) * time.Millisecond)
		d.Kill()
		d.Restart(t)
	}
	settled(t, r, l.stop(), fmt.Sprintf("embedded, %d kills of the daemon", kills(t)))
}

func TestKillReplicasOnRedis(t *testing.T) {
	stage.Binary(t)
	redis := redistest.Start(t, redistest.AOF("always"))
	r := newReceiver(t, unreliable)
	a := newDaemon(t, redis.URL(), loadConfig(r.URL), loadRules, "LOAD_SECRET="+loadSecret)
	b := newDaemon(t, redis.URL(), loadConfig(r.URL), loadRules, "LOAD_SECRET="+loadSecret)
	l := startLoad(loadKeys, 30*time.Millisecond, a.URL, b.URL)
	for i := range kills(t) {
		time.Sleep(time.Duration(100+rand.IntN(300)) * time.Millisecond)
		victim := []*daemon{a, b}[i%2]
		victim.Kill()
		victim.Restart(t)
	}
	settled(t, r, l.stop(), fmt.Sprintf("two replicas on Redis, %d kills", kills(t)))
}

func TestRedisRestartsUnderLoad(t *testing.T) {
	stage.Binary(t)
	redis := redistest.Start(t, redistest.AOF("always"))
	r := newReceiver(t, unreliable)
	d := newDaemon(t, redis.URL(), loadConfig(r.URL), loadRules, "LOAD_SECRET="+loadSecret)
	l := startLoad(loadKeys, 30*time.Millisecond, d.URL)
	for range 3 {
		time.Sleep(time.Second)
		redis.Kill9()
		time.Sleep(500 * time.Millisecond)
		redis.Restart()
	}
	time.Sleep(time.Second)
	settled(t, r, l.stop(), "Redis killed three times")
	fmt.Printf("Redis killed three times: senders were refused %d times and sent again; the longest wait for an acceptance was %v\n",
		l.errors.Load(), l.longest.Round(time.Millisecond))
}
