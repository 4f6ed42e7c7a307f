//go:build linux || darwin || freebsd

package boltstate

import (
	"fmt"
	"syscall"
)

// diskSpace answers what is free to this user on the disk that holds dir, and how large it is, in bytes.
func diskSpace(dir string) (free, total uint64, err error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, 0, fmt.Errorf("the free space of %s cannot be read: %w", dir, err)
	}
	block := uint64(s.Bsize)                               //nolint:gosec,unconvert // its type differs between systems; it is positive
	return uint64(s.Bavail) * block, s.Blocks * block, nil //nolint:gosec,unconvert // as above
}
