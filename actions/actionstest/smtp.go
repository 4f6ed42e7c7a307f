package actionstest

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// Mail is one mail the server took.
type Mail struct {
	At   time.Time
	From string
	To   []string
	// Data is the mail itself, headers and text.
	Data string
	// User is who signed in; TLS whether the connection was protected.
	User string
	TLS  bool
}

// SMTP is a mail server on loopback. It offers STARTTLS and AUTH PLAIN.
type SMTP struct {
	// Password is the password it asks for when somebody signs in; empty takes any. Set it before the first mail.
	Password string

	secured   bool
	listener  net.Listener
	cert      tls.Certificate
	authority []byte
	served    sync.WaitGroup

	mu      sync.Mutex
	closed  bool
	conns   map[net.Conn]bool
	replies map[string][]string
	mails   []Mail
}

// NewSMTP starts a fake mail server for a test, which closes it.
func NewSMTP(tb testing.TB) *SMTP {
	tb.Helper()
	return forTest(tb, ListenSMTP)
}

// ListenSMTP starts a fake mail server on an address. Whoever starts it closes it.
func ListenSMTP(address string) (*SMTP, error) { return listenSMTP(address, false) }

// ListenSMTPS is ListenSMTP speaking TLS from the first byte.
func ListenSMTPS(address string) (*SMTP, error) { return listenSMTP(address, true) }

func listenSMTP(address string, secured bool) (*SMTP, error) {
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", address)
	if err != nil {
		return nil, err
	}
	// httptest carries a certificate for 127.0.0.1; a server of its own is the way to it.
	h := httptest.NewTLSServer(nil)
	defer h.Close()
	s := &SMTP{
		secured: secured, listener: l, cert: h.TLS.Certificates[0], conns: map[net.Conn]bool{}, replies: map[string][]string{},
		authority: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: h.Certificate().Raw}),
	}
	s.served.Go(s.serve)
	return s, nil
}

// Port is the port it listens on; the host is 127.0.0.1.
func (s *SMTP) Port() int { return s.listener.Addr().(*net.TCPAddr).Port }

// Authority is the PEM certificate to trust it by.
func (s *SMTP) Authority() []byte { return s.authority }

// Reply plans what is answered to the next times a command comes: CONNECT, EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA, TEXT
// (after the text), RSET or QUIT. A reply is a line such as "451 4.3.0 try later", or "hang", or "drop".
func (s *SMTP) Reply(command string, lines ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.replies[command] = append(s.replies[command], lines...)
}

// Mails lists every mail that was taken, in order.
func (s *SMTP) Mails() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Mail{}, s.mails...)
}

// Close stops the server, hanging conversations included. It may be called more than once.
func (s *SMTP) Close() {
	_ = s.listener.Close() // a second time it says it is closed
	s.mu.Lock()
	s.closed = true
	for c := range s.conns {
		_ = c.Close() // the other side may have been faster
	}
	s.mu.Unlock()
	s.served.Wait()
}

func (s *SMTP) serve() {
	for {
		c, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		if s.closed {
			_ = c.Close() // nobody is left to answer
		}
		s.conns[c] = true
		s.mu.Unlock()
		s.served.Go(func() {
			t := &talk{server: s, raw: c, conn: c, in: bufio.NewReader(c)}
			t.run()
			s.mu.Lock()
			delete(s.conns, c)
			s.mu.Unlock()
			_ = c.Close() // the other side may have been faster
		})
	}
}

// planned takes the next planned reply to a command, or the usual one.
func (s *SMTP) planned(command, usual string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if list := s.replies[command]; len(list) > 0 {
		s.replies[command] = list[1:]
		return list[0]
	}
	return usual
}

// talk is one conversation.
type talk struct {
	server *SMTP
	raw    net.Conn
	conn   net.Conn
	in     *bufio.Reader
	mail   Mail
}

func (t *talk) run() {
	if t.server.secured && !t.secure() {
		return
	}
	if !t.say("CONNECT", "220 fake ESMTP") {
		return
	}
	for {
		line, err := t.in.ReadString('\n')
		if err != nil {
			return
		}
		verb, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if !t.answer(strings.ToUpper(verb), rest) {
			return
		}
	}
}

