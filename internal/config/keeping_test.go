package config

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ifsev/ifsev/internal/secret"
)

func TestKeeping(t *testing.T) {
	t.Parallel()
	read := func(text string) *Config {
		t.Helper()
		c, problems := Parse("f", []byte(text), testEnv, testFiles)
		if len(problems) > 0 {
			t.Fatal(problems.Text())
		}
		return c
	}
	for text, dir := range map[string]string{
		"":                                   "ifsev-data/backups",
		"store: file:/var/lib/ifsev":         "/var/lib/ifsev/backups",
		"store: file:///var/lib/ifsev":       "/var/lib/ifsev/backups",
		"backup: {dir: /mnt/b}":              "/mnt/b",
		"backup: none":                       "",
		"store: 'memory:'":                   "",
		"store: redis://r\nbackup: {dir: b}": "",
	} {
		if got := read(text).BackupDir(); got != dir {
			t.Errorf("%q: backups in %q, want %q", text, got, dir)
		}
	}
	c := read("")
	if c.Backup != (Backup{Every: time.Hour, Keep: 24}) || c.Retention != (Retention{Closed: 90 * 24 * time.Hour}) || c.Archive.Set() {
		t.Errorf("by default %+v, %+v, %+v", c.Backup, c.Retention, c.Archive)
	}
	c = read("retention: {closed: 7d, delete: true}\nbackup: {every: 10m, keep: 3}")
	if c.Backup != (Backup{Every: 10 * time.Minute, Keep: 3}) || c.Retention != (Retention{Closed: 7 * 24 * time.Hour, Delete: true}) {
		t.Errorf("%+v, %+v", c.Backup, c.Retention)
	}
	c = read("archive: {s3: {endpoint: http://minio:9000/, bucket: b, access_key: '${env:TOKEN}', secret_key: '${env:TOKEN}'}}")
	want := &S3{Endpoint: "http://minio:9000", Bucket: "b", AccessKey: secret.Secret("s3cret-from-env"), SecretKey: secret.Secret("s3cret-from-env")}
	if diff := cmp.Diff(want, c.Archive.S3); diff != "" {
		t.Error(diff)
	}
}
