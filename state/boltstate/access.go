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

func (a *access) Get(t kv.Table, key []byte) []byte { return a.bucket(t).Get(key) }

func (a *access) Scan(t kv.Table, from []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(k, v []byte) bool) {
		c := a.bucket(t).Cursor()
		for k, v := c.Seek(from); k != nil; k, v = c.Next() {
			if !yield(k, v) {
				return
			}
		}
	}
}

func (a *access) Put(t kv.Table, key, value []byte) { a.written(a.bucket(t).Put(key, value)) }

func (a *access) Delete(t kv.Table, key []byte) { a.written(a.bucket(t).Delete(key)) }

func (a *access) written(err error) {
	a.wrote = true
	if a.err == nil {
		a.err = err
	}
}
