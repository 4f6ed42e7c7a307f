package shelf

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/url"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// Bucket is a Shelf in anything that speaks as Amazon's S3 does.
type Bucket struct {
	client *minio.Client
	// once is the same client, and tries nothing again.
	once         *minio.Client
	name, prefix string
}

var _ Shelf = (*Bucket)(nil)

// NewBucket answers the bucket at an endpoint such as https://s3.example.com; without keys requests are not signed. It
// connects to nothing yet.
func NewBucket(endpoint, name, region, prefix, accessKey, secretKey string) (*Bucket, error) {
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" {
		return nil, errors.New("the endpoint of the archive is no address")
	}
	if region == "" {
		region = "us-east-1"
	}
	o := &minio.Options{Secure: u.Scheme == "https", Region: region}
	if accessKey != "" {
		o.Creds = credentials.NewStaticV4(accessKey, secretKey, "")
	}
	client, err := minio.New(u.Host, o)
	if err != nil {
		return nil, err
	}
	single := *o
	single.MaxRetries = 1
	once, err := minio.New(u.Host, &single)
	if err != nil {
		return nil, err
	}
	return &Bucket{client, once, name, prefix}, nil
}

// Put sends the object.
func (b *Bucket) Put(ctx context.Context, name string, body []byte) error {
	return b.put(ctx, b.client, name, "application/gzip", body)
}

func (b *Bucket) put(ctx context.Context, with *minio.Client, name, kind string, body []byte) error {
	o := minio.PutObjectOptions{ContentType: kind, SendContentMd5: true}
	_, err := with.PutObject(ctx, b.name, b.prefix+name, bytes.NewReader(body), int64(len(body)), o)
	return err
}

// Get fetches it.
func (b *Bucket) Get(ctx context.Context, name string) ([]byte, error) {
	return b.get(ctx, b.client, name)
}

func (b *Bucket) get(ctx context.Context, with *minio.Client, name string) ([]byte, error) {
	object, err := with.GetObject(ctx, b.name, b.prefix+name, minio.GetObjectOptions{})
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(object)
	return body, errors.Join(err, object.Close())
}

// probeName is the object a probe puts. It stays: the keys need not be allowed to delete.
const probeName = "probe.txt"

// Probe puts a small object, always the same, and gets it.
func (b *Bucket) Probe(ctx context.Context) error {
	want := []byte("ifsev looks whether it may put and get objects here.\n")
	if err := b.put(ctx, b.once, probeName, "text/plain", want); err != nil {
		return err
	}
	got, err := b.get(ctx, b.once, probeName)
	if err == nil && !bytes.Equal(got, want) {
		err = errors.New("what is read again is not what was written")
	}
	return err
}
