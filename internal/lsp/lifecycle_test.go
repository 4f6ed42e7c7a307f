package lsp_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/ifsev/ifsev/internal/lsp"
)

func TestALifeFromInitializeToExit(t *testing.T) {
	t.Parallel()
	c := start(t, nil)
	if m := c.call("textDocument/hover", map[string]any{}); m.Error == nil || m.Error.Code != -32002 {
		t.Errorf("before initialize: %s", m.raw)
	}
	c.notify("textDocument/didOpen", map[string]any{}) // dropped
	if m := c.call("initialize", map[string]any{"capabilities": map[string]any{}}); !strings.Contains(m.raw, `"positionEncoding":"utf-16"`) {
		t.Errorf("initialize: %s", m.raw)
	}
	if m := c.call("initialize", map[string]any{}); m.Error == nil || m.Error.Code != -32600 {
		t.Errorf("a second initialize: %s", m.raw)
	}
	c.notify("initialized", map[string]any{})
	if m := c.call("shutdown", nil); m.Error != nil || string(m.Result) != "null" {
		t.Errorf("shutdown: %s", m.raw)
	}
	if m := c.call("textDocument/hover", map[string]any{}); m.Error == nil || m.Error.Code != -32600 {
		t.Errorf("after shutdown: %s", m.raw)
	}
	c.notify("exit", nil)
	if err := c.wait(); err != nil {
		t.Errorf("it ended with %v", err)
	}
}

func TestEndsWithoutShutdown(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*client){
		"exit":   func(c *client) { c.notify("exit", nil) },
		"stream": func(c *client) { _ = c.out.Close() },
	} {
		c := initialized(t, nil)
		end(c)
		if err := c.wait(); !errors.Is(err, lsp.ErrNoShutdown) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What is wrong with a message is its sender's affair: it is answered, and the next message is read.
func TestMalformedMessagesAreAnswered(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct {
		content string
		code    int
		id      string
	}{
		"no JSON":            {`{"jsonrpc":`, -32700, "null"},
		"no object":          {`[1]`, -32600, "null"},
		"a batch":            {`[{"jsonrpc":"2.0","id":1,"method":"x"}]`, -32600, "null"},
		"a text":             {`"hello"`, -32600, "null"},
		"another version":    {`{"jsonrpc":"1.0","id":7,"method":"shutdown"}`, -32600, "7"},
		"no method":          {`{"jsonrpc":"2.0","id":8}`, -32600, "8"},
		"method is a number": {`{"jsonrpc":"2.0","id":8,"method":1}`, -32600, "null"},
		"id is a list":       {`{"jsonrpc":"2.0","id":[],"method":"x"}`, -32600, "null"},
		"id is null":         {`{"jsonrpc":"2.0","id":null,"method":"x"}`, -32600, "null"},
		"unknown method":     {`{"jsonrpc":"2.0","id":"a","method":"textDocument/rename","params":{}}`, -32601, `"a"`},
		"no params":          {`{"jsonrpc":"2.0","id":9,"method":"textDocument/hover"}`, -32602, "9"},
		"params are a list":  {`{"jsonrpc":"2.0","id":9,"method":"textDocument/hover","params":[1]}`, -32602, "9"},
		"wrong types":        {`{"jsonrpc":"2.0","id":9,"method":"textDocument/completion","params":{"textDocument":{"uri":7}}}`, -32602, "9"},
		"not open":           {`{"jsonrpc":"2.0","id":9,"method":"textDocument/hover","params":{"textDocument":{"uri":"file:///x.yaml"},"position":{"line":0,"character":0}}}`, -32602, "9"},
		"nothing":            {``, -32700, "null"},
		"deep":               {strings.Repeat("[", 100_000), -32700, "null"},
	} {
		c := initialized(t, nil)
		c.content(one.content)
		m := c.mustRead()
		if m.Error == nil || m.Error.Code != one.code || string(m.ID) != one.id || m.Error.Message == "" {
			t.Errorf("%s: %s", name, m.raw)
		}
		if err := c.end(); err != nil {
			t.Errorf("%s: afterwards it ended with %v", name, err)
		}
	}
}

func TestNotificationsAreNeverAnswered(t *testing.T) {
	t.Parallel()
	c := initialized(t, nil)
	c.notify("$/setTrace", map[string]any{"value": "off"})
	c.notify("something/else", nil)
	c.content(`{"jsonrpc":"2.0","id":"watch","result":null}`) // an answer nobody waits for
	c.content(`{"jsonrpc":"2.0","id":"watch","error":{"code":1,"message":"no"}}`)
	c.notify("textDocument/didSave", map[string]any{})
	if err := c.end(); err != nil || len(c.told) > 0 {
		t.Errorf("%v, %v", err, c.told)
	}
}

// A notification has no answer that could say what is wrong with it; the editor's log does.
func TestMistakenNotificationsAreLogged(t *testing.T) {
	t.Parallel()
	for _, params := range []string{`{"textDocument":{"uri":"file:///x.yaml","version":2},"contentChanges":[]}`, `7`} {
		c := initialized(t, nil)
		c.content(`{"jsonrpc":"2.0","method":"textDocument/didChange","params":` + params + `}`)
		if m := c.mustRead(); m.Method != "window/logMessage" || !strings.Contains(m.raw, "textDocument/didChange") {
			t.Errorf("%s: %s", params, m.raw)
		}
		if err := c.end(); err != nil {
			t.Error(err)
		}
	}
}

// Where nobody can say where the next message begins, the server says so and ends.
func TestBrokenFraming(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"no length":         "Content-Type: x\r\n\r\n{}",
		"no colon":          "hello\r\n\r\n",
		"a negative length": "Content-Length: -1\r\n\r\n",
		"a huge length":     "Content-Length: 99999999999999\r\n\r\n{}",
		"a length too long": "Content-Length: 99999999999999999999999999\r\n\r\n{}",
		"two lengths":       "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
		"no end":            strings.Repeat("x", 10_000),
	} {
		c := initialized(t, nil)
		go func() { _, _ = io.WriteString(c.out, text) }() // it may end before it has read all
		m := c.mustRead()
		if m.Error == nil || m.Error.Code != -32700 || string(m.ID) != "null" {
			t.Errorf("%s: %s", name, m.raw)
		}
		if err := c.wait(); err == nil || errors.Is(err, lsp.ErrNoShutdown) {
			t.Errorf("%s: it ended with %v", name, err)
		}
	}
}

