package lsp

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// The error codes of JSON-RPC and of LSP that this server answers with.
const (
	codeParse          = -32700
	codeInvalidRequest = -32600
	codeNoMethod       = -32601
	codeInvalidParams  = -32602
	codeInternal       = -32603
	codeNotInitialized = -32002
	codeCancelled      = -32800
)

// request is a request or, without an ID, a notification.
type request struct {
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
}

func (r *request) notification() bool { return r.ID == nil }

// failure is what a request is answered with when it fails.
type failure struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

// Error gives the message.
func (f *failure) Error() string { return f.Message }

func failuref(code int, format string, args ...any) *failure {
	return &failure{code, fmt.Sprintf(format, args...)}
}

// response answers a request; exactly one of Result and Error is there.
type response struct {
	Version string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Result  json.RawMessage `json:"result,omitempty"`
	Error   *failure        `json:"error,omitempty"`
}

// notice is a notification to the client.
type notice struct {
	Version string `json:"jsonrpc"`
	Method  string `json:"method"`
	Params  any    `json:"params"`
}

var null = json.RawMessage("null")

// parse reads one message. A nil request without a failure is a response of the client, which nobody waits for.
func parse(content []byte) (*request, *failure) {
	var m struct {
		Version string `json:"jsonrpc"`
		request
		Result json.RawMessage `json:"result"`
		Error  json.RawMessage `json:"error"`
	}
	if !json.Valid(content) {
		return nil, failuref(codeParse, "the message is not JSON")
	}
	if err := json.Unmarshal(content, &m); err != nil {
		return nil, failuref(codeInvalidRequest, "the message is no request: %v", err)
	}
	r := m.request
	switch {
	case !validID(r.ID):
		return nil, failuref(codeInvalidRequest, "the id of a request is a number or a text")
	case m.Version != "2.0":
		return &r, failuref(codeInvalidRequest, `"jsonrpc" must be "2.0"`)
	case r.Method == "" && (m.Result != nil || m.Error != nil):
		return nil, nil
	case r.Method == "":
		return &r, failuref(codeInvalidRequest, "a request needs a method")
	}
	return &r, nil
}

// validID reports whether an id is none, a number or a text.
func validID(id json.RawMessage) bool {
	if id == nil {
		return true
	}
	first := bytes.TrimSpace(id)[0]
	return first == '"' || first == '-' || first >= '0' && first <= '9'
}

// params reads what a request was sent with.
func params[T any](r *request) (T, error) {
	var p T
	if len(r.Params) == 0 {
		return p, failuref(codeInvalidParams, "%s needs params", r.Method)
	}
	if err := json.Unmarshal(r.Params, &p); err != nil {
		return p, failuref(codeInvalidParams, "the params of %s: %v", r.Method, err)
	}
	return p, nil
}
