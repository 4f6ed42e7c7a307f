package triggers

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/problem"
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
	place, known := j.place(body, items)
	for i, item := range items {
		d := draft{content: contentDigest(item)}
		elements[i] = j.opts.finish(d, map[string]any{"body": body, "item": item, "headers": headers}, req, i)
		if known {
			elements[i].Pointer = place + "/" + strconv.Itoa(i)
		}
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

// place answers the pointer to the list of items where that stands in the body as it is, and not where an expression
// has made it.
func (j *anyJSON) place(body any, items []any) (pointer string, known bool) {
	if _, list := body.([]any); len(items) == 0 || j.opts.Each == nil && !list {
		return "", false
	}
	parts, known := wayTo(body, items)
	slices.Reverse(parts)
	return problem.Pointer(parts...), known
}

// wayTo looks for a list, not for one that looks like it: the same items may stand in several. Its parts are answered
// from the last to the first.
func wayTo(v any, items []any) (parts []string, found bool) {
	switch v := v.(type) {
	case []any:
		if len(v) == len(items) && &v[0] == &items[0] {
			return nil, true
		}
		for i, one := range v {
			if parts, found = wayTo(one, items); found {
				return append(parts, strconv.Itoa(i)), true
			}
		}
	case map[string]any:
		for name, one := range v {
			if parts, found = wayTo(one, items); found {
				return append(parts, name), true
			}
		}
	}
	return nil, false
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
