package redisstate

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// dial answers a client for the address without connecting yet, which counts what it sends.
func dial(a *address, opt Options) (redis.UniversalClient, error) {
	u := options(opt)
	u.Addrs, u.DB, u.Username, u.Password, u.MasterName = a.hosts, a.db, a.user, a.password, a.master
	u.SentinelUsername, u.SentinelPassword = a.sentinelUser, a.sentinelPassword
	if a.tls {
		var err error
		if u.TLSConfig, err = tlsConfig(a); err != nil {
			return nil, err
		}
	}
	if a.form != cluster {
		client := redis.NewUniversalClient(u)
		client.AddHook(counter{})
		return client, nil
	}
	o := u.Cluster()
	o.ClusterStateReloadInterval = reloadInterval
	c := redis.NewClusterClient(o)
	c.OnNewNode(func(node *redis.Client) { node.AddHook(counter{}) })
	return c, nil
}

// reloadInterval is how old what is known of a cluster may grow; after an error it is looked up at once.
const reloadInterval = 10 * time.Second

// options sets every timeout and the retry policy: their defaults change between versions of go-redis. Retrying is
// ours (see do), so that it keeps to one budget and sees the errors.
func options(opt Options) *redis.UniversalOptions {
	return &redis.UniversalOptions{
		ClientName:            "ifsev",
		DisableIdentity:       true, // CLIENT SETINFO, which servers before 7.2 have no right for
		Protocol:              2,
		MaxRetries:            -1,
		MaxRedirects:          3,
		DialTimeout:           500 * time.Millisecond,
		DialerRetries:         1,
		ReadTimeout:           max(time.Second, opt.wait+500*time.Millisecond), // a wait is answered when it is over
		WriteTimeout:          time.Second,
		ContextTimeoutEnabled: true,
		PoolSize:              opt.PoolSize,
		PoolTimeout:           time.Second,
		// Notices of maintenance need RESP3 and a vendor's server.
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	}
}

// tlsConfig reads the files that the address names. The client's certificate is read again for each connection, so that
// one that was renewed is used without a restart. The name that is checked is the host that is dialled.
func tlsConfig(a *address) (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if a.ca != "" {
		text, err := os.ReadFile(a.ca)
		if err != nil {
			return nil, fmt.Errorf("the certificates in the store's URL (ca=) cannot be read: %w", err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("the file %s (ca= in the store's URL) holds no certificate: it must be PEM", a.ca)
		}
	}
	if a.cert == "" {
		return c, nil
	}
	load := func() (*tls.Certificate, error) {
		pair, err := tls.LoadX509KeyPair(a.cert, a.key)
		if err != nil {
			return nil, fmt.Errorf("the client's certificate and key (cert= and key= in the store's URL) cannot be used: %w", err)
		}
		return &pair, nil
	}
	if _, err := load(); err != nil {
		return nil, err
	}
	c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return load() }
	return c, nil
}