// say sends the reply to a command; false means the conversation is over.
func (t *talk) say(command, usual string) bool {
	line := t.server.planned(command, usual)
	switch line {
	case "drop":
		return false
	case "hang":
		_, _ = io.Copy(io.Discard, t.in) // until either side closes
		return false
	}
	_, err := io.WriteString(t.conn, line+"\r\n")
	return err == nil
}

// took says a reply and reports whether it was a good one.
func (t *talk) took(command, usual string) (good, goOn bool) {
	t.server.mu.Lock()
	list := t.server.replies[command]
	good = len(list) == 0 || strings.HasPrefix(list[0], "2") || strings.HasPrefix(list[0], "3")
	t.server.mu.Unlock()
	return good, t.say(command, usual)
}

func (t *talk) answer(verb, rest string) bool {
	switch verb {
	case "EHLO", "HELO":
		return t.say("EHLO", t.extensions())
	case "STARTTLS":
		return t.startTLS()
	case "AUTH":
		return t.auth(rest)
	case "MAIL":
		t.mail.From, t.mail.To = addressIn(rest), nil
		return t.say(verb, "250 2.1.0 ok")
	case "RCPT":
		good, goOn := t.took(verb, "250 2.1.5 ok")
		if good {
			t.mail.To = append(t.mail.To, addressIn(rest))
		}
		return goOn
	case "DATA":
		return t.data()
	case "RSET", "NOOP":
		return t.say(verb, "250 2.0.0 ok")
	case "QUIT":
		t.say(verb, "221 2.0.0 bye")
		return false
	}
	return t.say(verb, "502 5.5.1 unknown command")
}

func (t *talk) extensions() string {
	lines := []string{"fake", "8BITMIME", "ENHANCEDSTATUSCODES", "AUTH PLAIN"}
	if _, secured := t.conn.(*tls.Conn); !secured {
		lines = append(lines, "STARTTLS")
	}
	for i := range lines[:len(lines)-1] {
		lines[i] = "250-" + lines[i]
	}
	lines[len(lines)-1] = "250 " + lines[len(lines)-1]
	return strings.Join(lines, "\r\n")
}

func (t *talk) startTLS() bool {
	good, goOn := t.took("STARTTLS", "220 2.0.0 go ahead")
	if !good || !goOn {
		return goOn
	}
	return t.secure()
}

// secure turns the conversation into one over TLS.
func (t *talk) secure() bool {
	secured := tls.Server(t.raw, &tls.Config{Certificates: []tls.Certificate{t.server.cert}, MinVersion: tls.VersionTLS12})
	if secured.HandshakeContext(context.Background()) != nil {
		return false
	}
	t.conn, t.in, t.mail.TLS = secured, bufio.NewReader(secured), true
	return true
}

func (t *talk) auth(rest string) bool {
	_, encoded, _ := strings.Cut(rest, " ")
	plain, err := base64.StdEncoding.DecodeString(encoded)
	parts := strings.Split(string(plain), "\x00")
	if err != nil || len(parts) != 3 || t.server.Password != "" && parts[2] != t.server.Password {
		return t.say("AUTH", "535 5.7.8 authentication failed")
	}
	t.mail.User = parts[1]
	return t.say("AUTH", "235 2.7.0 ok")
}

func (t *talk) data() bool {
	good, goOn := t.took("DATA", "354 go ahead")
	if !good || !goOn {
		return goOn
	}
	var text strings.Builder
	for {
		line, err := t.in.ReadString('\n')
		if err != nil {
			return false
		}
		if line == ".\r\n" {
			break
		}
		text.WriteString(strings.TrimPrefix(line, "."))
	}
	m := t.mail
	m.At, m.Data = time.Now(), text.String()
	s := t.server
	s.mu.Lock()
	list := s.replies["TEXT"]
	// Dropped after the text: the work is done and the answer lost.
	if len(list) == 0 || list[0] == "drop" || strings.HasPrefix(list[0], "2") {
		s.mails = append(s.mails, m)
	}
	n := len(s.mails)
	s.mu.Unlock()
	return t.say("TEXT", fmt.Sprintf("250 2.0.0 taken as %d", n))
}

func addressIn(text string) string {
	_, after, _ := strings.Cut(text, "<")
	address, _, _ := strings.Cut(after, ">")
	return address
}
