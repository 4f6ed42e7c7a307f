package state

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// Rev identifies the state of an incident. It is a hash chain, so a state that was lost and regrown cannot pass for
// the one that was lost, and a changed timeline no longer fits its revisions.
type Rev string

// DocSum is the hash of a document as the chain uses it.
func DocSum(doc []byte) string {
	sum := sha256.Sum256(doc)
	return hex.EncodeToString(sum[:])
}

// Sum is the hash of its document that stands in the timeline.
func (c *Commit) Sum() string {
	if c.DocSum != "" {
		return c.DocSum
	}
	return DocSum(c.Doc)
}

// NextRev is the revision after prev once doc and entries are committed.
func NextRev(prev Rev, doc []byte, entries []Entry) Rev { return chain(prev, DocSum(doc), entries) }

func chain(prev Rev, docSum string, entries []Entry) Rev {
	h := sha256.New()
	_, _ = fmt.Fprintf(h, "%s\n%s\n%d\n", prev, docSum, len(entries)) // a hash's Write never fails
	for _, e := range entries {
		_, _ = fmt.Fprintf(h, "%d:%d:", e.Seq, len(e.Body))
		_, _ = h.Write(e.Body)
	}
	return Rev(hex.EncodeToString(h.Sum(nil)))
}

// Chain follows revisions from the first commit of an incident on. The zero value stands before the first.
type Chain struct {
	head Rev
	n    int
}

// Head is the revision after the pages that were added.
func (c *Chain) Head() Rev { return c.head }

// Add takes the next page, or answers an error that names it if its revision does not fit.
func (c *Chain) Add(p Page) error {
	c.n++
	if want := chain(c.head, p.DocSum, p.Entries); want != p.Rev {
		return fmt.Errorf("the timeline was changed: commit %d%s does not fit its revision", c.n, firstSeq(p))
	}
	c.head = p.Rev
	return nil
}

// Verify follows the chain from the first page of an incident's timeline and answers an error that names the first
// entry whose revision does not fit, or nil. head is the incident's revision; empty is not compared.
func Verify(pages []Page, head Rev) error {
	var c Chain
	for _, p := range pages {
		if err := c.Add(p); err != nil {
			return err
		}
	}
	if head != "" && c.head != head {
		return fmt.Errorf("the timeline was cut: its last revision is %.12s, the incident's is %.12s", c.head, head)
	}
	return nil
}

func firstSeq(p Page) string {
	if len(p.Entries) == 0 {
		return ""
	}
	return fmt.Sprintf(" (entry %d)", p.Entries[0].Seq)
}
