package lsp

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

// What is written is read again, whatever it holds.
func TestFramesThereAndBack(t *testing.T) {
	t.Parallel()
	var stream bytes.Buffer
	w := writer{out: &stream}
	contents := []string{"{}", "", "ä🚒", "a\r\n\r\nContent-Length: 5\r\n\r\n", strings.Repeat("x", 100_000)}
	for _, content := range contents {
		if err := w.write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	f := frames{bufio.NewReaderSize(&stream, maxHeader)}
	for _, want := range contents {
		if got, err := f.next(); err != nil || string(got) != want {
			t.Fatalf("got %.20q, %v, want %.20q", got, err, want)
		}
	}
	if _, err := f.next(); !errors.Is(err, io.EOF) {
		t.Errorf("at the end: %v", err)
	}
}

// Any bytes end in an error, sooner or later; what is read before is no longer than what came, and is answered.
func FuzzFrames(f *testing.F) {
	for _, seed := range []string{
		"", "Content-Length: 2\r\n\r\n{}", "Content-Length: 2\n\n{}Content-Length: 0\n\n", "Content-Length: -1\r\n\r\n", "\r\n\r\n", ":\r\n\r\n", "Content-Length: 9999999999\r\n\r\n",
		"Content-Length: 46\r\n\r\n{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\"}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, stream []byte) {
		in := frames{bufio.NewReaderSize(bytes.NewReader(stream), maxHeader)}
		read := 0
		for {
			content, err := in.next()
			if err != nil {
				break
			}
			if read += len(content); read > len(stream) {
				t.Fatalf("%d bytes of %d", read, len(stream))
			}
			if _, wrong := parse(content); wrong != nil && (wrong.Code == 0 || wrong.Message == "") {
				t.Fatalf("%q is refused without a word", content)
			}
		}
	})
}
