package triggers

import (
	"maps"
	"slices"
)

// presets is how known tools sign, by name.
func presets() map[string]HMACOptions {
	return map[string]HMACOptions{
		"checkly":   {Header: "X-Checkly-Signature"},
		"github":    {Header: "X-Hub-Signature-256", Prefix: "sha256="},
		"grafana":   {Header: "X-Grafana-Alerting-Signature"},
		"pagerduty": {Header: "X-PagerDuty-Signature", Prefix: "v1="},
		"sentry":    {Header: "Sentry-Hook-Signature"},
		"slack": {
			Header: "X-Slack-Signature", Prefix: "v0=", Timestamp: "X-Slack-Request-Timestamp", Signed: "v0:{timestamp}:{body}",
		},
		"standard-webhooks": {
			Header: "Webhook-Signature", Prefix: "v1,", Encoding: "base64", Timestamp: "Webhook-Timestamp", ID: "Webhook-Id",
			Signed: "{id}.{timestamp}.{body}", Base64Secret: true,
		},
		"stripe": {Header: "Stripe-Signature", Prefix: "v1=", TimestampPrefix: "t=", Signed: "{timestamp}.{body}"},
	}
}

// Presets lists the names Preset knows, sorted.
func Presets() []string { return slices.Sorted(maps.Keys(presets())) }

// Preset answers how a known tool signs.
func Preset(name string) (HMACOptions, bool) {
	o, ok := presets()[name]
	return o, ok
}

// WithTimestamp answers the options with a header that holds the time of signing, as Grafana can be told to send.
func (o HMACOptions) WithTimestamp(header string) HMACOptions {
	o.Timestamp = header
	if o.Signed == "" && o.Header == presets()["grafana"].Header {
		o.Signed = "{timestamp}:{body}"
	}
	return o
}
