package boltstate

import bolt "go.etcd.io/bbolt"

// Writes answers a number that grows with every write, so that it can be seen whether there were any.
func (s *Store) Writes() int {
	n := 0
	_ = s.file.db.View(func(tx *bolt.Tx) error { n = tx.ID(); return nil }) // of a closed store it is 0
	return n
}
