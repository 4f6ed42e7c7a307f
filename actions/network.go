package actions

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/url"
	"syscall"

	"github.com/ifsev/ifsev"
)

// networkFailure says why no answer came. It names the receiver as people know it and the host, and neither the
// address behind the host nor anything else of the request.
func networkFailure(ctx context.Context, err error, name, host string) *ifsev.Failure {
	who := name + ": "
	if name == host {
		who = ""
	}
	if r, ok := errors.AsType[refusal](err); ok {
		if r.private {
			return fail(ifsev.ReasonRefused, "%s%s leads to a private or loopback address: add %s under outgoing.allow, or set outgoing.allow_private: true", who, host, host)
		}
		return fail(ifsev.ReasonRefused, "%s%s leads to an address that is never reached (link-local, metadata, multicast or reserved)", who, host)
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		return failForNow(ifsev.ReasonNetwork, "%s: broken off before an answer came, because ifsev is stopping", name)
	}
	if ctx.Err() != nil || isTimeout(err) {
		return failForNow(ifsev.ReasonTimeout, "%sno answer from %s in time", who, host)
	}
	return failForNow(ifsev.ReasonNetwork, "%sno answer from %s: %s", who, host, networkCause(err))
}

func isTimeout(err error) bool {
	n, ok := errors.AsType[net.Error](err)
	return ok && n.Timeout() || errors.Is(err, context.DeadlineExceeded)
}

// networkCause says in a few words what went wrong below the protocol.
func networkCause(err error) string {
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return "its name cannot be resolved"
	}
	if c, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "its certificate cannot be trusted: " + c.Err.Error()
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return "it does not speak TLS"
	}
	if errno, ok := errors.AsType[syscall.Errno](err); ok {
		return errno.Error()
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return "the connection broke"
	}
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err // the outer text repeats the address
	}
	if o, ok := errors.AsType[*net.OpError](err); ok {
		err = o.Err // and this one the resolved address
	}
	return err.Error()
}

// nothingSent reports whether the receiver cannot have seen anything of the request, because no connection was made.
func nothingSent(err error) bool {
	o, ok := errors.AsType[*net.OpError](err)
	if !ok || o.Op != "dial" || o.Timeout() {
		return false
	}
	_, refused := errors.AsType[refusal](err)
	return !refused
}
