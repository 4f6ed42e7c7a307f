package actions

import (
	"bufio"
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/ifsev/ifsev"
)

// spelling is one line of testdata/addresses.txt.
type spelling struct {
	authority string
	want      string
	leads     []netip.Addr
}

// readSpellings reads the corpus: what each authority leads to is written there, or is what its host says as a number.
func readSpellings(t *testing.T) (list []spelling, names map[string][]netip.Addr) {
	t.Helper()
	file, err := os.Open("testdata/addresses.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }() // it was only read
	names = map[string][]netip.Addr{}
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if lines.Text() == "" || strings.HasPrefix(lines.Text(), "#") {
			continue
		}
		want, rest, _ := strings.Cut(lines.Text(), " ")
		authority, answers, isName := strings.Cut(rest, "=")
		s := spelling{authority: authority, want: want}
		if host := hostIn(authority); isName {
			for _, a := range strings.Split(answers, ",") {
				s.leads = append(s.leads, netip.MustParseAddr(a))
			}
			names[strings.ToLower(strings.TrimSuffix(host, "."))] = s.leads
		} else if a, ok := numeric(host); ok {
			s.leads = []netip.Addr{a}
		}
		list = append(list, s)
	}
	return list, names
}

func hostIn(authority string) string {
	u, err := url.Parse("http://" + authority + "/")
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// numeric reads an address as inet_aton does: one to four numbers, decimal, octal or hexadecimal, the last of which
// fills what is left.
func numeric(host string) (netip.Addr, bool) {
	host = strings.TrimSuffix(host, ".")
	if a, err := netip.ParseAddr(host); err == nil {
		return a, true
	}
	parts := strings.Split(host, ".")
	if len(parts) > 4 {
		return netip.Addr{}, false
	}
	var sum uint64
	for i, p := range parts {
		n, err := strconv.ParseUint(octal(p), 0, 32)
		last := i == len(parts)-1
		if err != nil || !last && n > 255 || last && n >= 1<<(8*(4-i)) {
			return netip.Addr{}, false
		}
		if last {
			sum += n
		} else {
			sum += n << (8 * (3 - i))
		}
	}
	return netip.AddrFrom4([4]byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)}), true
}

// octal keeps ParseUint from taking 0o and _.
func octal(p string) string {
	if strings.ContainsAny(p, "_oO") || p == "" {
		return "x"
	}
	return p
}

func TestNoSpellingLeadsInside(t *testing.T) {
	t.Parallel()
	list, names := readSpellings(t)
	if len(list) < 500 {
		t.Fatalf("only %d spellings", len(list))
	}
	asked := &fakeDNS{names: names}
	strict := strictSender(t, Options{Resolver: asked.resolver()})
	lenient := strictSender(t, Options{Resolver: asked.resolver(), Outgoing: Policy{AllowPrivate: true, Allow: []string{
		"169.254.0.0/16", "fe80::/10", "metadata.google.internal", "169.254.169.254", "64:ff9b::/96", "fd00::/8",
	}}})
	strict.plain.client.RetryMax, lenient.plain.client.RetryMax = 0, 0
	for _, s := range list {
		if s.want != "bad" {
			checkGuard(t, strict.guard, s)
		}
		if s.want == "public" {
			continue // nothing is sent to the world from a test
		}
		checkHeld(t, strict, s)
		if s.want != "private" {
			checkHeld(t, lenient, s)
		}
	}
}

// checkGuard holds what is judged: the addresses an authority leads to.
func checkGuard(t *testing.T, g *guard, s spelling) {
	t.Helper()
	for _, isTrusted := range []bool{false, true} {
		for _, a := range s.leads {
			err := g.check(netip.AddrPortFrom(a, 80).String(), isTrusted)
			if ok := s.want == "public" || s.want == "private" && isTrusted; ok != (err == nil) {
				t.Errorf("%s (%s), trusted %v: %v, want %s", s.authority, a, isTrusted, err, s.want)
			}
		}
	}
}

// checkHeld makes a request of a rule and wants it held before it leaves.
func checkHeld(t *testing.T, s *Sender, c spelling) {
	t.Helper()
	_, err := s.Perform(t.Context(), attempt(delivery("webhook", ifsev.Data{"url": "http://" + c.authority + "/"})))
	f, _ := err.(*ifsev.Failure) //nolint:errorlint // Perform promises this type
	held := f != nil && (f.Reason == ifsev.ReasonRefused || f.Reason == ifsev.ReasonConfig || strings.Contains(f.Text, "cannot be resolved"))
	if !held {
		t.Errorf("%s %s: %v", c.want, c.authority, err)
	}
	if _, literal := numeric(hostIn(c.authority)); f != nil && len(c.leads) > 0 && !literal && strings.Contains(f.Text, c.leads[0].String()) && !strings.Contains(c.authority, c.leads[0].String()) {
		t.Errorf("%s: the text tells where the name leads: %s", c.authority, f.Text)
	}
}

