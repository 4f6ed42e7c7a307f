package triggers

import (
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
		err = o.decide(&d, env)
	}
	if err != nil {
		e.Reason = err.Error()
	}
	e.Alert = d.Alert
	return e
}

// apply evaluates the mapping over the draft.
func (o *Options) apply(d *draft, env map[string]any) error {
	for _, name := range sortedNames(o.Map) {
		v, err := o.Map[name].Eval(env)
		if err != nil {
			return fmt.Errorf("map.%s: %w", name, err)
		}
		if err := d.set(name, v, o); err != nil {
			return fmt.Errorf("map.%s: %w", name, err)
		}
	}
	return nil
}

func (d *draft) set(name string, v any, o *Options) (err error) {
	switch name {
	case "key":
		d.key, err = needText(v)
	case "fingerprint":
		d.Fingerprint, err = needText(v)
	case "id":
		d.report, err = needText(v)
	case "title":
		d.Title, err = needText(v)
	case "description":
		d.Description, err = toText(v)
	case "service":
		d.Service, err = toText(v)
	case "url":
		d.URL, err = toText(v)
	case "status":
		d.Status, err = toStatus(v)
	case "severity":
		d.Severity, err = toSeverity(v, o.Severities)
	case "tags":
		d.Tags, err = toTags(v)
	case "starts_at":
		d.StartsAt, err = toTime(v)
	case "ends_at":
		d.EndsAt, err = toTime(v)
	default:
		d.setField(strings.TrimPrefix(name, fieldPrefix), v, o.Fields)
	}
	return err
}

// decide asks whether the alert opens an incident.
func (o *Options) decide(d *draft, env map[string]any) error {
	if o.Declares == nil {
		return nil
	}
	with := map[string]any{
		"severity": int(d.Severity), "status": string(d.Status), "title": d.Title, "description": d.Description,
		"service": d.Service, "key": d.Key, "tags": d.Tags, "labels": d.Labels, "fields": map[string]any(d.Fields),
	}
	for name, v := range env {
		with[name] = v
	}
	v, err := o.Declares.Eval(with)
	if err != nil {
		return fmt.Errorf("declares: %w", err)
	}
	yes, ok := v.(bool)
	if !ok {
		return fmt.Errorf("declares: want true or false, got %s", describe(v))
	}
	d.RecordOnly = !yes
	return nil
}
