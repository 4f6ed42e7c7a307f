package redisstate

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"

	"github.com/ifsev/ifsev/state"
)

// Advised reports whether an error of a store says itself what has to be changed.
func Advised(err error) bool { return errors.As(err, new(denied)) }

// advise says beside an error of connecting what to look at, unless it says so itself.
func (a *address) advise(err error) error {
	if !errors.Is(err, state.ErrUnavailable) || Advised(err) {
		return err
	}
	if next := a.next(err); next != "" {
		return fmt.Errorf("%w: %s", err, next)
	}
	return err
}

// next is what to look at, by how the connection failed; empty where the server has answered.
func (a *address) next(err error) string {
	who := "Redis"
	if a.form == sentinel {
		who = "a Sentinel"
	}
	where := strings.Join(a.hosts, ", ")
	var untrusted *tls.CertificateVerificationError
	var network *net.OpError
	switch dialled := errors.As(err, &network) && network.Op == "dial"; {
	case errors.Is(err, errMasterless):
		return fmt.Sprintf("is the master's name %q? redis-cli -p 26379 SENTINEL MASTERS lists those they know", a.master)
	case errors.As(err, &untrusted):
		return "name the certificates to trust with ?ca=/PATH"
	case !dialled && a.tls && (late(err) || brokenOff(err)):
		return fmt.Sprintf("does %s speak TLS at %s? Without it, write the store as %s://…", who, where, strings.Replace(a.scheme, "rediss", "redis", 1))
	case !dialled && brokenOff(err):
		return fmt.Sprintf("does %s speak TLS at %s? With it, write the store as %s://…", who, where, strings.Replace(a.scheme, "redis", "rediss", 1))
	case dialled || late(err):
		return fmt.Sprintf("is %s running at %s, and can it be reached from here?", who, where)
	}
	return ""
}

func late(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded)
}

func brokenOff(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) }
