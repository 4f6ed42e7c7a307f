//go:build unix

package boltstate

import (
	"os"
	"syscall"
)

// handOver gives what root has made to the user and group that own something else; anybody else's it leaves as it is.
func handOver(path string, owner os.FileInfo, chown func(uid, gid int) error) error {
	want, ok := owner.Sys().(*syscall.Stat_t)
	if !ok || os.Geteuid() != 0 {
		return nil
	}
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if is, ok := info.Sys().(*syscall.Stat_t); ok && is.Uid == want.Uid && is.Gid == want.Gid || want.Uid == 0 {
		return nil
	}
	if err := chown(int(want.Uid), int(want.Gid)); err != nil {
		return cannotGive(path, int(want.Uid), err)
	}
	return nil
}

func belongsToRoot(info os.FileInfo) bool {
	s, ok := info.Sys().(*syscall.Stat_t)
	return ok && s.Uid == 0
}
