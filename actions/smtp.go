package actions

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"strings"
	"time"

	"github.com/wneessen/go-mail"

	"github.com/ifsev/ifsev"
)

// The ways mail is protected on its way to the first server.
const (
	tlsStart   = "starttls"
	tlsAtOnce  = "tls"
	tlsNone    = "none"
	portSubmit = 587
	portTLS    = 465
)

// codeClosing is said by a server that hangs up, in the place of any other answer.
const codeClosing = 421

var errSettings = errors.New("the mail server's settings do not fit together")

// mailer hands mail in at one server.
type mailer struct {
	host    string
	port    int
	from    *netmail.Address
	mode    string
	user    string
	pass    string
	config  *tls.Config
	connect dialFunc
}

// newMailer checks a connection of kind smtp. The error says what is missing.
func newMailer(c Connection, roots *x509.CertPool, dial dialFunc) (*mailer, error) {
	m := &mailer{host: c.Host, port: c.Port, mode: strings.ToLower(c.TLS), user: c.User.Reveal(), pass: c.Password.Reveal(), connect: dial}
	if m.host == "" {
		return nil, errors.New("host is missing: name the mail server")
	}
	if c.From == "" {
		return nil, errors.New("from is missing: give the sender's address, such as ifsev@example.com")
	}
	from, err := netmail.ParseAddress(c.From)
	if err != nil {
		return nil, fmt.Errorf("from: %q is no mail address", c.From)
	}
	m.from = from
	m.settle()
	if m.mode != tlsStart && m.mode != tlsAtOnce && m.mode != tlsNone {
		return nil, fmt.Errorf("tls: %q is not known: write starttls, tls or none", c.TLS)
	}
	if m.port < 1 || m.port > 65535 {
		return nil, fmt.Errorf("port: %d is none", m.port)
	}
	if m.mode == tlsNone && m.pass != "" {
		return nil, errors.New("tls: none would send the password in the clear: write tls: starttls, or leave user and password out")
	}
	m.config = &tls.Config{ServerName: m.host, MinVersion: tls.VersionTLS12, RootCAs: roots}
	return m, nil
}

// settle fills in port and protection, either of which may follow from the other.
func (m *mailer) settle() {
	if m.mode == "" && m.port == portTLS {
		m.mode = tlsAtOnce
	}
	if m.mode == "" {
		m.mode = tlsStart
	}
	if m.port == 0 {
		m.port = portSubmit
		if m.mode == tlsAtOnce {
			m.port = portTLS
		}
	}
}

// send hands one mail in. It counts as sent when the server has taken its text for anybody, whatever happens to the
// farewell: to try again for the others would bring it to those twice, and whom it reached is kept nowhere.
func (m *mailer) send(ctx context.Context, a Attempt, l letter, name string) (ifsev.Receipt, *ifsev.Failure) {
	id := a.Delivery.ID + "@" + m.domain()
	msg, f := m.compose(a, l, id)
	if f != nil {
		return ifsev.Receipt{}, f
	}
	done, err := m.visit(ctx, msg)
	switch {
	case err != nil:
		return ifsev.Receipt{}, m.failure(ctx, err, name)
	case len(done.took) == 0:
		return ifsev.Receipt{}, done.refusal(name)
	}
	return ifsev.Receipt{Summary: done.summary(name), Outputs: ifsev.Data{"message_id": "<" + id + ">", "refused": done.refused()}}, nil
}

// visit connects, hands a mail in and says goodbye.
func (m *mailer) visit(ctx context.Context, msg *mail.Msg) (handedIn, error) {
	hangUp := func() {}
	client, err := m.client(func(dialCtx context.Context, network, address string) (net.Conn, error) {
		conn, err := m.open(dialCtx, network, address)
		if err != nil {
			return nil, err
		}
		// The library sets deadlines of its own by its own clock; closing the connection is what obeys ours. And it
		// leaves the connection open when the greeting fails.
		stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
		hangUp = func() { stop(); _ = conn.Close() }
		return conn, nil
	})
	if err != nil {
		return handedIn{}, errors.Join(errSettings, err)
	}
	defer func() { hangUp() }() // whichever connection it is by then
	conn, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return handedIn{}, err
	}
	done, err := handIn(conn, msg)
	if code, _ := replyOf(err); err == nil || code != 0 { // a text that broke off must not be ended by a farewell
		_ = client.CloseWithSMTPClient(conn) // what was taken is taken
	}
	return done, err
}

func (m *mailer) client(dial mail.DialContextFunc) (*mail.Client, error) {
	policy := map[string]mail.TLSPolicy{tlsStart: mail.TLSMandatory, tlsAtOnce: mail.TLSOpportunistic, tlsNone: mail.NoTLS}[m.mode]
	options := []mail.Option{
		mail.WithPort(m.port), mail.WithTimeout(time.Minute), mail.WithTLSPolicy(policy), mail.WithTLSConfig(m.config),
		mail.WithDialContextFunc(dial), mail.WithoutNoop(),
	}
	if m.pass != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(m.user), mail.WithPassword(m.pass))
	}
	return mail.NewClient(m.host, options...)
}

// open connects, and speaks TLS from the first byte where that is configured: a dialer of one's own takes this over
// from the library.
func (m *mailer) open(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := m.connect(ctx, network, address)
	if err != nil || m.mode != tlsAtOnce {
		return conn, err
	}
	secured := tls.Client(conn, m.config)
	if err := secured.HandshakeContext(ctx); err != nil {
		_ = conn.Close() // the handshake's error says why
		return nil, err
	}
	return secured, nil
}

// compose writes the mail. Everything in it comes from the delivery, so a second attempt writes the same one.
func (m *mailer) compose(a Attempt, l letter, id string) (*mail.Msg, *ifsev.Failure) {
	msg := mail.NewMsg(mail.WithNoDefaultUserAgent())
	msg.FromMailAddress(m.from)
	if err := msg.To(l.to...); err != nil {
		return nil, fail(ifsev.ReasonConfig, "email: to: %s is not a list of mail addresses", strings.Join(l.to, ", "))
	}
	msg.Subject(excerptRunes(excerpt(l.subject, summaryLimit), 200))
	msg.SetMessageIDWithValue(id)
	msg.SetGenHeader(mail.HeaderReferences, "<"+a.Delivery.Incident+"@"+m.domain()+">")
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetDateWithValue(a.Delivery.CreatedAt)
	msg.SetBodyString(mail.TypeTextPlain, l.text)
	return msg, nil
}

func (m *mailer) domain() string {
	_, domain, _ := strings.Cut(m.from.Address, "@")
	return domain
}
