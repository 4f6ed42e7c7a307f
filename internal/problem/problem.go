// Package problem writes the error answers of every HTTP endpoint: problem documents as RFC 9457 has them. It imports
// the standard library and nothing else.
package problem

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// ContentType is that of a problem document.
const ContentType = "application/problem+json"

// Problem is one error answer. Whatever stands in it is shown to the caller, so it must hold no secret.
type Problem struct {
	// Type is a URI that names the kind of problem; Write makes an empty one about:blank.
	Type string `json:"type"`
	// Title is the same for every problem of the type; Write makes an empty one the status's own text.
	Title string `json:"title"`
	// Status is the HTTP status, 400 to 599.
	Status int `json:"status"`
	// Detail says what happened this time and what to do about it.
	Detail string `json:"detail,omitempty"`
	// Errors point into the body where it was wrong.
	Errors []At `json:"errors,omitempty"`
	// RetryAfter is when to try again, rounded up to a second; it becomes the header, zero leaves it out.
	RetryAfter time.Duration `json:"-"`
}

// At is one mistake in a body.
type At struct {
	// Pointer is a JSON pointer (RFC 6901) into the body; "" is the whole of it.
	Pointer string `json:"pointer"`
	Detail  string `json:"detail"`
}

// New makes a problem of a status and what to say.
func New(status int, detail string, errors ...At) *Problem {
	return &Problem{Status: status, Detail: detail, Errors: errors}
}

// Error answers the detail, or the status's text where there is none; so a function can answer a Problem as an error.
func (p *Problem) Error() string {
	if p.Detail != "" {
		return p.Detail
	}
	return http.StatusText(p.Status)
}

// Write answers with the problem. Nothing may have been written before it.
func Write(w http.ResponseWriter, p *Problem) {
	doc := *p
	if doc.Type == "" {
		doc.Type = "about:blank"
	}
	if doc.Status < 400 || doc.Status > 599 {
		doc.Status = http.StatusInternalServerError
	}
	if doc.Title == "" {
		doc.Title = http.StatusText(doc.Status)
	}
	h := w.Header()
	h.Set("Content-Type", ContentType)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Del("Content-Length")
	if doc.RetryAfter > 0 {
		h.Set("Retry-After", strconv.FormatInt(int64((doc.RetryAfter+time.Second-1)/time.Second), 10))
	}
	w.WriteHeader(doc.Status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(doc) // the caller is gone, and there is nobody left to tell
}

// Pointer makes a JSON pointer of names and indexes.
func Pointer(parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteByte('/')
		b.WriteString(strings.NewReplacer("~", "~0", "/", "~1").Replace(p))
	}
	return b.String()
}
