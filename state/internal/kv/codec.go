package kv

import (
	"bytes"
	"encoding/binary"
	"time"

	"github.com/ifsev/ifsev"
)

// key builds keys whose order is that of their parts. Each method answers a new slice, so that several keys may be
// made from one beginning.
type key []byte

func (k key) grow(n int) key {
	grown := make(key, len(k), len(k)+n)
	copy(grown, k)
	return grown
}

func (k key) byte(b byte) key { return append(k.grow(1), b) }

func (k key) part(p ifsev.Partition) key { return k.byte(byte(p)) }

func (k key) number(n int64) key {
	return binary.BigEndian.AppendUint64(k.grow(8), uint64(n)^1<<63) // the sign turned, so that -1 comes before 1
}

func (k key) instant(at time.Time) key {
	return binary.BigEndian.AppendUint32(k.number(at.Unix()), uint32(at.Nanosecond()))
}

// text appends s so that no text is the beginning of another: a zero byte becomes 0 255, the end is 0 0.
func (k key) text(s string) key {
	out := k.grow(len(s) + 2)
	for i := range len(s) {
		if out = append(out, s[i]); s[i] == 0 {
			out = append(out, 255)
		}
	}
	return append(out, 0, 0)
}

func (k key) begins(other []byte) bool { return bytes.HasPrefix(other, k) }

// beyond is the smallest key above all that begin with k.
func (k key) beyond() key {
	out := k.grow(0)
	for i := len(out) - 1; i >= 0; i-- {
		if out[i]++; out[i] != 0 {
			return out[:i+1]
		}
	}
	return nil
}

// reader takes keys and records apart; bad is set when something is missing.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) take(n int) []byte {
	if n < 0 || len(r.b) < n {
		r.b, r.bad = nil, true
		return make([]byte, min(max(n, 0), 12)) // enough for every fixed part
	}
	taken := r.b[:n:n]
	r.b = r.b[n:]
	return taken
}

func (r *reader) byte() byte { return r.take(1)[0] }

func (r *reader) part() ifsev.Partition { return ifsev.Partition(r.byte()) }

func (r *reader) number() int64 { return int64(binary.BigEndian.Uint64(r.take(8)) ^ 1<<63) }

func (r *reader) instant() time.Time {
	seconds := r.number()
	return time.Unix(seconds, int64(binary.BigEndian.Uint32(r.take(4)))).UTC()
}

func (r *reader) text() string {
	var out []byte
	for {
		i := bytes.IndexByte(r.b, 0)
		if i < 0 || i+1 >= len(r.b) {
			r.b, r.bad = nil, true
			return ""
		}
		out = append(out, r.b[:i]...)
		end := r.b[i+1]
		r.b = r.b[i+2:]
		if end == 0 {
			return string(out)
		}
		out = append(out, 0)
	}
}

// record builds values: the parts of a key, and bytes with their length before them.
type record = key

func (k key) bytes(b []byte) record {
	out := binary.AppendUvarint(k.grow(len(b)+binary.MaxVarintLen64), uint64(len(b)))
	return append(out, b...)
}

// bytes answers the next bytes, which still belong to the record.
func (r *reader) bytes() []byte {
	n, size := binary.Uvarint(r.b)
	if size <= 0 || n > uint64(len(r.b)-size) {
		r.b, r.bad = nil, true
		return nil
	}
	r.b = r.b[size:]
	return r.take(int(n))
}
