package actions

import (
	"context"
	"errors"
	"fmt"
	"net/textproto"

	"github.com/wneessen/go-mail"

	"github.com/ifsev/ifsev"
)

// failure says why a mail was not taken, by the server's three digits: 4 means again, 5 means for good.
func (m *mailer) failure(ctx context.Context, err error, name string) *ifsev.Failure {
	code, text := replyOf(err)
	if code == 0 || ctx.Err() != nil {
		return networkFailure(ctx, err, name, m.host)
	}
	f := smtpVerdict(code)
	f.Text = fmt.Sprintf("%s answered %d %s", name, code, text)
	return f
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

// replyOf finds the server's reply in an error of the library.
func replyOf(err error) (int, string) {
	if reply, ok := errors.AsType[*textproto.Error](err); ok {
		return reply.Code, reply.Msg
	}
	if sent, ok := errors.AsType[*mail.SendError](err); ok {
		return sent.ErrorCode(), sent.Error()
	}
	return 0, ""
}
