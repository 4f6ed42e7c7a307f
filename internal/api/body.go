package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/problem"
)

// MaxBody is how large a body may be, in bytes.
const MaxBody = 1 << 20

// maxBodyDepth is how deep arrays and objects may lie in one another.
const maxBodyDepth = 64

// maxBodyValues is how many values a body may hold: each costs many times its text in memory.
const maxBodyValues = 20_000

// readBody answers the body, after its size, type and encoding were checked. No body at all is nil.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, refuse(http.StatusRequestEntityTooLarge, "the body is larger than %d bytes", large.Limit)
	case err != nil:
		return nil, refuse(http.StatusBadRequest, "the body could not be read to its end")
	case len(bytes.TrimSpace(raw)) == 0:
		return nil, nil
	}
	return raw, checkMedia(r)
}

// checkMedia insists on JSON. That is also what keeps web pages from sending changes across sites: a browser asks
// first before it sends this type.
func checkMedia(r *http.Request) error {
	if enc := r.Header.Get("Content-Encoding"); enc != "" && enc != "identity" {
		return refuse(http.StatusUnsupportedMediaType, "Content-Encoding %q is not taken: send the body as it is", enc)
	}
	media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/json" && (media != "application/merge-patch+json" || r.Method != http.MethodPatch) {
		return refuse(http.StatusUnsupportedMediaType, "send JSON, with the header Content-Type: application/json")
	}
	if c := params["charset"]; c != "" && !strings.EqualFold(c, "utf-8") {
		return refuse(http.StatusUnsupportedMediaType, "charset %q is not taken: JSON is UTF-8", c)
	}
	return nil
}

// decodeBody reads a body against its fields and answers everything that is wrong with it at once: 400 where it is no
// JSON object, 422 where a field is wrong. No body is an empty object.
func decodeBody(raw []byte, fields []field) (ifsev.Data, error) {
	if raw == nil {
		raw = []byte("{}")
	}
	if !utf8.Valid(raw) {
		return nil, refuse(http.StatusBadRequest, "the body is not UTF-8")
	}
	faults, err := scanJSON(raw)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "the body is not JSON: %s", err)
	}
	v, err := ifsev.DecodeJSON(raw)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "the body is not JSON: %s", err)
	}
	body, ok := v.(map[string]any)
	if !ok {
		return nil, refuse(http.StatusBadRequest, "the body must be a JSON object: {…}")
	}
	tidy(body, fields)
	faults = append(faults, checkFields(body, fields)...)
	slices.SortStableFunc(faults, func(a, b problem.At) int { return strings.Compare(a.Pointer, b.Pointer) })
	return body, refuseBody(faults)
}

// scanJSON walks the text once and reports keys that stand twice, of which JSON readers silently take one, and depth.
func scanJSON(raw []byte) ([]problem.At, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	s := scanner{dec: dec}
	if err := s.value("", 0); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("text follows after the JSON value")
	}
	return s.faults, nil
}

type scanner struct {
	dec    *json.Decoder
	faults []problem.At
	values int
}

func (s *scanner) value(at string, depth int) error {
	if depth > maxBodyDepth {
		return errors.New("it is nested too deep")
	}
	if s.values++; s.values > maxBodyValues {
		return fmt.Errorf("it holds more than %d values", maxBodyValues)
	}
	t, err := s.dec.Token()
	if err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return err
	}
	switch t {
	case json.Delim('{'):
		err = s.object(at, depth)
	case json.Delim('['):
		err = s.array(at, depth)
	default:
		return nil
	}
	if err == nil {
		_, err = s.dec.Token() // the closing bracket
	}
	return err
}

func (s *scanner) object(at string, depth int) error {
	seen := map[string]bool{}
	for s.dec.More() {
		t, err := s.dec.Token()
		if err != nil {
			return err
		}
		key, _ := t.(string)
		if seen[key] {
			s.faults = append(s.faults, wrong(at+problem.Pointer(key), "stands here twice"))
		}
		seen[key] = true
		if err := s.value(at+problem.Pointer(key), depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (s *scanner) array(at string, depth int) error {
	for i := 0; s.dec.More(); i++ {
		if err := s.value(at+pointerIndex(i), depth+1); err != nil {
			return err
		}
	}
	return nil
}
