package actions

import (
	"fmt"

	"github.com/ifsev/ifsev"
)

// fail makes a failure that another attempt would meet again.
func fail(reason ifsev.FailureReason, format string, args ...any) *ifsev.Failure {
	return &ifsev.Failure{Reason: reason, Text: fmt.Sprintf(format, args...), Permanent: true}
}

// failForNow makes a failure that may be over at the next attempt.
func failForNow(reason ifsev.FailureReason, format string, args ...any) *ifsev.Failure {
	return &ifsev.Failure{Reason: reason, Text: fmt.Sprintf(format, args...)}
}
