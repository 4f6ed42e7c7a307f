package lsp

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
)

// ErrNoShutdown says that the client ended, or its stream did, without asking for a shutdown first.
var ErrNoShutdown = errors.New("the editor ended without a shutdown")

// state is how far the life of a server has come.
type state int

const (
	fresh state = iota
	running
	shut
)

// server answers one client.
type server struct {
	*desk
	out   *writer
	state state
	// watch says that the client can be asked to tell of changed files.
	watch   bool
	pending pending
	ended   bool
}

// received is a message, or the error that ends the stream.
type received struct {
	request *request
	failure *failure
	err     error
}

// queued is how many messages are read ahead: what is cancelled among them need not be done.
const queued = 64

// Serve answers a client until it says exit, its stream ends or the context does. The error is nil where the client
// asked for a shutdown first, ErrNoShutdown where it did not, and otherwise says what is wrong with the stream. Where
// the context ends first, a read that is under way is left to the process.
func Serve(ctx context.Context, in io.Reader, out io.Writer, o Options) error {
	s := &server{desk: newDesk(o), out: &writer{out: out}, pending: pending{ids: map[string]bool{}}}
	s.publish = func(p publishDiagnostics) error { return s.tell("textDocument/publishDiagnostics", p) }
	queue, done := make(chan received, queued), make(chan struct{})
	defer close(done)
	go s.receive(&frames{bufio.NewReaderSize(in, maxHeader)}, queue, done)
	for {
		m, err := s.next(ctx, queue)
		if err == nil {
			err = s.take(m)
		}
		if err != nil || s.ended {
			return s.verdict(err)
		}
	}
}

// verdict is what Serve answers.
func (s *server) verdict(err error) error {
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return err
	case s.state != shut:
		return ErrNoShutdown
	}
	return nil
}

// next answers the next message. While none waits, what has changed is checked.
func (s *server) next(ctx context.Context, queue <-chan received) (received, error) {
	select {
	case m := <-queue:
		return m, nil
	default:
	}
	if err := s.settle(); err != nil {
		return received{}, err
	}
	select {
	case m := <-queue:
		return m, nil
	case <-ctx.Done():
		return received{}, ctx.Err()
	}
}

// settle checks what has changed; a fault in it is told and leaves the server running.
func (s *server) settle() (err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = s.log("the files could not be checked: %v", fault)
		}
	}()
	return s.flush()
}

// receive reads messages until the stream or the conversation ends.
func (s *server) receive(f *frames, queue chan<- received, done <-chan struct{}) {
	for {
		m := s.read(f)
		if m == (received{}) {
			continue
		}
		select {
		case queue <- m:
		case <-done:
			return
		}
		if m.err != nil || m.request != nil && m.request.Method == "exit" {
			return
		}
	}
}

// read reads one message. What is cancelled is noted at once; there is nothing to take then.
func (s *server) read(f *frames) received {
	content, err := f.next()
	switch {
	case errors.Is(err, errTooLong):
		return received{failure: failuref(codeInvalidRequest, "%v", err)}
	case err != nil:
		return received{err: err}
	}
	r, wrong := parse(content)
	switch {
	case wrong != nil:
		return received{request: r, failure: wrong}
	case r == nil:
		return received{}
	case r.Method == "$/cancelRequest":
		s.pending.cancel(r)
		return received{}
	case !r.notification():
		s.pending.add(r.ID)
	}
	return received{request: r}
}

// take does what a message asks for, and answers a request.
func (s *server) take(m received) error {
	if m.err != nil {
		var broken frameError
		if errors.As(m.err, &broken) {
			_ = s.answer(null, nil, failuref(codeParse, "%v", m.err)) // the stream ends anyway
		}
		return m.err
	}
	id := null
	if m.request != nil && m.request.ID != nil {
		id = m.request.ID
	}
	if m.failure != nil {
		return s.answer(id, nil, m.failure)
	}
	result, err := s.do(m.request)
	if m.request.notification() {
		if err != nil {
			return s.log("%s: %v", m.request.Method, err)
		}
		return nil
	}
	if s.pending.done(id) {
		err = failuref(codeCancelled, "cancelled")
	}
	return s.answer(id, result, err)
}

// do calls what a method means. A fault in it is the failure of that request alone.
func (s *server) do(r *request) (result any, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			result, err = nil, failuref(codeInternal, "%s failed: %v", r.Method, fault)
		}
	}()
	if err := s.mayDo(r); err != nil {
		return nil, err
	}
	if s.pending.cancelled(r.ID) {
		return nil, nil // answered as cancelled
	}
	if !r.notification() {
		return s.answerTo(r)
	}
	return nil, s.notice(r)
}

// mayDo checks the order in which LSP wants things: initialize first, nothing after shutdown but exit.
func (s *server) mayDo(r *request) error {
	switch {
	case r.Method == "exit":
		return nil
	case r.Method == "initialize" && s.state != fresh:
		return failuref(codeInvalidRequest, "initialize comes once")
	case s.state == fresh && r.Method != "initialize":
		return failuref(codeNotInitialized, "initialize comes first")
	case s.state == shut:
		return failuref(codeInvalidRequest, "after shutdown only exit may come")
	}
	return nil
}

