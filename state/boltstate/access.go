package boltstate

import (
	"iter"

	bolt "go.etcd.io/bbolt"

	"github.com/ifsev/ifsev/state/internal/kv"
)

// access is a transaction as package kv sees it.
type access struct {
	tx      *bolt.Tx
	buckets [256]*bolt.Bucket
	wrote   bool
	err     error // the first write that failed
}

func (a *access) bucket(t kv.Table) *bolt.Bucket {
	if a.buckets[t] == nil {
		a.buckets[t] = a.tx.Bucket([]byte(t.String()))
	}
	return a.buckets[t]
}

// Get answers the value under the key, nil if there is none; it is valid within the transaction.
func (a *access) Get(t kv.Table, key []byte) []byte {
	if b := a.bucket(t); b != nil {
		return b.Get(key)
	}
	return nil // a table that the program that wrote the file did not know, and nobody made since
}

// Scan goes through a table from a key on, in the order of the keys.
func (a *access) Scan(t kv.Table, from []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(k, v []byte) bool) {
		b := a.bucket(t)
		if b == nil {
			return
		}
		c := b.Cursor()
		for k, v := c.Seek(from); k != nil; k, v = c.Next() {
			if !yield(k, v) {
				return
			}
		}
	}
}

// Put writes a value; an error is kept for the end of the transaction.
func (a *access) Put(t kv.Table, key, value []byte) { a.written(a.bucket(t).Put(key, value)) }

// Delete takes a key away; one that is not there is no error.
func (a *access) Delete(t kv.Table, key []byte) { a.written(a.bucket(t).Delete(key)) }

func (a *access) written(err error) {
	a.wrote = true
	if a.err == nil {
		a.err = err
	}
}
