package actions

import (
	"context"
	"time"

	"github.com/ifsev/ifsev"
)

// kind is one kind of outside action: what it looks like in a rule, and how it is performed.
type kind struct {
	spec    ifsev.ActionSpec
	perform func(ctx context.Context, s *Sender, a Attempt) (ifsev.Receipt, *ifsev.Failure)
}

// kinds is the visible list: a new kind is one file and one line here.
func kinds() []kind {
	return []kind{
		pageKind(),
		webhookKind(),
		slackPostKind(),
		pagerdutyKind("trigger"),
		pagerdutyKind("acknowledge"),
		pagerdutyKind("resolve"),
		emailKind(),
	}
}

// Catalogue lists the spec of every outside kind, in the order in which the reference shows them.
func Catalogue() []ifsev.ActionSpec {
	var specs []ifsev.ActionSpec
	for _, k := range kinds() {
		specs = append(specs, k.spec)
	}
	return specs
}

// The defaults for how a delivery is attempted again: what wakes people is tried for a day, what tells them for an hour.
func retryPages() ifsev.Retry    { return retryFor(24 * time.Hour) }
func retryMessages() ifsev.Retry { return retryFor(time.Hour) }

func retryFor(age time.Duration) ifsev.Retry {
	return ifsev.Retry{Min: time.Second, Max: 5 * time.Minute, MaxAge: age}
}
