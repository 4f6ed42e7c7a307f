package redisstate

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// dial answers a client for the URL without connecting yet:
//
//	redis://[user:password@]host:port/DB, rediss://…        one server
//	redis+sentinel://[…@]host:port,host:port/MASTER/DB      the master that Sentinel names
//	redis+cluster://[…@]host:port,host:port                 a cluster
//
// Its errors never hold the URL, which may hold a password.
func dial(raw string, opt Options) (redis.UniversalClient, error) {
	scheme, rest, _ := strings.Cut(raw, "://")
	switch scheme {
	case "redis", "rediss":
		return dialSingle(raw, opt)
	case "redis+sentinel", "redis+cluster":
		return dialMany(scheme, rest, opt)
	}
	return nil, fmt.Errorf("store %q: want redis://host:port/DB, rediss://…, redis+sentinel://host:port,host:port/MASTER/DB or redis+cluster://host:port,host:port", scheme+"://…")
}

func dialSingle(raw string, opt Options) (redis.UniversalClient, error) {
	o, err := redis.ParseURL(raw)
	if err != nil {
		return nil, fmt.Errorf("the store's URL cannot be read (%s): write it like redis://host:6379/0", reason(err))
	}
	u := options(opt)
	u.Addrs, u.DB, u.Username, u.Password, u.TLSConfig = []string{o.Addr}, o.DB, o.Username, o.Password, o.TLSConfig
	return connect(u), nil
}

// connect answers the client, which counts what it sends.
func connect(u *redis.UniversalOptions) redis.UniversalClient {
	client := redis.NewUniversalClient(u)
	if c, ok := client.(*redis.ClusterClient); ok {
		c.OnNewNode(func(node *redis.Client) { node.AddHook(counter{}) })
	} else {
		client.AddHook(counter{})
	}
	return client
}

// reason is what was wrong with a URL, without the URL.
func reason(err error) string {
	var ue *url.Error
	if errors.As(err, &ue) {
		return "bad syntax"
	}
	return strings.TrimPrefix(err.Error(), "redis: ")
}

func dialMany(scheme, rest string, opt Options) (redis.UniversalClient, error) {
	u := options(opt)
	if at := strings.LastIndex(rest, "@"); at >= 0 {
		user, err := url.Parse("redis://" + rest[:at] + "@host")
		if err != nil || user.User == nil {
			return nil, errors.New("the user and password in the store's URL cannot be read: write %40 for @, %2F for / and %3A for : in them")
		}
		u.Username = user.User.Username()
		u.Password, _ = user.User.Password()
		rest = rest[at+1:]
	}
	hosts, path, _ := strings.Cut(rest, "/")
	u.Addrs = strings.Split(hosts, ",")
	for _, a := range u.Addrs {
		if host, port, ok := strings.Cut(a, ":"); !ok || host == "" || port == "" {
			return nil, fmt.Errorf("store %s://…: want host:port,host:port after it, got %q", scheme, a)
		}
	}
	if scheme == "redis+cluster" {
		if path != "" {
			return nil, fmt.Errorf("store %s://…: a cluster has no databases: leave out /%s", scheme, path)
		}
		u.IsClusterMode = true
		return connect(u), nil
	}
	return dialSentinel(path, u)
}

func dialSentinel(path string, u *redis.UniversalOptions) (redis.UniversalClient, error) {
	master, db, _ := strings.Cut(path, "/")
	if master == "" {
		return nil, errors.New("store redis+sentinel://…: the name of the master is missing: redis+sentinel://host:26379,host:26379/MASTER/0")
	}
	u.MasterName = master
	if db != "" {
		n, err := strconv.Atoi(db)
		if err != nil || n < 0 {
			return nil, fmt.Errorf("store redis+sentinel://…/%s/%s: the database is a number from 0", master, db)
		}
		u.DB = n
	}
	return connect(u), nil
}

// options sets every timeout and the retry policy: their defaults change between versions of go-redis. Retrying is
// ours (see do), so that it keeps to one budget and sees the errors.
func options(opt Options) *redis.UniversalOptions {
	return &redis.UniversalOptions{
		ClientName:            "ifsev",
		Protocol:              2,
		MaxRetries:            -1,
		MaxRedirects:          5,
		DialTimeout:           500 * time.Millisecond,
		DialerRetries:         1,
		ReadTimeout:           time.Second,
		WriteTimeout:          time.Second,
		ContextTimeoutEnabled: true,
		PoolSize:              opt.PoolSize,
		PoolTimeout:           time.Second,
		// Notices of maintenance need RESP3 and a vendor's server.
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	}
}
