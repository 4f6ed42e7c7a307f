package redisstate

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/ifsev/ifsev/state"
)

// pageHead stands in front of a page's bodies: a line of JSON, then the bodies as they were committed, byte for byte,
// because the chain of revisions is made of them.
type pageHead struct {
	Rev    state.Rev `json:"rev"`
	DocSum string    `json:"doc"`
	// Entries holds the seq and the length of each body.
	Entries [][2]int64 `json:"entries,omitempty"`
}

func encodePage(rev state.Rev, doc []byte, entries []state.Entry) ([]byte, error) {
	return encodeSummed(rev, state.DocSum(doc), entries)
}

func encodeSummed(rev state.Rev, docSum string, entries []state.Entry) ([]byte, error) {
	head := pageHead{Rev: rev, DocSum: docSum}
	for _, e := range entries {
		head.Entries = append(head.Entries, [2]int64{e.Seq, int64(len(e.Body))})
	}
	page, err := json.Marshal(head)
	if err != nil {
		return nil, err
	}
	page = append(page, '\n')
	for _, e := range entries {
		page = append(page, e.Body...)
	}
	return page, nil
}

var errPage = errors.New("a page of the timeline is damaged")

// decodePage reads a page as the timeline holds it: <last seq> <entries> <page>.
func decodePage(stored string) (state.Page, error) {
	b := []byte(stored)
	start := bytes.IndexByte(b, '{')
	line := bytes.IndexByte(b, '\n')
	if start < 0 || line < start {
		return state.Page{}, errPage
	}
	var head pageHead
	if err := json.Unmarshal(b[start:line], &head); err != nil {
		return state.Page{}, fmt.Errorf("%w: %w", errPage, err)
	}
	page := state.Page{Rev: head.Rev, DocSum: head.DocSum}
	rest := b[line+1:]
	for _, e := range head.Entries {
		if e[1] < 0 || e[1] > int64(len(rest)) {
			return state.Page{}, errPage
		}
		page.Entries = append(page.Entries, state.Entry{Seq: e[0], Body: rest[:e[1]:e[1]]})
		rest = rest[e[1]:]
	}
	if len(rest) > 0 {
		return state.Page{}, errPage
	}
	return page, nil
}
