package state

import (
	"strconv"
	"strings"

	"github.com/ifsev/ifsev"
)

// ParseRef reads how people name an incident: 42, INC-42 or its ID. False means that it is none of these.
func ParseRef(text string) (Ref, bool) {
	digits := text
	if len(text) > 4 && strings.EqualFold(text[:4], "INC-") {
		digits = text[4:]
	}
	if n, err := strconv.ParseInt(digits, 10, 64); err == nil && n > 0 && digits[0] != '+' {
		return Ref{Number: n}, true
	}
	id := strings.ToLower(text)
	_, err := ifsev.PartitionOfID(id)
	return Ref{ID: id}, err == nil
}
