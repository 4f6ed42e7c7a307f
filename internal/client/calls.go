package client

import (
	"cmp"
	"context"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/wire"
)

const api = "/api/v1/"

func incident(id string, more ...string) string {
	path := api + "incidents/" + url.PathEscape(id)
	for _, m := range more {
		path += "/" + m
	}
	return path
}

// ask makes a request and answers what came back. (An answer must not be returned beside the call that fills it: Go
// leaves open which of the two is looked at first.)
func ask[T any](ctx context.Context, c *Client, q call) (T, error) {
	var answer T
	q.into = &answer
	err := c.do(ctx, q)
	return answer, err
}

// Body is what a request says, by the names of the API.
type Body map[string]any

// Declare opens an incident, or answers the active one with the same key; made says which.
func (c *Client) Declare(ctx context.Context, b Body) (inc wire.Incident, made bool, err error) {
	var status int
	inc, err = ask[wire.Incident](ctx, c, call{method: http.MethodPost, path: api + "incidents", body: b, status: &status})
	return inc, status == http.StatusCreated, err
}

// Change makes a merge patch; version is what the incident must be at, 0 for any.
func (c *Client) Change(ctx context.Context, id string, b Body, version int64) (wire.Incident, error) {
	q := call{method: http.MethodPatch, path: incident(id), body: b}
	if version > 0 {
		q.headers = map[string]string{"If-Match": `"` + strconv.FormatInt(version, 10) + `"`}
	}
	return ask[wire.Incident](ctx, c, q)
}

// Do does one of notes, ack, mitigate, close, reopen and tasks.
func (c *Client) Do(ctx context.Context, id, what string, b Body) (wire.Incident, error) {
	return ask[wire.Incident](ctx, c, call{method: http.MethodPost, path: incident(id, what), body: b})
}

// Doctor answers how the daemon is.
func (c *Client) Doctor(ctx context.Context) (wire.Doctor, error) {
	return ask[wire.Doctor](ctx, c, call{method: http.MethodGet, path: api + "doctor"})
}

// Incident answers one incident.
func (c *Client) Incident(ctx context.Context, id string) (wire.Incident, error) {
	return ask[wire.Incident](ctx, c, call{method: http.MethodGet, path: incident(id)})
}

// Incidents answers those a query chooses, page by page until there are limit; more says that there are others.
func (c *Client) Incidents(ctx context.Context, query url.Values, limit int) (found []wire.Incident, more bool, err error) {
	const page = 200
	// One more is asked for: a page that is full may have a cursor although nothing is behind it.
	found, err = gather(query, limit+1, page, func(q url.Values) (wire.Page[wire.Incident], error) {
		return ask[wire.Page[wire.Incident]](ctx, c, call{method: http.MethodGet, path: api + "incidents", query: q})
	})
	return found[:min(limit, len(found))], len(found) > limit, err
}

// Timeline answers every event of an incident.
func (c *Client) Timeline(ctx context.Context, id string) ([]wire.Entry, error) {
	const page, most = 1000, 1_000_000
	return gather(url.Values{}, most, page, func(q url.Values) (wire.Page[wire.Entry], error) {
		return ask[wire.Page[wire.Entry]](ctx, c, call{method: http.MethodGet, path: incident(id, "timeline"), query: q})
	})
}

func gather[T any](query url.Values, limit, page int, get func(url.Values) (wire.Page[T], error)) ([]T, error) {
	all := []T{}
	for len(all) < limit {
		query.Set("limit", strconv.Itoa(min(page, limit-len(all))))
		p, err := get(query)
		if err != nil {
			return nil, err
		}
		all = append(all, p.Items...)
		if p.Next == "" {
			break
		}
		query.Set("cursor", p.Next)
	}
	return all, nil
}

// Explain answers why the rules, or one of them, did or did not fire.
func (c *Client) Explain(ctx context.Context, id, rule string) (wire.Explanation, error) {
	query := url.Values{}
	if rule != "" {
		query.Set("rule", rule)
	}
	return ask[wire.Explanation](ctx, c, call{method: http.MethodGet, path: incident(id, "explain"), query: query})
}

// Plan answers what happens next to an incident if nothing else does.
func (c *Client) Plan(ctx context.Context, id string) (wire.Plan, error) {
	return ask[wire.Plan](ctx, c, call{method: http.MethodGet, path: incident(id, "plan")})
}

