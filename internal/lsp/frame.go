package lsp

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
)

// The limits of what a client may send, in bytes.
const (
	// MaxContent is the longest message that is read. A longer one is skipped and refused.
	MaxContent = 16 << 20
	// maxSkipped is the longest that is skipped: beyond it the number is taken for a mistake, and the connection ends.
	maxSkipped = 1 << 30
	maxHeader  = 4 << 10
)

// errTooLong says that a message was skipped; what follows it can be read.
var errTooLong = fmt.Errorf("the message is longer than %d bytes", MaxContent)

// frameError is a mistake after which nobody can say where the next message begins.
type frameError struct{ message string }

// Error says what was wrong with the frame.
func (e frameError) Error() string { return e.message }

// frames reads messages with their Content-Length.
type frames struct{ in *bufio.Reader }

// next reads the content of one message. Its errors are io.EOF between messages, errTooLong, a frameError, or what the
// stream answers.
func (f *frames) next() ([]byte, error) {
	length, err := f.header()
	switch {
	case err != nil:
		return nil, err
	case length > maxSkipped:
		return nil, frameError{fmt.Sprintf("Content-Length says %d bytes", length)}
	case length > MaxContent:
		if _, err := io.CopyN(io.Discard, f.in, length); err != nil {
			return nil, unexpected(err)
		}
		return nil, errTooLong
	}
	// The buffer grows with what comes: a length alone costs nothing.
	var content bytes.Buffer
	if _, err := io.CopyN(&content, f.in, length); err != nil {
		return nil, unexpected(err)
	}
	return content.Bytes(), nil
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// header reads the lines before a message and answers its length.
func (f *frames) header() (int64, error) {
	length, read := int64(-1), 0
	for {
		line, err := f.line(maxHeader - read)
		if err != nil {
			if read > 0 {
				return 0, unexpected(err)
			}
			return 0, err
		}
		read += len(line)
		text := strings.TrimRight(line, "\r\n")
		if text == "" {
			break
		}
		name, value, ok := strings.Cut(text, ":")
		if !ok {
			return 0, frameError{fmt.Sprintf("%.40q is no header", text)}
		}
		if !strings.EqualFold(strings.TrimSpace(name), "Content-Length") {
			continue // Content-Type says nothing new: it is always UTF-8
		}
		n, err := strconv.ParseUint(strings.TrimSpace(value), 10, 63)
		if err != nil || length >= 0 {
			return 0, frameError{fmt.Sprintf("%.40q is no length", text)}
		}
		length = int64(n)
	}
	if length < 0 {
		return 0, frameError{"a message has no Content-Length"}
	}
	return length, nil
}

// line reads to the end of a line, but not more than most bytes.
func (f *frames) line(most int) (string, error) {
	var line []byte
	for {
		part, err := f.in.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case len(line) > most:
			return "", frameError{"the header of a message has no end"}
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil && len(line) > 0:
			return "", unexpected(err)
		}
		return string(line), err
	}
}

// writer writes messages, whole ones, from any goroutine.
type writer struct {
	mu  sync.Mutex
	out io.Writer
}

func (w *writer) write(content []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, err := fmt.Fprintf(w.out, "Content-Length: %d\r\n\r\n%s", len(content), content)
	return err
}
