package config

import (
	"net/url"
	"strings"
	"time"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/ifsev/ifsev/internal/secret"
	"github.com/ifsev/ifsev/internal/strictyaml"
)

// Retention says how long what is over is kept in the store.
type Retention struct {
	// Closed is how long closed and invalid incidents stay after the last that happened to them.
	Closed time.Duration
	// Delete lets them be deleted without an archive. Without it and without an archive they stay for ever.
	Delete bool
}

const defaultRetention = 90 * 24 * time.Hour

// Archive says where incidents go before they are deleted; the zero value is nowhere.
type Archive struct {
	// Dir is a folder.
	Dir string
	// S3 is a bucket; nil for none.
	S3 *S3
}

// S3 is a bucket of anything that speaks as Amazon's S3 does.
type S3 struct {
	// Endpoint is an address such as https://s3.eu-central-1.amazonaws.com, without a path.
	Endpoint, Bucket, Region string
	// Prefix stands before every name.
	Prefix               string
	AccessKey, SecretKey secret.Secret
}

// Set reports whether there is an archive.
func (a Archive) Set() bool { return a.Dir != "" || a.S3 != nil }

// retention reads `retention: {closed: 90d}`.
func (r *reader) retention(n strictyaml.Node) {
	o := n.Object(&r.Problems)
	if closed := o.Take("closed"); closed.Exists() {
		if d, ok := closed.Duration(&r.Problems); ok && d < time.Hour {
			r.report(closed, "closed incidents stay for 1h at least", "people reopen them, and ask about them")
		} else if ok {
			r.config.Retention.Closed = d
		}
	}
	without := o.Take("delete")
	r.config.Retention.Delete, _ = without.Bool(&r.Problems)
	o.Done("retention")
	r.checks = append(r.checks, func() {
		if r.config.Retention.Delete && r.config.Archive.Set() {
			r.report(without, "there is an archive, and what is in it is deleted anyway", "leave out delete: true: it means deleting without an archive")
		}
	})
}

// archive reads `archive: {dir: …}` or `archive: {s3: {…}}`.
func (r *reader) archive(n strictyaml.Node) {
	if !n.Exists() {
		return
	}
	o := n.Object(&r.Problems)
	dir, bucket := o.Take("dir"), o.Take("s3")
	r.config.Archive.Dir = r.text(dir)
	if bucket.Exists() {
		r.config.Archive.S3 = r.s3(bucket)
	}
	o.Done("archive")
	if dir.Exists() == bucket.Exists() {
		r.report(n, "archive needs either dir or s3", "write archive: {dir: /var/lib/ifsev/archive}, or archive: {s3: {endpoint: …, bucket: …}}")
	}
}

func (r *reader) s3(n strictyaml.Node) *S3 {
	r.hideUnknown(n, "endpoint", "bucket", "region", "prefix")
	o := n.Object(&r.Problems)
	endpoint, bucket := o.Take("endpoint"), o.Take("bucket")
	s := &S3{
		Endpoint: strings.TrimRight(r.text(endpoint), "/"), Bucket: r.text(bucket), Region: r.text(o.Take("region")), Prefix: r.text(o.Take("prefix")),
		AccessKey: r.secret(o.Take("access_key"), "AWS_ACCESS_KEY_ID"), SecretKey: r.secret(o.Take("secret_key"), "AWS_SECRET_ACCESS_KEY"),
	}
	o.Done("s3")
	u, err := url.Parse(s.Endpoint)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.Path != "" || u.User != nil || u.RawQuery != "" {
		where := n
		if endpoint.Exists() {
			where = endpoint
		}
		r.report(where, "s3 needs an endpoint such as https://s3.eu-central-1.amazonaws.com", "the bucket has a key of its own")
	}
	if s.Bucket == "" {
		r.report(n, "s3 needs a bucket", "")
	}
	if (s.AccessKey == "") != (s.SecretKey == "") {
		r.report(n, "s3 needs access_key and secret_key, or neither where requests are not signed", "")
	}
	return s
}

func retentionSchema() *schema {
	return object(map[string]*schema{
		"closed": duration("How long closed and invalid incidents stay after the last that happened to them; default 90d. Nothing is deleted without an archive, unless delete says so."),
		"delete": boolean("Delete them without an archive."),
	})
}

func archiveSchema() *schema {
	bucket := object(map[string]*schema{
		"endpoint": text("The address, such as https://s3.eu-central-1.amazonaws.com."), "bucket": text("The bucket."), "region": text("The region; default us-east-1."),
		"prefix": text("What stands before every name."), "access_key": secretText("The key's ID."), "secret_key": secretText("The key."),
	}, "endpoint", "bucket")
	s := object(map[string]*schema{"dir": text("A folder closed incidents are written to before they are deleted."), "s3": bucket})
	s.Types, s.Type, s.MinProperties, s.MaxProperties = nil, "object", jsonschema.Ptr(1), jsonschema.Ptr(1)
	return s
}
