package triggers

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/ifsev/ifsev/internal/problem"
)

// readBody reads the body as it was sent.
func readBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, problem.New(http.StatusRequestEntityTooLarge, fmt.Sprintf("the body is larger than %d bytes: send fewer alerts at a time", limit))
	case err != nil:
		return nil, problem.New(http.StatusBadRequest, "the body could not be read to its end")
	}
	return body, nil
}

// unpack undoes the compression. What grows beyond the limit or beyond ratio times its size is refused.
func unpack(body []byte, encoding string, limit int64, ratio int) ([]byte, error) {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "", "identity":
		return body, nil
	case "gzip", "x-gzip":
	default:
		return nil, problem.New(http.StatusUnsupportedMediaType, fmt.Sprintf("the content encoding %q is not known: send gzip or nothing", clip(encoding, 40)))
	}
	zr, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, problem.New(http.StatusBadRequest, "the body is not gzip, as its content encoding says")
	}
	most := min(limit, max(int64(len(body))*int64(ratio), 4096))
	out, err := io.ReadAll(io.LimitReader(zr, most+1))
	if err != nil {
		return nil, problem.New(http.StatusBadRequest, "the compressed body is broken")
	}
	if int64(len(out)) > most {
		return nil, problem.New(http.StatusRequestEntityTooLarge, "the body grows too much when it is decompressed: send fewer alerts at a time")
	}
	return out, nil
}

// checkType accepts JSON and what tools send JSON as; none at all counts as JSON.
func checkType(header string) error {
	if header == "" {
		return nil
	}
	kind, params, err := mime.ParseMediaType(header)
	if err == nil && utf8Charset(params["charset"]) {
		switch {
		case kind == "application/json", kind == "text/json", kind == "text/plain", strings.HasSuffix(kind, "+json"):
			return nil
		}
	}
	return problem.New(http.StatusUnsupportedMediaType, fmt.Sprintf("the content type %q is not JSON: send it with Content-Type: application/json", clip(header, 80)))
}

func utf8Charset(name string) bool {
	switch strings.ToLower(name) {
	case "", "utf-8", "utf8", "us-ascii":
		return true
	}
	return false
}

// checkShape counts depth and values before anything is made of them. It trusts nothing else: what is no JSON is found
// by the decoder.
func checkShape(body []byte, maxDepth, maxNodes int) error {
	depth, nodes, quoted := 0, 1, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
			nodes++
		case c == '}' || c == ']':
			depth--
		case c == ',':
			nodes++
		}
		if depth > maxDepth {
			return problem.New(http.StatusUnprocessableEntity, fmt.Sprintf("the JSON is nested deeper than %d levels", maxDepth))
		}
		if nodes > maxNodes {
			return problem.New(http.StatusUnprocessableEntity, fmt.Sprintf("the JSON holds more than %d values: send fewer alerts at a time", maxNodes))
		}
	}
	return nil
}

// clip shortens a text to so many characters.
func clip(s string, most int) string {
	runes := []rune(s)
	if len(runes) <= most {
		return s
	}
	return string(runes[:most-1]) + "…"
}