// CancelPlan cancels what a rule has pending on an incident, in somebody's name (empty: the token's), and answers the
// plan that is left.
func (c *Client) CancelPlan(ctx context.Context, id, rule, by string) (wire.Plan, error) {
	query := url.Values{}
	if by != "" {
		query.Set("by", by)
	}
	return ask[wire.Plan](ctx, c, call{method: http.MethodDelete, path: incident(id, "plan", url.PathEscape(rule)), query: query})
}

// Export answers a stream of everything that was recorded, of one incident if it is named, or of those declared since
// an instant if that is not zero. Whoever reads it closes it.
func (c *Client) Export(ctx context.Context, id string, since time.Time) (io.ReadCloser, error) {
	query := url.Values{}
	if id != "" {
		query.Set("incident", id)
	}
	if !since.IsZero() {
		query.Set("since", since.UTC().Format(time.RFC3339Nano))
	}
	return c.open(ctx, call{method: http.MethodGet, path: api + "export", query: query})
}

// Verify answers whether a timeline is as it was written.
func (c *Client) Verify(ctx context.Context, id string) (wire.Chain, error) {
	return ask[wire.Chain](ctx, c, call{method: http.MethodGet, path: incident(id, "verify")})
}

// DeliveryFilter chooses deliveries; empty fields match everything.
type DeliveryFilter struct {
	Incident, Rule string
	State          ifsev.DeliveryState
	Limit          int
}

// Deliveries answers what waits, is in flight, is being retried or is dead; of one incident also what was delivered, if
// that state is asked for.
func (c *Client) Deliveries(ctx context.Context, f DeliveryFilter) ([]wire.Delivery, error) {
	found, _, err := c.ListDeliveries(ctx, f)
	return found, err
}

// ListDeliveries answers what Deliveries does, page by page until there are f.Limit (1000 where that is 0), and whether
// there may be more.
func (c *Client) ListDeliveries(ctx context.Context, f DeliveryFilter) (found []wire.Delivery, more bool, err error) {
	const page = 1000
	query := url.Values{}
	for name, value := range map[string]string{"incident": f.Incident, "rule": f.Rule, "state": string(f.State)} {
		if value != "" {
			query.Set(name, value)
		}
	}
	found, err = gather(query, cmp.Or(f.Limit, page), page, func(q url.Values) (wire.Page[wire.Delivery], error) {
		p, err := ask[wire.Page[wire.Delivery]](ctx, c, call{method: http.MethodGet, path: api + "deliveries", query: q})
		more = p.Next != ""
		return p, err
	})
	return found, more, err
}

// Rule answers a rule of the loaded set; one that is not there is an error that names the nearest.
func (c *Client) Rule(ctx context.Context, name string) (wire.Rule, error) {
	return ask[wire.Rule](ctx, c, call{method: http.MethodGet, path: api + "rules/" + url.PathEscape(name)})
}

// RetryDelivery sends a dead delivery again.
func (c *Client) RetryDelivery(ctx context.Context, id string) (wire.Delivery, error) {
	return ask[wire.Delivery](ctx, c, call{method: http.MethodPost, path: api + "deliveries/" + url.PathEscape(id) + "/retry"})
}

// DropDelivery forgets a dead delivery.
func (c *Client) DropDelivery(ctx context.Context, id string) error {
	return c.do(ctx, call{method: http.MethodPost, path: api + "deliveries/" + url.PathEscape(id) + "/drop"})
}

// Silences answers the silences that are not over.
func (c *Client) Silences(ctx context.Context) ([]wire.Silence, error) {
	p, err := ask[wire.Page[wire.Silence]](ctx, c, call{method: http.MethodGet, path: api + "silences"})
	return p.Items, err
}

// AddSilence holds rules back for a time.
func (c *Client) AddSilence(ctx context.Context, b Body) (wire.Silence, error) {
	return ask[wire.Silence](ctx, c, call{method: http.MethodPost, path: api + "silences", body: b})
}

// EndSilence ends a silence that was added.
func (c *Client) EndSilence(ctx context.Context, id, by string) error {
	query := url.Values{}
	if by != "" {
		query.Set("by", by)
	}
	return c.do(ctx, call{method: http.MethodDelete, path: api + "silences/" + url.PathEscape(id), query: query})
}