func (s *server) answerTo(r *request) (any, error) {
	switch r.Method {
	case "initialize":
		return s.initialize(r)
	case "shutdown":
		s.state = shut
		return nil, nil
	case "textDocument/hover":
		return at(s.desk, r, (*desk).hover)
	case "textDocument/completion":
		return at(s.desk, r, (*desk).complete)
	case "textDocument/definition":
		return at(s.desk, r, (*desk).definition)
	}
	return nil, failuref(codeNoMethod, "there is no method %.60q", r.Method)
}

// at answers a request about a place in an open document.
func at[T any](d *desk, r *request, do func(*desk, *view) T) (any, error) {
	p, err := params[placeParams](r)
	if err != nil {
		return nil, err
	}
	v, err := d.lookAt(p)
	if err != nil {
		return nil, err
	}
	return do(d, v), nil
}

func (s *server) initialize(r *request) (any, error) {
	p, err := params[struct {
		Capabilities struct {
			Workspace struct {
				DidChangeWatchedFiles struct {
					DynamicRegistration bool `json:"dynamicRegistration"`
				} `json:"didChangeWatchedFiles"`
			} `json:"workspace"`
		} `json:"capabilities"`
	}](r)
	if err != nil {
		return nil, err
	}
	s.state, s.watch = running, p.Capabilities.Workspace.DidChangeWatchedFiles.DynamicRegistration
	return initializeResult{
		Capabilities: capabilities{
			PositionEncoding: "utf-16", TextDocumentSync: syncOptions{OpenClose: true, Change: 2, Save: true},
			HoverProvider: true, DefinitionProvider: true,
			CompletionProvider: completionOptions{TriggerCharacters: []string{".", `"`, "'", "{", " ", "-"}},
		},
		ServerInfo: serverInfo{Name: "ifsev", Version: s.Version},
	}, nil
}

func (s *server) notice(r *request) error {
	switch r.Method {
	case "exit":
		s.ended = true
	case "initialized":
		return s.register()
	case "textDocument/didOpen":
		return with(r, s.didOpen)
	case "textDocument/didChange":
		return with(r, s.didChange)
	case "textDocument/didClose":
		return with(r, s.didClose)
	case "textDocument/didSave", "workspace/didChangeWatchedFiles", "workspace/didChangeConfiguration":
		s.stale = true
	}
	return nil // others are none of ours
}

func with[T any](r *request, do func(T) error) error {
	p, err := params[T](r)
	if err != nil {
		return err
	}
	return do(p)
}

// register asks the client to tell of files that others change.
func (s *server) register() error {
	if !s.watch {
		return nil
	}
	s.watch = false
	return s.send(map[string]any{
		"jsonrpc": "2.0", "id": "watch", "method": "client/registerCapability",
		"params": map[string]any{"registrations": []any{map[string]any{
			"id": "watch", "method": "workspace/didChangeWatchedFiles",
			"registerOptions": map[string]any{"watchers": []any{map[string]any{"globPattern": "**/*.{yaml,yml}"}}},
		}}},
	})
}

func (s *server) answer(id json.RawMessage, result any, err error) error {
	r := response{Version: "2.0", ID: id}
	if err == nil {
		r.Result, err = json.Marshal(result)
	}
	if err != nil {
		r.Result = nil
		if !errors.As(err, &r.Error) {
			r.Error = failuref(codeInternal, "%v", err)
		}
	}
	return s.send(r)
}

func (s *server) tell(method string, params any) error {
	return s.send(notice{"2.0", method, params})
}

// log tells the people who look at the editor's log.
func (s *server) log(format string, args ...any) error {
	const warning = 2
	return s.tell("window/logMessage", map[string]any{"type": warning, "message": "ifsev: " + fmt.Sprintf(format, args...)})
}

func (s *server) send(m any) error {
	content, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return s.out.write(content)
}

// pending are the requests that were read and not yet answered; the value says whether one was cancelled.
type pending struct {
	mu  sync.Mutex
	ids map[string]bool
}

func (p *pending) add(id json.RawMessage) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ids[string(id)] = false
}

// cancel notes that nobody waits for an answer any more; one that was given already is past that.
func (p *pending) cancel(r *request) {
	c, err := params[struct {
		ID json.RawMessage `json:"id"`
	}](r)
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, waits := p.ids[string(c.ID)]; err == nil && waits {
		p.ids[string(c.ID)] = true
	}
}

func (p *pending) cancelled(id json.RawMessage) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ids[string(id)]
}

// done forgets a request, and reports whether it was cancelled.
func (p *pending) done(id json.RawMessage) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	cancelled := p.ids[string(id)]
	delete(p.ids, string(id))
	return cancelled
}
