package triggers

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/ifsev/ifsev"
)

// deliveryHeaders are the headers in which senders name a delivery; it stays the same when they send it again.
func deliveryHeaders() []string {
	return []string{
		"Idempotency-Key", "Webhook-Id", "Svix-Id", "X-Github-Delivery", "X-Gitlab-Event-Uuid", "X-Honeycomb-Webhook-Delivery-Id",
		"X-Amz-Sns-Message-Id", "X-Atlassian-Webhook-Identifier", "X-Shopify-Webhook-Id", "Ce-Id",
	}
}

// deliveryID answers the sender's own name for the delivery; "" if it has none.
func deliveryID(h http.Header) string {
	for _, name := range deliveryHeaders() {
		if id := strings.TrimSpace(h.Get(name)); id != "" {
			if name == "Ce-Id" {
				id = h.Get("Ce-Source") + " " + id // CloudEvents ids are unique only within their source
			}
			return name + ":" + id
		}
	}
	return ""
}

// sameReport is how long two reports that look alike in everything, and carry no id and no time, count as one sent
// twice, and for how long after an alert has turned what was known before still counts as that. It is short: taking a
// second failure for a repetition of the first would lose it.
const sameReport = 10 * time.Second

// identify makes the ID and says how far it goes. A report sent again has the same one: known by the id a mapping gives,
// the sender's name of the delivery, when the alert started, or, in want of all these, by looking the same within a
// short time. Alert and status are always part of it, so that a sender who uses one id for everything still has both
// taken. Only the first two name a report and no other; the rest can be said anew once the alert has turned.
func (d *draft) identify(o *Options, req Request, index int) {
	alert := []string{o.Source, d.Key, d.Fingerprint, string(d.Status)}
	id := func(parts ...string) string { return ifsev.DerivedID("alr", append(alert, parts...)...) }
	delivery := deliveryID(req.Header)
	d.Repetition = ifsev.Repetition{Renews: d.TTL > 0}
	switch {
	case d.report != "":
		d.ID = id("id", d.report)
	case delivery != "":
		d.ID = id("delivery", delivery, strconv.Itoa(index))
		d.Renews = false
	case !d.StartsAt.IsZero():
		d.ID = id("starts", stamp(d.StartsAt), stamp(d.ended()), d.content)
		d.Recurs, d.Late = true, sameReport
	default:
		// Nobody knows when a stretch of time begins: what came in the one before is the same still.
		stretch := req.At.UnixNano() / int64(sameReport)
		d.ID = id("like", d.content, strconv.FormatInt(stretch, 10))
		d.Earlier = id("like", d.content, strconv.FormatInt(stretch-1, 10))
		d.Recurs = true
	}
}

// ended is when a resolved alert ended: that tells a second end from the first one sent again.
func (d *draft) ended() time.Time {
	if d.Status == ifsev.AlertIsResolved {
		return d.EndsAt
	}
	return time.Time{}
}

func stamp(at time.Time) string { return at.UTC().Format(time.RFC3339Nano) }

// digest answers a short hash of a text.
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}

// nameless is the title of an alert that says nothing people could read.
const nameless = "Alert without a name"

// complete fills in what is still missing and brings everything within the limits of an incident: a tool that sends a
// long text must not lose its alert for it.
func (d *draft) complete(o *Options) {
	d.Source = o.Source
	d.Status = or(d.Status, ifsev.AlertIsFiring)
	d.Severity = or(d.Severity, 3)
	if d.Status == ifsev.AlertIsFiring {
		d.TTL = o.TTL
	}
	d.Title = or(clip(oneLine(d.Title), ifsev.MaxTitle), nameless)
	d.key = or(d.key, or(d.Fingerprint, digest(d.Title)))
	d.Fingerprint = shortKey(or(d.Fingerprint, d.key))
	d.Key = shortKey(o.Source + ":" + oneLine(d.key))
	d.Description = strings.TrimSpace(clip(d.Description, ifsev.MaxText-maxNotes-2))
	d.Service = clip(oneLine(d.Service), ifsev.MaxTitle)
	d.Tags = limitTags(d.Tags)
	d.Labels = limitLabels(d.Labels)
	if !strings.HasPrefix(d.URL, "https://") && !strings.HasPrefix(d.URL, "http://") || len(d.URL) > 2000 {
		d.URL = "" // no link that a console could run
	}
}

// maxNotes is how much of the notes is told.
const maxNotes = 2000

// describeNotes puts the notes below the description.
func (d *draft) describeNotes() {
	d.Description = strings.TrimSpace(d.Description + "\n\n" + clip(strings.Join(d.notes, "\n"), maxNotes))
}

// oneLine makes every run of blanks and control characters one space.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
}

// shortKey keeps a key within its limit; the end of a longer one is replaced by its hash.
func shortKey(key string) string {
	if len(key) <= ifsev.MaxKeyLength {
		return key
	}
	return strings.ToValidUTF8(key[:ifsev.MaxKeyLength-20], "") + "…" + digest(key)
}

func limitTags(tags []string) []string {
	short := make([]string, 0, len(tags))
	for _, t := range tags {
		short = append(short, clip(oneLine(t), ifsev.MaxTagLength))
	}
	short = ifsev.CleanTags(short)
	return short[:min(len(short), ifsev.MaxTags)]
}

// The most labels of an alert, and the longest value of one.
const (
	maxLabels     = 100
	maxLabelValue = 1000
)

func limitLabels(labels map[string]string) map[string]string {
	if len(labels) == 0 {
		return nil
	}
	out := map[string]string{}
	for _, name := range sortedNames(labels) {
		if len(out) == maxLabels {
			break
		}
		out[clip(name, ifsev.MaxTagLength)] = clip(labels[name], maxLabelValue)
	}
	return out
}

func sortedNames[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
