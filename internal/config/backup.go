package config

import (
	"path/filepath"
	"strings"
	"time"

	"github.com/ifsev/ifsev/internal/strictyaml"
)

// Backup says how often an embedded store is copied, and how many copies are kept.
type Backup struct {
	// Off means that it is not.
	Off   bool
	Every time.Duration
	Keep  int
	// Dir is where they are kept; empty means the folder backups within the store's.
	Dir string
}

const (
	defaultBackupEvery = time.Hour
	defaultBackupKeep  = 24
)

func defaultBackup() Backup { return Backup{Every: defaultBackupEvery, Keep: defaultBackupKeep} }

// backup reads `backup: none` or `backup: {every: 1h, keep: 24, dir: …}`.
func (r *reader) backup(n strictyaml.Node) {
	if n.Kind() == strictyaml.Scalar {
		r.config.Backup.Off = r.oneOf(n, "none") == "none"
		return
	}
	o := n.Object(&r.Problems)
	if every := o.Take("every"); every.Exists() {
		if d, ok := every.Duration(&r.Problems); ok && d < time.Minute {
			r.report(every, "backups are made every 1m at the most", "write backup: none for no backups")
		} else if ok {
			r.config.Backup.Every = d
		}
	}
	if keep := o.Take("keep"); keep.Exists() {
		if k, ok := keep.Int(&r.Problems); ok && (k < 1 || k > 1000) {
			r.report(keep, "1 to 1000 backups can be kept", "write backup: none for no backups")
		} else if ok {
			r.config.Backup.Keep = k
		}
	}
	r.config.Backup.Dir = r.text(o.Take("dir"))
	o.Done("backup")
}

// BackupDir is where backups of an embedded store are kept; empty where the store is no file, or is not backed up.
func (c *Config) BackupDir() string {
	dir, ok := strings.CutPrefix(c.Store.Reveal(), "file:")
	switch {
	case !ok || c.Backup.Off:
		return ""
	case c.Backup.Dir != "":
		return c.Backup.Dir
	}
	return filepath.Join(strings.TrimPrefix(dir, "//"), "backups")
}

func backupSchema() *schema {
	return either(words("Makes no backups.", "none"), object(map[string]*schema{
		"every": duration("How often the embedded store is copied; default 1h."), "keep": number("How many copies are kept; default 24."),
		"dir": text("Where they are kept; default the folder backups within the store's."),
	}))
}

func number(doc string) *schema { return &schema{Description: doc, Type: "integer"} }