func TestTruncatedMessage(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"Content-Length: 10\r\n\r\n{}", "Content-Length: 1", "Content-Length: 20000000\r\n\r\n{}"} {
		c := initialized(t, nil)
		c.raw(text)
		_ = c.out.Close()
		if err := c.wait(); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// A message beyond the limit is skipped and refused; its length alone takes no memory.
func TestTooLongMessageIsSkipped(t *testing.T) {
	t.Parallel()
	c := initialized(t, nil)
	c.raw(fmt.Sprintf("Content-Length: %d\r\n\r\n", lsp.MaxContent+1))
	c.raw(strings.Repeat(" ", lsp.MaxContent+1))
	if m := c.mustRead(); m.Error == nil || m.Error.Code != -32600 {
		t.Errorf("got %s", m.raw)
	}
	if err := c.end(); err != nil {
		t.Error(err)
	}
}

func TestHeadersOfOthersAreUnderstood(t *testing.T) {
	t.Parallel()
	c := initialized(t, nil)
	body := `{"jsonrpc":"2.0","id":1,"method":"shutdown"}`
	c.raw(fmt.Sprintf("content-length:%d\nContent-Type: application/vscode-jsonrpc; charset=utf-8\n\n%s", len(body), body))
	if m := c.mustRead(); string(m.Result) != "null" {
		t.Errorf("got %s", m.raw)
	}
}

// A request is cancelled as long as it waits: here it waits behind one that is not done, because nobody reads its
// answer.
func TestCancelledRequests(t *testing.T) {
	t.Parallel()
	c := initialized(t, nil)
	for _, id := range []string{"first", "second", "third"} {
		c.send(map[string]any{"id": id, "method": "none"})
	}
	c.notify("$/cancelRequest", map[string]any{"id": "second"})
	c.notify("$/cancelRequest", map[string]any{"id": "gone"})
	c.notify("$/cancelRequest", nil)
	c.notify("$/after", nil) // once it is taken in, those before it have been read
	for _, want := range []int{-32601, -32800, -32601} {
		if m := c.mustRead(); m.Error == nil || m.Error.Code != want {
			t.Errorf("want %d: %s", want, m.raw)
		}
	}
	if err := c.end(); err != nil {
		t.Error(err)
	}
}

func TestAsksToBeToldOfFiles(t *testing.T) {
	t.Parallel()
	c := start(t, nil)
	c.call("initialize", map[string]any{"capabilities": map[string]any{"workspace": map[string]any{"didChangeWatchedFiles": map[string]any{"dynamicRegistration": true}}}})
	c.notify("initialized", map[string]any{})
	if m := c.mustRead(); m.Method != "client/registerCapability" || !strings.Contains(m.raw, "**/*.{yaml,yml}") {
		t.Errorf("got %s", m.raw)
	}
	c.content(`{"jsonrpc":"2.0","id":"watch","result":null}`)
	if err := c.end(); err != nil {
		t.Error(err)
	}
}
