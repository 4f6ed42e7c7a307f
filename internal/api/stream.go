package api

import (
	"bufio"
	"net/http"
	"time"
)

// streamPause is how long a client may take for a piece of a stream, and the store for what goes into it.
const streamPause = time.Minute

// stream is an answer that is written piece by piece.
type stream struct {
	buffer  *bufio.Writer
	control *http.ResponseController
	began   bool
	w       http.ResponseWriter
	media   string
}

// streamBuffer is how much of a stream is written at once, in bytes. What goes wrong before is told as a problem.
const streamBuffer = 64 << 10

func newStream(w http.ResponseWriter, media string) *stream {
	st := &stream{w: w, media: media, control: http.NewResponseController(w)}
	st.buffer = bufio.NewWriterSize(st, streamBuffer)
	return st
}

// Write hands a piece on.
func (st *stream) Write(p []byte) (int, error) {
	if !st.began {
		st.began = true
		st.w.Header().Set("Content-Type", st.media)
		st.w.Header().Set("Cache-Control", "no-store")
	}
	st.keepOpen()
	return st.w.Write(p)
}

// keepOpen gives the client time for the next piece: a stream may take longer than other answers may.
func (st *stream) keepOpen() {
	_ = st.control.SetWriteDeadline(time.Now().Add(streamPause)) // a connection without deadlines needs none
}

// stream serves a route that answers piece by piece. What goes wrong on the way cuts the connection, so that nobody
// takes a part for the whole.
func (s *Server) stream(rt *route, w http.ResponseWriter, c *call) {
	st := newStream(w, rt.media())
	err := rt.stream(c.request.Context(), s, c, st)
	if err == nil {
		err = st.buffer.Flush()
	}
	switch {
	case err == nil:
	case !st.began:
		s.fail(w, c.request, err)
	default:
		s.log.Warn("a stream broke off", "route", c.request.Pattern, "error", err)
		panic(http.ErrAbortHandler)
	}
}

// media is the media type of a stream.
func (rt *route) media() string {
	text, _ := rt.answers[http.StatusOK].(string)
	return text
}
