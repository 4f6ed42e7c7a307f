package triggers

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/ifsev/ifsev"
)

// anyJSON decodes any JSON through a mapping of expressions.
type anyJSON struct{ opts Options }

var _ Decoder = (*anyJSON)(nil)

// Decode evaluates the mapping over each item of the body.
func (j *anyJSON) Decode(req Request) ([]Element, error) {
	body, err := decodeBody(req.Body)
	if err != nil {
		return nil, err
	}
	headers := visibleHeaders(req.Header)
	items, err := j.items(body, headers)
	if err != nil {
		return nil, err
	}
	elements := make([]Element, len(items))
	for i, item := range items {
		d := draft{content: contentDigest(item)}
		elements[i] = j.opts.finish(d, map[string]any{"body": body, "item": item, "headers": headers}, req, i)
		elements[i].Pointer = j.pointer(body, i)
	}
	return elements, nil
}

func (j *anyJSON) items(body any, headers map[string]string) ([]any, error) {
	v := body
	if j.opts.Each != nil {
		var err error
		if v, err = j.opts.Each.Eval(map[string]any{"body": body, "headers": headers}); err != nil {
			return nil, fmt.Errorf("each: %w", err)
		}
	}
	switch list := v.(type) {
	case []any:
		return list, nil
	case nil:
		if j.opts.Each != nil {
			return nil, nil
		}
	}
	if j.opts.Each != nil {
		return nil, fmt.Errorf("each: want a list of items, got %s", describe(v))
	}
	return []any{body}, nil
}

// pointer answers where an item stands; behind an expression nobody knows, so it is the whole body.
func (j *anyJSON) pointer(body any, i int) string {
	if _, list := body.([]any); list && j.opts.Each == nil {
		return "/" + strconv.Itoa(i)
	}
	return ""
}

// decodeBody reads JSON, with or without the byte order mark some tools put before it.
func decodeBody(body []byte) (any, error) {
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, errors.New("the body is empty")
	}
	v, err := ifsev.DecodeJSON(body)
	if err == nil {
		return v, nil
	}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return nil, fmt.Errorf("the body is not JSON: %w at byte %d", err, syntax.Offset)
	}
	return nil, fmt.Errorf("the body is not JSON: %w", err)
}

// visibleHeaders are the headers a mapping may read: those that may hold a secret are left out, because what a
// mapping reads ends up in titles and timelines.
func visibleHeaders(h http.Header) map[string]string {
	out := map[string]string{}
	for name, values := range h {
		lower := strings.ToLower(name)
		if len(values) > 0 && !mayHoldSecret(lower) {
			out[lower] = values[0]
		}
	}
	return out
}

func mayHoldSecret(name string) bool {
	for _, part := range []string{"auth", "cookie", "signature", "secret", "token", "password", "key", "credential"} {
		if strings.Contains(name, part) {
			return true
		}
	}
	return false
}

func contentDigest(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return digest(string(b))
}
