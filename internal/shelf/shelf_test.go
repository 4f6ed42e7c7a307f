package shelf

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// page is a piece that is a text.
type page struct {
	text  string
	check error
}

func piece() page { return page{text: strings.Repeat("x", 10_000)} }

func (p page) Write(_ context.Context, w io.Writer) error {
	_, err := io.WriteString(w, p.text)
	return err
}

func (p page) Check(r io.Reader) error {
	body, err := io.ReadAll(r)
	if err == nil && string(body) != p.text {
		err = errors.New("another text")
	}
	return errors.Join(err, p.check)
}

func TestFolder(t *testing.T) {
	t.Parallel()
	f := Folder{Dir: t.TempDir() + "/deep/archive"}
	name, err := Keep(t.Context(), f, piece(), time.Unix(10, 0))
	if err != nil || !strings.HasPrefix(name, "incidents-19700101T000010Z-") {
		t.Fatalf("%s, %v", name, err)
	}
	if body, err := f.Get(t.Context(), name); err != nil || len(body) == 0 {
		t.Errorf("%d bytes, %v", len(body), err)
	}
}

func TestFolderProbe(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(dir+"/file", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, fine := range map[string]bool{"": true, "/new/archive": true, "/file": false, "/file/archive": false} {
		if err := (Folder{Dir: dir + path}).Probe(t.Context()); (err == nil) != fine {
			t.Errorf("%s: %v", path, err)
		}
	}
	if left, err := os.ReadDir(dir + "/new/archive"); err != nil || len(left) != 0 {
		t.Errorf("%v, %v: what was tried is left", left, err)
	}
}

func TestNamesThatAreMadeDurable(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for path, want := range map[string][]string{
		dir:                       {filepath.Dir(dir)},
		dir + "/new":              {dir},
		dir + "/new/":             {dir},
		dir + "/far/down/archive": {dir + "/far/down", dir + "/far", dir},
		"archive":                 {"."},
	} {
		if got := namedIn(path); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
}

// forgetful is a shelf that spoils what it is given.
type forgetful struct{ err error }

func (f forgetful) Put(context.Context, string, []byte) error { return f.err }
func (f forgetful) Get(context.Context, string) ([]byte, error) {
	return []byte("something else"), nil
}
func (f forgetful) Probe(context.Context) error { return f.err }

func TestWhatIsNotKeptIsSaid(t *testing.T) {
	t.Parallel()
	if _, err := Keep(t.Context(), forgetful{}, piece(), time.Unix(10, 0)); err == nil || !strings.Contains(err.Error(), "is not what was written") {
		t.Errorf("%v", err)
	}
	if _, err := Keep(t.Context(), forgetful{io.ErrShortWrite}, piece(), time.Unix(10, 0)); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("%v", err)
	}
	cut := piece()
	cut.check = io.ErrUnexpectedEOF
	if _, err := Keep(t.Context(), Folder{Dir: t.TempDir()}, cut, time.Unix(10, 0)); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%v", err)
	}
}

// A bucket is spoken to as S3 is: objects by PUT and GET under /bucket/prefix, signed.
func TestBucket(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	objects := map[string][]byte{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=key/") {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		w.Header().Set("ETag", `"e"`)
		w.Header().Set("Last-Modified", time.Unix(1e9, 0).UTC().Format(http.TimeFormat))
		if r.Method == http.MethodPut {
			body, _ := io.ReadAll(r.Body)
			if n := r.Header.Get("X-Amz-Decoded-Content-Length"); n != "" { // in chunks, each with its signature
				_, body = cutLine(body)
				body, _ = splitChunk(body, n)
			}
			objects[r.URL.Path] = body
			return
		}
		_, _ = w.Write(objects[r.URL.Path])
	}))
	t.Cleanup(server.Close)
	b, err := NewBucket(server.URL, "bucket", "", "pre/", "key", "secret")
	if err != nil {
		t.Fatal(err)
	}
	name, err := Keep(t.Context(), b, piece(), time.Unix(10, 0))
	if err != nil {
		t.Fatal(err)
	}
	if len(objects["/bucket/pre/"+name]) == 0 {
		t.Errorf("it is not there: %d objects", len(objects))
	}
	if err := b.Probe(t.Context()); err != nil || len(objects["/bucket/pre/"+probeName]) == 0 {
		t.Errorf("%v", err)
	}
	b, err = NewBucket(server.URL, "bucket", "", "", "", "")
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Probe(t.Context()); err == nil {
		t.Error("a bucket that refuses can be written")
	}
	if _, err := Keep(t.Context(), b, piece(), time.Unix(10, 0)); err == nil {
		t.Error("kept without a key")
	}
}

func cutLine(b []byte) (line, rest []byte) {
	before, after, _ := strings.Cut(string(b), "\r\n")
	return []byte(before), []byte(after)
}

func splitChunk(b []byte, length string) (body, rest []byte) {
	n := 0
	for _, c := range length {
		n = n*10 + int(c-'0')
	}
	return b[:n], b[n:]
}
