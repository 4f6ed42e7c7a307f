package api

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

// maxIdempotencyKey is how long an Idempotency-Key may be, in bytes.
const maxIdempotencyKey = 255

// ref reads what a path says of an incident: its ID, or its number as 42 or INC-42.
func ref(text string) (state.Ref, error) {
	if r, ok := state.ParseRef(text); ok {
		return r, nil
	}
	return state.Ref{}, refuse(http.StatusNotFound, "there is no incident %s: an incident is named by its number (42 or INC-42) or its ID", describe(text))
}

// idempotency answers the request's Idempotency-Key with a sum of what was asked under it, so that the engine can tell
// a repetition from another request. The token's name is part of it: two clients cannot get at each other's.
func (c *call) idempotency() (id, sum string, err error) {
	keys := c.request.Header.Values("Idempotency-Key")
	if len(keys) > 1 {
		return "", "", refuse(http.StatusBadRequest, "Idempotency-Key stands there %d times: send one", len(keys))
	}
	key := c.request.Header.Get("Idempotency-Key")
	if key == "" {
		return "", "", nil
	}
	if len(key) > maxIdempotencyKey {
		return "", "", refuse(http.StatusBadRequest, "Idempotency-Key is longer than %d bytes", maxIdempotencyKey)
	}
	h := sha256.New()
	for _, part := range []string{c.request.Method, c.request.URL.Path, string(c.raw)} {
		_, _ = h.Write([]byte(strconv.Itoa(len(part)) + ":" + part)) // a hash's Write never fails
	}
	return ifsev.DerivedID("key", c.caller.name, key), hex.EncodeToString(h.Sum(nil)), nil
}

// etag is the version of an incident as a header.
func etag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }

// ifMatch reads the versions a change may be made for; none means any. A tag that is none of ours fits no version.
func ifMatch(r *http.Request) ([]int64, error) {
	lines := r.Header.Values("If-Match")
	var versions []int64
	given := false
	for part := range strings.SplitSeq(strings.Join(lines, ","), ",") {
		switch part = strings.TrimSpace(part); part {
		case "":
			continue
		case "*":
			return nil, nil
		}
		given = true
		text := part
		if len(part) > 1 && part[0] == '"' && part[len(part)-1] == '"' {
			text = part[1 : len(part)-1]
		}
		if n, err := strconv.ParseInt(text, 10, 64); err == nil && n > 0 {
			versions = append(versions, n)
		}
	}
	if given && versions == nil {
		return nil, refuse(http.StatusPreconditionFailed, "If-Match is %s, which is no version of an incident: send the ETag of an answer, such as \"7\"", describe(strings.Join(lines, ", ")))
	}
	return versions, nil
}
