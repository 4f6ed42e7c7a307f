package faults

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ifsev/ifsev/e2e/stage"
	"github.com/ifsev/ifsev/internal/redistest"
)

// sides are two network namespaces with a line between them that can be cut, and one from each to the test.
//
//	a  10.213.0.1 ──────── 10.213.0.2  b
//	   10.213.1.2 ─ test ─ 10.213.2.2
type sides struct {
	t    *testing.T
	name [2]string
}

func ip(t *testing.T, line string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), "ip", strings.Fields(line)...).CombinedOutput(); err != nil {
		t.Fatalf("ip %s: %v: %s", line, err, out)
	}
}

// newSides makes them, or skips where that is not allowed.
func newSides(t *testing.T) *sides {
	t.Helper()
	id := strconv.Itoa(os.Getpid() % 100000)
	s := &sides{t: t, name: [2]string{"ifseva" + id, "ifsevb" + id}}
	for _, n := range s.name {
		if out, err := exec.CommandContext(t.Context(), "ip", "netns", "add", n).CombinedOutput(); err != nil {
			t.Skipf("network namespaces are not to be had here (root, iproute2): %v: %s", err, out)
		}
		t.Cleanup(func() { _ = exec.Command("ip", "netns", "del", n).Run() }) // its links go with it
	}
	ip(t, fmt.Sprintf("-n %s link add line type veth peer name line netns %s", s.name[0], s.name[1]))
	for i, n := range s.name {
		test := fmt.Sprintf("ift%c%s", 'a'+i, id)
		ip(t, fmt.Sprintf("link add %s type veth peer name test netns %s", test, n))
		// Its namespace takes it along, but only in its own time.
		t.Cleanup(func() { _ = exec.Command("ip", "link", "del", test).Run() })
		ip(t, fmt.Sprintf("addr add 10.213.%d.1/24 dev %s", i+1, test))
		ip(t, fmt.Sprintf("link set %s up", test))
		for _, line := range []string{
			fmt.Sprintf("addr add 10.213.%d.2/24 dev test", i+1), "link set test up", "link set lo up",
			fmt.Sprintf("addr add 10.213.0.%d/24 dev line", i+1), "link set line up",
		} {
			ip(t, "-n "+n+" "+line)
		}
	}
	ip(t, "-n "+s.name[1]+" route add 10.213.1.1/32 via 10.213.2.1") // where the receiver is
	return s
}

func (s *sides) cut()  { ip(s.t, "-n "+s.name[0]+" link set line down") }
func (s *sides) join() { ip(s.t, "-n "+s.name[0]+" link set line up") }

func (s *sides) before(side int) []string { return []string{"ip", "netns", "exec", s.name[side]} }

func (s *sides) redis(side int) *redistest.Server {
	return redistest.Start(s.t, redistest.AOF("everysec"),
		redistest.Config("cluster-enabled", "yes", "cluster-node-timeout", strconv.FormatInt(nodeTimeout.Milliseconds(), 10), "repl-diskless-sync-delay", "0", "cluster-allow-replica-migration", "no"),
		redistest.Elsewhere(fmt.Sprintf("10.213.%d.2", side+1), inner(side), s.before(side)...))
}

func inner(side int) string { return fmt.Sprintf("10.213.0.%d", side+1) }

// cluster starts one whose first master is on one side, and all others are on the other, but for the spare replica of
// that master, which is where it is said to be.
func (s *sides) cluster(spare int) (*cluster, string) {
	c := &cluster{}
	var all []string
	for i := range 3 {
		m := s.redis(min(i, 1))
		c.masters = append(c.masters, m)
		all = append(all, inner(min(i, 1))+":"+strconv.Itoa(m.Port()))
		m.Do("CLUSTER", "ADDSLOTSRANGE", strconv.Itoa(i*16384/3), strconv.Itoa((i+1)*16384/3-1))
		if i > 0 {
			m.Do("CLUSTER", "MEET", inner(0), strconv.Itoa(c.masters[0].Port()))
		}
	}
	for _, m := range c.masters {
		says(s.t, m, "cluster_known_nodes:3", "CLUSTER", "INFO")
	}
	for i := range 4 {
		of := c.masters[i%3]
		r := s.redis([]int{1, 1, 1, spare}[i])
		r.Do("CLUSTER", "MEET", inner(min(i%3, 1)), strconv.Itoa(of.Port()))
		id := of.Do("CLUSTER", "MYID")
		says(s.t, r, id, "CLUSTER", "NODES")
		says(s.t, r, "OK", "CLUSTER", "REPLICATE", id)
		says(s.t, r, "master_link_status:up", "INFO", "replication")
		c.replicas = append(c.replicas, r)
	}
	c.spare = c.replicas[3]
	c.replicas = c.replicas[:3]
	for _, n := range c.nodes() {
		says(s.t, n, "cluster_known_nodes:7", "CLUSTER", "INFO")
		says(s.t, n, "cluster_state:ok", "CLUSTER", "INFO")
	}
	return c, "redis+cluster://" + strings.Join(all, ",")
}

// clusterCutOff cuts a master off together with a daemon, which goes on asking it, and whose senders go on asking that
// daemon; the others go on with the replica that takes its place.
func clusterCutOff(t *testing.T) (tally, string) { return cutOff(t, 1) }

// clusterCutOffWithReplica: what the master accepts because that replica has it is lost with both, for they hear only
// after the node timeout that they are cut off.
func clusterCutOffWithReplica(t *testing.T) (tally, string) { return cutOff(t, 0) }

func cutOff(t *testing.T, spare int) (tally, string) {
	s := newSides(t)
	c, url := s.cluster(spare)
	r := &run{TB: t, receiver: newReceiver(t, "0.0.0.0:0", unreliable)}
	text := config(fmt.Sprint("http://10.213.1.1:", r.receiver.Listener.Addr().(*net.TCPAddr).Port)) + "auth: none\n"
	for side := range 2 {
		_, free, _ := strings.Cut(stage.FreeAddress(t), ":")
		r.daemon(stage.Setup{Config: text, Store: url, Before: s.before(side), Listen: fmt.Sprintf("10.213.%d.2:%s", side+1, free)})
	}
	r.loseMasters()
	time.Sleep(time.Second)
	s.cut()
	time.Sleep(10 * time.Second)
	c.heir(t)
	s.join()
	says(t, c.masters[0], "master_link_status:up", "INFO", "replication")
	r.flow()
	return r.settle(), "node timeout " + nodeTimeout.String()
}
