package lsp_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/ifsev/ifsev/internal/daemon"
	"github.com/ifsev/ifsev/internal/lsp"
	"github.com/ifsev/ifsev/rules/ruletest"
)

// client is an editor at the other end of two pipes.
type client struct {
	t      *testing.T
	root   string
	out    *io.PipeWriter
	in     *bufio.Reader
	ended  chan error
	nextID int
	// told are the notifications that came while an answer was waited for.
	told []message
	over bool
}

// message is anything the server sends.
type message struct {
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
	Result json.RawMessage `json:"result"`
	Error  *struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	} `json:"error"`

	raw string
}

// start starts a server for a folder with these files.
func start(t *testing.T, files map[string]string) *client {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	fromClient, toServer := io.Pipe()
	fromServer, toClient := io.Pipe()
	c := &client{t: t, root: root, out: toServer, in: bufio.NewReader(fromServer), ended: make(chan error, 1)}
	go func() {
		err := lsp.Serve(t.Context(), fromClient, toClient, options())
		_ = fromClient.Close()
		_ = toClient.Close()
		c.ended <- err
	}()
	t.Cleanup(func() {
		if !c.over {
			_ = toServer.Close()
			_, _ = io.Copy(io.Discard, c.in)
			if err := <-c.ended; err != nil {
				t.Logf("it ended with %v", err) // as it does without a shutdown
			}
		}
	})
	return c
}

// options are those of the command, without the environment.
func options() lsp.Options {
	none := func(string) (string, bool) { return "", false }
	return lsp.Options{
		Version: "test", RuleFiles: daemon.ReadRules, TestSchema: ruletest.Schema(),
		Surroundings: func(file string, read func(string) ([]byte, error)) lsp.Surroundings {
			s := daemon.ReadSurroundings(file, none, read)
			return lsp.Surroundings{World: s.World, Rules: s.Rules, Known: s.Known, Errors: s.Errors, Warnings: s.Warnings}
		},
	}
}

// initialized starts a server and shakes hands.
func initialized(t *testing.T, files map[string]string) *client {
	t.Helper()
	c := start(t, files)
	c.call("initialize", map[string]any{"capabilities": map[string]any{}})
	c.notify("initialized", map[string]any{})
	return c
}

func (c *client) uri(name string) string {
	return "file://" + filepath.ToSlash(filepath.Join(c.root, name))
}

// raw sends bytes as they are.
func (c *client) raw(text string) {
	c.t.Helper()
	if _, err := io.WriteString(c.out, text); err != nil {
		c.t.Fatal(err)
	}
}

// content sends a content with its header.
func (c *client) content(text string) {
	c.t.Helper()
	c.raw(fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(text), text))
}

func (c *client) send(m map[string]any) {
	c.t.Helper()
	m["jsonrpc"] = "2.0"
	text, err := json.Marshal(m)
	if err != nil {
		c.t.Fatal(err)
	}
	c.content(string(text))
}

func (c *client) notify(method string, params any) {
	c.t.Helper()
	c.send(map[string]any{"method": method, "params": params})
}

// read reads the next message.
func (c *client) read() (message, error) {
	length := -1
	for {
		line, err := c.in.ReadString('\n')
		if err != nil {
			return message{}, err
		}
		if line = strings.TrimSpace(line); line == "" {
			break
		}
		if value, ok := strings.CutPrefix(line, "Content-Length: "); ok {
			length, _ = strconv.Atoi(value)
		}
	}
	content := make([]byte, length)
	if _, err := io.ReadFull(c.in, content); err != nil {
		return message{}, err
	}
	m := message{raw: string(content)}
	return m, json.Unmarshal(content, &m)
}

func (c *client) mustRead() message {
	c.t.Helper()
	m, err := c.read()
	if err != nil {
		c.t.Fatal(err)
	}
	return m
}

// call sends a request and answers its response.
func (c *client) call(method string, params any) message {
	c.t.Helper()
	c.nextID++
	id := strconv.Itoa(c.nextID)
	c.send(map[string]any{"id": c.nextID, "method": method, "params": params})
	for {
		m := c.mustRead()
		if string(m.ID) == id && m.Method == "" {
			return m
		}
		c.told = append(c.told, m)
	}
}

// open opens a document and answers what is said of it.
func (c *client) open(name, content string) []string {
	c.t.Helper()
	c.notify("textDocument/didOpen", map[string]any{"textDocument": map[string]any{
		"uri": c.uri(name), "languageId": "yaml", "version": 1, "text": content,
	}})
	return c.diagnosed(name)
}

// replace replaces the whole of a document.
func (c *client) replace(name string, version int, content string) {
	c.t.Helper()
	c.notify("textDocument/didChange", map[string]any{
		"textDocument": map[string]any{"uri": c.uri(name), "version": version}, "contentChanges": []any{map[string]any{"text": content}},
	})
}

func at(line, character int) string { return fmt.Sprintf("%d:%d", line, character) }

// diagnosed waits for what is said of a document, and answers it line by line: `E line:character-line:character text`.
func (c *client) diagnosed(name string) []string {
	c.t.Helper()
	for {
		m := c.mustRead()
		var p struct {
			URI         string
			Diagnostics []struct {
				Range    struct{ Start, End struct{ Line, Character int } }
				Severity int
				Message  string
			}
		}
		if err := json.Unmarshal(m.Params, &p); m.Method != "textDocument/publishDiagnostics" || err != nil || p.URI != c.uri(name) {
			c.told = append(c.told, m)
			continue
		}
		var lines []string
		for _, d := range p.Diagnostics {
			from, to := d.Range.Start, d.Range.End
			lines = append(lines, fmt.Sprintf("%s %d:%d-%d:%d %s", map[int]string{1: "E", 2: "W"}[d.Severity], from.Line, from.Character, to.Line, to.Character, d.Message))
		}
		return lines
	}
}

// end says good-bye and answers how the server ended.
func (c *client) end() error {
	c.t.Helper()
	c.call("shutdown", nil)
	c.notify("exit", nil)
	return c.wait()
}

// wait waits for the server to end; what it still says is kept.
func (c *client) wait() error {
	c.t.Helper()
	for {
		m, err := c.read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			c.t.Fatal(err)
		}
		c.told = append(c.told, m)
	}
	c.over = true
	_ = c.out.Close()
	return <-c.ended
}
