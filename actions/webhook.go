package actions

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/ifsev/ifsev"
)

// jsonOutputLimit is the longest answer that is kept decoded: it lives in the incident's document.
const jsonOutputLimit = 16 << 10

func webhookKind() kind {
	return kind{perform: performWebhook, spec: ifsev.ActionSpec{
		Kind:       "webhook",
		Doc:        "Sends an HTTP request to a connection or an address; the same Idempotency-Key and webhook-id go with every attempt, and a connection's `sign` adds a Standard Webhooks signature.",
		Example:    "webhook: {to: status, path: /incidents, json: {title: \"${title}\", severity: \"${severity}\"}}",
		Connection: ConnectionWebhook,
		Args: []ifsev.FieldSpec{
			{Name: "to", Type: ifsev.TypeString, Names: ifsev.NamesConnection, Doc: "The connection to use; it may be left out if there is one, or if url is given."},
			{Name: "url", Type: ifsev.TypeString, Doc: "An address instead of a connection; for one that is a secret or needs a header that is, configure a connection."},
			{Name: "path", Type: ifsev.TypeString, Doc: "A path below the connection's address; it is escaped for you and cannot lead above that address."},
			{Name: "query", Type: ifsev.TypeMap, Doc: "Parameters to add to the address, by name."},
			{Name: "method", Type: ifsev.TypeString, Doc: "The method; POST if it is left out."},
			{Name: "headers", Type: ifsev.TypeMap, Doc: "Headers to send, by name; those of the connection go over them."},
			{Name: "json", Type: ifsev.TypeAny, Doc: "The body as a value that is sent as JSON; without json and body the incident itself is sent."},
			{Name: "body", Type: ifsev.TypeString, Doc: "The body as text, instead of json."},
		},
		Outputs: []ifsev.FieldSpec{
			{Name: "status", Type: ifsev.TypeInt, Doc: "The status of the answer."},
			{Name: "body", Type: ifsev.TypeString, Doc: "The answer as text, its first 4 KiB."},
			{Name: "json", Type: ifsev.TypeAny, Doc: "The answer decoded, if it is JSON of at most 16 KiB."},
		},
		Retry: retryMessages(),
	}}
}

// checkWebhook says what a connection of the kind lacks.
func (l *link) checkWebhook() error {
	if l.address == nil {
		return errors.New("url is missing: a connection of kind webhook needs the address to send to")
	}
	return nil
}

func performWebhook(ctx context.Context, s *Sender, a Attempt) (ifsev.Receipt, *ifsev.Failure) {
	in := argsOf(a.Delivery)
	l, f := s.webhookTarget(in)
	if f != nil {
		return ifsev.Receipt{}, f
	}
	r := request{
		method: strings.ToUpper(in.or("method", http.MethodPost)), name: l.Name,
		address: below(in, l.address, in.text("path"), in.textMap("query")), header: http.Header{},
	}
	s.webhookBody(in, a.Delivery, &r)
	for name, value := range in.textMap("headers") {
		if err := checkHeader(name, value); err != nil {
			in.complain("headers", "%s", err.Error())
		}
		r.header.Set(name, value)
	}
	if in.wrong != nil {
		return ifsev.Receipt{}, in.wrong
	}
	return l.post(ctx, a, r)
}

// post sends a request the way of a webhook connection, signed if it has a key.
func (l *link) post(ctx context.Context, a Attempt, r request) (ifsev.Receipt, *ifsev.Failure) {
	l.header(r.header)
	if l.key != nil {
		sign(r.header, l.key, a.Delivery.ID, a.Now, r.body)
	}
	ans, f := l.out.send(ctx, a, r)
	if f != nil {
		return ifsev.Receipt{}, f
	}
	outputs := ifsev.Data{"status": ans.status, "body": ans.text}
	if v, err := ifsev.DecodeJSON(ans.body); err == nil && !ans.cut && len(ans.body) <= jsonOutputLimit {
		outputs["json"] = v
	}
	return ifsev.Receipt{Status: ans.status, Summary: l.Name + " answered " + statusText(ans.status), Outputs: outputs}, nil
}

// webhookTarget answers the connection that is meant, or one made for an address a rule gives: without secrets.
func (s *Sender) webhookTarget(in *args) (*link, *ifsev.Failure) {
	to, address := in.text("to"), in.text("url")
	if to != "" && address != "" {
		in.complain("url", "give a connection with to, or an address with url, not both")
	}
	if strings.Contains(to, "://") {
		to, address = "", to
	}
	if in.wrong != nil || address == "" {
		if in.wrong != nil {
			return nil, in.wrong
		}
		return s.pick(ConnectionWebhook, to)
	}
	u, err := parseAddress(address)
	if err != nil {
		in.complain("url", "%s", err.Error())
		return nil, in.wrong
	}
	return &link{Connection: Connection{Name: u.Hostname(), Kind: ConnectionWebhook}, address: u, out: s.plain}, nil
}

// below joins a path and a query to a base address. The path may hold anything an event held, so it is escaped, and a
// segment that would lead upwards is refused: what stands beside the base is not for this rule.
func below(in *args, base *url.URL, path string, query map[string]string) *url.URL {
	u := *base
	if path != "" {
		for _, segment := range strings.Split(path, "/") {
			if segment == ".." || segment == "." {
				in.complain("path", "it may not hold %s", segment)
			}
		}
		path = "/" + strings.TrimPrefix(path, "/")
		// Both spellings, so that a base such as /projects/group%2Fname stays as it was written.
		u.RawPath = strings.TrimSuffix(u.EscapedPath(), "/") + (&url.URL{Path: path}).EscapedPath()
		u.Path = strings.TrimSuffix(u.Path, "/") + path
	}
	if len(query) > 0 {
		values := u.Query()
		for name, value := range query {
			values.Set(name, value)
		}
		u.RawQuery = values.Encode()
	}
	return &u
}

// webhookBody chooses the body: json, body, or, where the method has one, the incident.
func (s *Sender) webhookBody(in *args, d ifsev.Delivery, r *request) {
	switch {
	case in.has("json") && in.has("body"):
		in.complain("body", "give json or body, not both")
	case in.has("json"):
		r.setJSON(in, in.data["json"])
	case in.has("body"):
		r.body = []byte(in.text("body"))
		r.header.Set("Content-Type", "text/plain; charset=utf-8")
	case r.method != http.MethodGet && r.method != http.MethodHead && r.method != http.MethodDelete:
		r.setJSON(in, s.envelope(d))
	}
}

// setJSON makes v the body. It is encoded as a tree, so no value can break out of its place.
func (r *request) setJSON(in *args, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		in.complain("json", "it cannot be written as JSON")
	}
	r.body = body
	r.header.Set("Content-Type", "application/json")
}
