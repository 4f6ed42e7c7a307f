package actions

import (
	"context"
	"errors"
	"fmt"
	"net/textproto"
	"strings"

	"github.com/ifsev/ifsev"
)

// failure says why a mail was not taken, by the server's three digits: 4 means again, 5 means for good.
func (m *mailer) failure(ctx context.Context, err error, name string) *ifsev.Failure {
	if errors.Is(err, errSettings) {
		return fail(ifsev.ReasonConfig, "%s: %s", name, errSettings)
	}
	if advice := m.lacks(err); advice != "" {
		return fail(ifsev.ReasonConfig, "%s: %s %s", name, m.host, advice)
	}
	code, text := replyOf(err)
	if code == 0 || ctx.Err() != nil {
		return networkFailure(ctx, err, name, m.host)
	}
	f := smtpVerdict(code)
	f.Text = fmt.Sprintf("%s answered %d %s", name, code, text)
	return f
}

// lacks says what the server cannot do that the connection asks of it. The library has no values for these errors, so
// they are told by their text; the tests notice if it changes.
func (m *mailer) lacks(err error) string {
	switch text := err.Error(); {
	case strings.Contains(text, "does not support STARTTLS"):
		return "offers no STARTTLS: write tls: tls if it speaks TLS from the first byte (port 465), or tls: none if the network may be trusted"
	case strings.Contains(text, "does not support SMTP AUTH"):
		return "asks nobody to sign in: leave user and password out"
	}
	return ""
}

// smtpVerdict is the table from reply code to failure.
func smtpVerdict(code int) *ifsev.Failure {
	switch {
	case code == 530, code == 534, code == 535, code == 538:
		return &ifsev.Failure{Reason: ifsev.ReasonAuth, Permanent: true}
	case code >= 400 && code < 500:
		return &ifsev.Failure{Reason: ifsev.ReasonServer}
	}
	return &ifsev.Failure{Reason: ifsev.ReasonClient, Permanent: true}
}

// replyOf finds the server's reply in an error of the library; 0 where there was none.
func replyOf(err error) (int, string) {
	if reply, ok := errors.AsType[*textproto.Error](err); ok {
		return reply.Code, reply.Msg
	}
	return 0, ""
}
