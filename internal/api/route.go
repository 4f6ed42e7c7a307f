package api

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"

	"github.com/ifsev/ifsev"
)

// route is one endpoint: what it is called, who may use it, what it takes and what it answers. The mux, the checks and
// the API's document are made of it.
type route struct {
	method, path string
	// name is the operation's name in the document.
	name  string
	doc   string
	scope Scope
	query []field
	// anyQuery takes every query: what watches a service puts its own there.
	anyQuery bool
	// body are the members of the JSON body; takesBody tells an empty list from none.
	body      []field
	takesBody bool
	// answers holds an example of each answer's type by status, for the document; nil for an answer without a body.
	answers map[int]any
	serve   func(context.Context, *Server, *call) (*answer, error)
	// stream, where serve is nil, answers piece by piece, for as long as it takes.
	stream func(context.Context, *Server, *call, *stream) error
}

// call is one request, checked.
type call struct {
	request *http.Request
	caller  caller
	raw     []byte
	body    ifsev.Data
	query   url.Values
	// related are the incidents the body names, by their numbers.
	related []ifsev.Relation
}

// answer is what a route answers when nothing went wrong.
type answer struct {
	status   int
	body     any
	etag     string
	location string
}

func ok(body any) *answer { return &answer{status: http.StatusOK, body: body} }

// path answers a segment of the path.
func (c *call) path(name string) string { return c.request.PathValue(name) }

// limit answers how many the query asks for at most, which was checked, or otherwise.
func (c *call) limit(otherwise int) int {
	if n, err := strconv.Atoi(c.query.Get("limit")); err == nil {
		return n
	}
	return otherwise
}

// by answers who acts: who the body names, or the query where there is no body, or the token.
func (c *call) by() string {
	return cmp.Or(c.body.String("by"), oneLine(c.query.Get("by")), c.caller.name)
}

func (c *call) actor() ifsev.Actor { return ifsev.Actor{Kind: ifsev.PersonActor, Name: c.by()} }

// handler checks a request against its route, serves it, and writes the answer or the problem.
func (s *Server) handler(rt *route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := s.check(rt, w, r)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		if rt.stream != nil {
			s.stream(rt, w, c)
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), s.timeout)
		defer cancel()
		a, err := rt.serve(ctx, s, c)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		s.write(w, a)
	})
}

// check admits a request and reads what it says.
func (s *Server) check(rt *route, w http.ResponseWriter, r *http.Request) (*call, error) {
	who, err := s.admit(r, rt.scope)
	if err != nil {
		return nil, err
	}
	c := &call{request: r, caller: who}
	if !rt.anyQuery {
		if c.query, err = checkQuery(r.URL.RawQuery, rt.query); err != nil {
			return nil, err
		}
	}
	if r.Method != http.MethodGet {
		if c.raw, err = readBody(w, r); err != nil {
			return nil, err
		}
		if c.body, err = decodeBody(c.raw, rt.body); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func (s *Server) write(w http.ResponseWriter, a *answer) {
	if a.body == nil {
		w.WriteHeader(a.status)
		return
	}
	text, err := json.Marshal(a.body)
	if err != nil { // our own types: a fault of ours
		s.log.Error("an answer could not be written", "error", err)
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	if a.etag != "" {
		h.Set("ETag", a.etag)
	}
	if a.location != "" {
		h.Set("Location", a.location)
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(append(text, '\n')) // the client is gone; nobody is left to tell
}
