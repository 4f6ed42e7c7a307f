package api

import (
	"encoding/base64"
	"errors"
	"math"
	"strconv"
	"strings"
)

// A cursor names the list it belongs to and the place in it, so that one list's cursor is refused by another. To a
// client it is opaque.
type cursor struct {
	list  string
	place int64
}

// The lists that have cursors.
const (
	listIncidents = "incidents" // place: the number the page continues below
	listTimeline  = "timeline"  // place: the seq the page continues after
	listDelivered = "delivered" // place: the seq of the delivery's event the page continues after
	listFired     = "fired"     // place: the seq of the firing's event the page continues after
	// A number is not enough for the place in these.
	listOutbox   = "deliveries" // place: that of the last delivery looked at
	listAllFired = "firings"    // place: the incident the page continues with, and the seq below which
)

var errCursor = errors.New("this cursor is not one of this list: leave it out to begin at the start, or use `next` of the page before")

// String is what a client is given.
func (c cursor) String() string { return seal(c.list, strconv.FormatInt(c.place, 36)) }

func seal(list, place string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(list + ":" + place))
}

// unseal answers the place within a list that a cursor names.
func unseal(list, text string) (string, error) {
	if len(text) > 100 {
		return "", errCursor
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return "", errCursor
	}
	place, ok := strings.CutPrefix(string(raw), list+":")
	if !ok {
		return "", errCursor
	}
	return place, nil
}

// parseCursor reads a cursor of the list; the empty text is its start.
func parseCursor(list, text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	place, err := unseal(list, text)
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(place, 36, 64)
	if err != nil || n <= 0 || n == math.MaxInt64 || (cursor{list, n}).String() != text {
		return 0, errCursor
	}
	return n, nil
}
