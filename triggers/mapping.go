package triggers

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ifsev/ifsev"
)

// Expression is a compiled expression. Eval must not panic, and must be safe for use by several requests at a time.
type Expression interface {
	Eval(env map[string]any) (any, error)
}

// Options say how the bodies of a source become alerts.
//
// The expressions know: body (the whole of it), item (json) or alert (alertmanager), and headers (by lower-case name,
// without those that may hold secrets). Declares knows those and what came out: severity (int), status, title,
// description, service, key, tags (strings), labels (map of strings) and fields.
type Options struct {
	// Source is the name of the source.
	Source string
	// Each answers the list of items in a body; nil means a list is its items, and anything else one item. Only for json.
	Each Expression
	// Map gives parts of the alert by the names in MapNames, or fields.<name>.
	Map map[string]Expression
	// Declares answers whether an alert opens an incident; nil means each does.
	Declares Expression
	// TTL is how long an alert counts as firing after it was last reported; zero means until it resolves.
	TTL time.Duration
	// Grouped joins all alerts of one Alertmanager group in one incident.
	Grouped bool
	// Severities is the configured scheme, and Fields are the configured fields: values are made what their types say.
	Severities ifsev.Severities
	Fields     []ifsev.FieldSpec
}

// MapNames lists the names Options.Map may hold, beside fields.<name>.
func MapNames() []string {
	return []string{
		"description", "ends_at", "fingerprint", "id", "key", "service", "severity", "starts_at", "status", "tags", "title", "url",
	}
}

// fieldPrefix begins the names of a mapping that set the user's own fields.
const fieldPrefix = "fields."

// Kinds lists the kinds of source.
func Kinds() []string { return []string{"alertmanager", "json"} }

// NewDecoder makes the decoder of a kind. The error says what is wrong with the options.
func NewDecoder(kind string, o Options) (Decoder, error) {
	for name := range o.Map {
		if !slices.Contains(MapNames(), name) && (!strings.HasPrefix(name, fieldPrefix) || name == fieldPrefix) {
			return nil, fmt.Errorf("map has no name %q: it may hold %s and fields.NAME", name, strings.Join(MapNames(), ", "))
		}
	}
	switch kind {
	case "alertmanager":
		if o.Each != nil {
			return nil, fmt.Errorf("each is for sources of the kind json: an Alertmanager body says itself where its alerts are")
		}
		return &alertmanager{o}, nil
	case "json":
		if o.Map["title"] == nil {
			return nil, fmt.Errorf("map.title is missing: write an expression for the title of an incident, such as item.text")
		}
		return &anyJSON{o}, nil
	}
	return nil, fmt.Errorf("there is no kind of source %q: it is one of %s", kind, strings.Join(Kinds(), ", "))
}

// draft is an alert in the making.
type draft struct {
	ifsev.Alert
	// key is Key without the source before it.
	key string
	// report is the tool's own id of this report, if a mapping gives one.
	report string
	// notes tell people what could not be taken; fieldBytes is how much the fields hold.
	notes      []string
	fieldBytes int
	// content is a hash of what was said, where it counts for telling reports apart.
	content string
}

// finish turns a draft into an element: mapped, checked, within the limits, with its ID.
func (o *Options) finish(d draft, env map[string]any, req Request, index int) Element {
	e := Element{}
	err := o.apply(&d, env)
	if err == nil {
		d.complete(o)
		d.identify(o, req, index)
		o.decide(&d, env)
		d.describeNotes()
	} else {
		e.Reason = err.Error()
	}
	e.Alert = d.Alert
	return e
}

// apply evaluates the mapping over the draft. Only what an alert cannot do without is an error; anything else that does
// not fit is left out and noted.
func (o *Options) apply(d *draft, env map[string]any) error {
	for _, name := range sortedNames(o.Map) {
		v, err := o.Map[name].Eval(env)
		if err == nil {
			err = d.set(name, v, o)
		}
		switch {
		case err == nil:
		case d.needs(name, v):
			return fmt.Errorf("map.%s: %w", name, err)
		case !errors.Is(err, errNothing):
			d.note("What map.%s gave was left out: %s.", name, err)
		}
	}
	return nil
}

// needs reports whether there is no alert without this part of the mapping. A status that is not understood is never
// passed over: what the tool says elsewhere may be the contrary.
func (d *draft) needs(name string, v any) bool {
	switch name {
	case "key":
		return true
	case "title":
		return d.Title == ""
	case "status":
		return d.Status == "" || v != nil
	}
	return false
}

// note tells people what could not be taken.
func (d *draft) note(format string, args ...any) {
	d.notes = append(d.notes, oneLine(fmt.Sprintf(format, args...)))
}

// set takes one part of the mapping. What does not fit changes nothing.
func (d *draft) set(name string, v any, o *Options) error {
	switch name {
	case "key":
		return into(&d.key)(toText(v))
	case "fingerprint":
		return into(&d.Fingerprint)(toText(v))
	case "id":
		return into(&d.report)(toText(v))
	case "title":
		return into(&d.Title)(needText(v))
	case "description":
		return into(&d.Description)(toText(v))
	case "service":
		return into(&d.Service)(toText(v))
	case "url":
		return into(&d.URL)(toText(v))
	case "status":
		return into(&d.Status)(toStatus(v))
	case "severity":
		return into(&d.Severity)(toSeverity(v, o.Severities))
	case "tags":
		tags, err := toTags(v)
		if err == nil || len(tags) > 0 {
			d.Tags = tags
		}
		return err
	case "starts_at":
		return into(&d.StartsAt)(toTime(v))
	case "ends_at":
		return into(&d.EndsAt)(toTime(v))
	}
	d.setField(strings.TrimPrefix(name, fieldPrefix), v, o.Fields)
	return nil
}

// into keeps a value where there is no error with it.
func into[T any](to *T) func(T, error) error {
	return func(v T, err error) error {
		if err == nil {
			*to = v
		}
		return err
	}
}

// decide asks whether the alert opens an incident. One of which that cannot be said opens it: better one too many.
func (o *Options) decide(d *draft, env map[string]any) {
	if o.Declares == nil {
		return
	}
	with := map[string]any{
		"severity": int(d.Severity), "status": string(d.Status), "title": d.Title, "description": d.Description,
		"service": d.Service, "key": d.Key, "tags": d.Tags, "labels": d.Labels, "fields": map[string]any(d.Fields),
	}
	for name, v := range env {
		with[name] = v
	}
	v, err := o.Declares.Eval(with)
	yes, ok := v.(bool)
	if err == nil && !ok {
		err = fmt.Errorf("want true or false, got %s", describe(v))
	}
	if err != nil {
		d.note("What declares gave was left out: %s.", err)
		return
	}
	d.RecordOnly = !yes
}