// A name that changes its mind between two requests: the first reaches the receiver, the second is held although the
// name was good before; and a connection that is open stays where it was.
func TestANameThatIsBoundAnew(t *testing.T) {
	t.Parallel()
	var hits sync.Map
	receiver := listen(t, "127.0.0.2:0", &hits)
	_, port, _ := net.SplitHostPort(receiver)
	inside := listen(t, "127.0.0.3:"+port, &hits)
	dns := &fakeDNS{names: map[string][]netip.Addr{"rebind.example": {netip.MustParseAddr("127.0.0.2")}}}
	s := strictSender(t, Options{Resolver: dns.resolver(), Outgoing: Policy{Allow: []string{"127.0.0.2"}}})
	s.plain.client.RetryMax = 0
	hook := attempt(delivery("webhook", ifsev.Data{"url": "http://rebind.example:" + port + "/"}))
	// The address itself is allowed, the name is not: what counts is where it leads.
	if f := refused(t, s, hook); f.Reason != ifsev.ReasonRefused {
		t.Fatalf("a name that leads to an allowed address is not that address: %+v", f)
	}
	s = strictSender(t, Options{Resolver: dns.resolver(), Outgoing: Policy{Allow: []string{"127.0.0.2/32"}}})
	s.plain.client.RetryMax = 0
	perform(t, s, hook)
	for _, then := range []string{"127.0.0.3", "169.254.169.254", "::1"} {
		dns.set("rebind.example", then)
		perform(t, s, hook) // over the connection that is open
		s.Close()           // it is let go of, so the name is asked again
		if f := refused(t, s, hook); f.Reason != ifsev.ReasonRefused {
			t.Errorf("%s: %+v", then, f)
		}
		dns.set("rebind.example", "127.0.0.2")
		perform(t, s, hook)
	}
	// Of several answers none that is forbidden is tried after one that fails.
	dns.set("rebind.example", "169.254.169.254", "127.0.0.3")
	s.Close()
	_ = refused(t, s, hook) // why is told above
	if _, found := hits.Load(inside); found {
		t.Error("the forbidden address was reached")
	}
}

func listen(t *testing.T, address string, hits *sync.Map) string {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Skipf("this machine has no more than one loopback address: %v", err)
	}
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hits.Store(l.Addr().String(), true) }))
	_ = srv.Listener.Close() // the one it came with
	srv.Listener = l
	srv.Start()
	t.Cleanup(srv.Close)
	return l.Addr().String()
}

// fakeDNS answers names without a network, over pipes.
type fakeDNS struct {
	mu    sync.Mutex
	names map[string][]netip.Addr
}

func (f *fakeDNS) set(name string, addresses ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.names[name] = nil
	for _, a := range addresses {
		f.names[name] = append(f.names[name], netip.MustParseAddr(a))
	}
}

func (f *fakeDNS) resolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go f.serve(ours)
		return theirs, nil
	}}
}

// serve answers questions in the framing of DNS over TCP until the other end is closed.
func (f *fakeDNS) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	for {
		var size [2]byte
		if _, err := io.ReadFull(conn, size[:]); err != nil {
			return
		}
		question := make([]byte, binary.BigEndian.Uint16(size[:]))
		if _, err := io.ReadFull(conn, question); err != nil {
			return
		}
		reply := f.answer(question)
		if _, err := conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(reply))), reply...)); err != nil {
			return
		}
	}
}

// answer makes the reply to one question: RFC 1035, section 4.
func (f *fakeDNS) answer(q []byte) []byte {
	labels, end := []string{}, 12
	for q[end] != 0 {
		labels = append(labels, string(q[end+1:end+1+int(q[end])]))
		end += 1 + int(q[end])
	}
	kind := binary.BigEndian.Uint16(q[end+1:])
	question := q[12 : end+5]
	var records []byte
	found, n := f.lookup(strings.ToLower(strings.Join(labels, "."))), uint16(0)
	for _, a := range found {
		if a.Is4() != (kind == 1) || kind != 1 && kind != 28 {
			continue
		}
		raw := a.AsSlice()
		records = append(records, 0xc0, 12, byte(kind>>8), byte(kind), 0, 1, 0, 0, 0, 0, 0, byte(len(raw)))
		records = append(records, raw...)
		n++
	}
	code := byte(0)
	if len(found) == 0 {
		code = 3 // no such name
	}
	reply := append([]byte{q[0], q[1], 0x81, 0x80 | code, 0, 1, byte(n >> 8), byte(n), 0, 0, 0, 0}, question...)
	return append(reply, records...)
}

func (f *fakeDNS) lookup(name string) []netip.Addr {
	f.mu.Lock()
	defer f.mu.Unlock()
	if found, ok := f.names[name]; ok {
		return found
	}
	if a, ok := numeric(name); ok {
		return []netip.Addr{a}
	}
	if strings.Contains(name, "xn--") { // a name of the corpus, as it is sent
		return []netip.Addr{netip.MustParseAddr("127.0.0.1")}
	}
	return nil
}
