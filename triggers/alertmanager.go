package triggers

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/ifsev/ifsev"
)

// alertmanager decodes the webhook body of Prometheus Alertmanager, version 4, and others of the same shape. It reads
// plain maps and not a struct, so that a field of another type than expected costs that field and not the alert.
type alertmanager struct{ opts Options }

var _ Decoder = (*alertmanager)(nil)

// Decode answers one element for each alert of the group.
func (a *alertmanager) Decode(req Request) ([]Element, error) {
	whole, err := decodeBody(req.Body)
	if err != nil {
		return nil, err
	}
	body, _ := whole.(map[string]any)
	list, ok := body["alerts"].([]any)
	if !ok {
		return nil, errors.New("this is no Alertmanager body: the list alerts is missing; for other JSON use kind: json")
	}
	headers := visibleHeaders(req.Header)
	elements := make([]Element, len(list))
	for i, item := range list {
		elements[i] = a.element(body, item, headers, req, i)
		elements[i].Pointer = "/alerts/" + strconv.Itoa(i)
	}
	return elements, nil
}

func (a *alertmanager) element(body map[string]any, item any, headers map[string]string, req Request, index int) Element {
	alert, ok := item.(map[string]any)
	if !ok {
		return Element{Reason: fmt.Sprintf("an alert must be an object, not %s", describe(item))}
	}
	d, err := a.draft(body, alert)
	if err != nil {
		return Element{Reason: err.Error()}
	}
	if d.StartsAt.IsZero() {
		d.content = contentDigest(item)
	}
	return a.opts.finish(d, map[string]any{"body": body, "alert": item, "headers": headers}, req, index)
}

// draft reads what Alertmanager itself says, before any mapping.
func (a *alertmanager) draft(body, alert map[string]any) (draft, error) {
	labels, notes := texts(alert["labels"]), texts(alert["annotations"])
	d := draft{}
	said := or(textOf(alert["status"]), textOf(body["status"]))
	if err := into(&d.Status)(toStatus(said)); err != nil && a.opts.Map["status"] == nil {
		if said == "" {
			err = errors.New("its status is missing: an alert says firing or resolved, or map.status does")
		}
		return d, err
	}
	if err := into(&d.StartsAt)(toTime(alert["startsAt"])); err != nil {
		d.note("What startsAt said was left out: %s.", err)
	}
	if d.Status == ifsev.AlertIsResolved {
		d.EndsAt, _ = toTime(alert["endsAt"]) // one that cannot be read is as one that was not sent
	}
	d.Labels = labels
	d.Fingerprint = or(textOf(alert["fingerprint"]), labelsDigest(labels))
	d.key = d.Fingerprint
	if group := textOf(body["groupKey"]); a.opts.Grouped && group != "" {
		d.key = group
	}
	d.describe(labels, notes)
	d.Severity, _ = toSeverity(labels["severity"], a.opts.Severities) // of a text there is always one
	d.URL = firstOf(textOf(alert["generatorURL"]), notes["runbook_url"])
	d.noteTruncated(body["truncatedAlerts"])
	return d, nil
}

// describe takes title, description, service and tags from labels and annotations.
func (d *draft) describe(labels, notes map[string]string) {
	d.Title = firstOf(notes["summary"], notes["title"], labels["alertname"], nameless)
	d.Description = notes["description"]
	if runbook := notes["runbook_url"]; runbook != "" {
		d.Description = strings.TrimSpace(d.Description + "\n\nRunbook: " + runbook)
	}
	d.Service = labels["service"]
	d.Tags = append(splitTags(labels["tags"]), splitTags(labels["tag"])...)
	d.Tags = append(d.Tags, labels["service"], labels["team"], labels["component"])
}

// noteTruncated tells people what Alertmanager left out of the group (its max_alerts).
func (d *draft) noteTruncated(v any) {
	if n, ok := v.(int); ok && n > 0 {
		d.Description = strings.TrimSpace(fmt.Sprintf("%s\n\nAlertmanager left %d more alerts of this group out (max_alerts).", d.Description, n))
	}
}

// texts reads an object of scalars; what is no scalar is left out.
func texts(v any) map[string]string {
	m, _ := v.(map[string]any)
	out := make(map[string]string, len(m))
	for name, value := range m {
		if s, err := toText(value); err == nil {
			out[name] = s
		}
	}
	return out
}

func textOf(v any) string {
	s, _ := toText(v) // an object or list has no text
	return strings.TrimSpace(s)
}

// labelsDigest is the identity of an alert where the tool gives none; "" without labels.
func labelsDigest(labels map[string]string) string {
	if len(labels) == 0 {
		return ""
	}
	var b strings.Builder
	for _, name := range sortedNames(labels) {
		fmt.Fprintf(&b, "%d:%s%d:%s", len(name), name, len(labels[name]), labels[name])
	}
	return digest(b.String())
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if strings.TrimSpace(t) != "" {
			return t
		}
	}
	return ""
}
