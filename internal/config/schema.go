package config

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/ifsev/ifsev/rules/calendar"
	"github.com/ifsev/ifsev/triggers"
)

// Schema answers the JSON Schema (2020-12) of ifsev.yaml, indented, for editors. It knows every key; what stands in one
// place for another (people in rotations, connections of pages) is for Load alone.
func Schema() []byte {
	b, err := json.MarshalIndent(rootSchema(), "", "  ")
	if err != nil {
		panic(fmt.Sprintf("ifsev: %v", err)) // it is made of the package's own tables
	}
	return append(b, '\n')
}

type schema = jsonschema.Schema

func rootSchema() *schema {
	s := object(map[string]*schema{
		"listen": text("Where to listen: HOST:PORT. Default " + DefaultListen + "."), "url": text("The address people use, for links in messages."),
		"store":      text("Where state is kept: file:DIR, redis://…, memory:. Default " + DefaultStore + "."),
		"durability": words("What must be true of a write to Redis before it counts as accepted. Default local; replicated for Sentinel and cluster.", durabilities()...), "rules": texts("Rule files and directories."),
		"timezone": text("The time zone where nothing else names one, such as Europe/Berlin."), "auth": authSchema(),
		"heartbeat": heartbeatSchema(), "synthetic": syntheticSchema(),
		"backup": backupSchema(), "retention": retentionSchema(), "archive": archiveSchema(),
		"severities": numbered("Severities, 1 is the worst.", object(map[string]*schema{
			"name": text("What people call it."), "hint": text("One sentence that helps to choose it."), "planned": boolean("Marks exercises."),
		}, "name")),
		"roles":  texts("Roles beside commander and owner."),
		"fields": named("Custom fields of incidents.", either(words("Its type.", fieldTypes()...), fieldSchema())),
		"people": named("People, by the names rules use.", personSchema()), "rotations": named("Who is on call when.", rotationSchema()),
		"calendars": calendar.Schema(),
		"sources":   named("Tools that post, by the last part of their address.", sourceSchema()), "connections": connectionsSchema(),
		"trusted_proxies": texts("Addresses and ranges of the proxies in front, whose X-Forwarded-For is believed."),
		"outgoing": object(map[string]*schema{
			"allow_private": boolean("Let requests reach private and loopback addresses."), "allow": texts("Hosts and ranges that may be reached all the same."),
		}),
	})
	s.Schema, s.Title = "https://json-schema.org/draft/2020-12/schema", "ifsev configuration"
	return s
}

// object is a map with exactly these keys; nothing at all is an empty one.
func object(keys map[string]*schema, required ...string) *schema {
	slices.Sort(required)
	s := &schema{Types: []string{"object", "null"}, Properties: keys, PropertyOrder: sortedNames(keys), Required: required, AdditionalProperties: nothing()}
	if len(required) > 0 {
		s.Types, s.Type = nil, "object"
	}
	return s
}

func nothing() *schema { return &schema{Not: &schema{}} }

// named is a map from names to values.
func named(doc string, of *schema) *schema {
	return &schema{Description: doc, Types: []string{"object", "null"}, PropertyNames: &schema{Pattern: `^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$`}, AdditionalProperties: of}
}

func numbered(doc string, of *schema) *schema {
	s := named(doc, of)
	s.PropertyNames = &schema{Pattern: "^[1-5]$"}
	return s
}

// text is any scalar: YAML makes a number of 42, and Load takes it as it was written.
func text(doc string) *schema {
	return &schema{Description: doc, Types: []string{"string", "number", "boolean"}}
}

func texts(doc string) *schema {
	return &schema{Description: doc, AnyOf: []*schema{text(""), {Type: "array", Items: text("")}, {Type: "null"}}}
}

func secretText(doc string) *schema {
	return &schema{Description: doc + " Write ${env:NAME} or ${file:/path}.", Type: "string", Pattern: `\$\{(env|file):`}
}

func secretTexts(doc string) *schema {
	one := secretText(doc)
	return either(one, &schema{Type: "array", Items: one, MinItems: jsonschema.Ptr(1)})
}

func boolean(doc string) *schema { return &schema{Description: doc, Type: "boolean"} }

func duration(doc string) *schema {
	return &schema{Description: doc, Type: "string", Pattern: `^([0-9]+(w|d|h|ms|m|s))+$`}
}

func words(doc string, list ...string) *schema {
	s := &schema{Description: doc, Type: "string"}
	for _, w := range list {
		s.Enum = append(s.Enum, w)
	}
	return s
}

func either(all ...*schema) *schema { return &schema{AnyOf: all} }

func authSchema() *schema {
	scope := words("", "read", "respond", "admin")
	token := object(map[string]*schema{
		"name": text("Who acts with it."), "token": secretText("The token; only its hash is kept."),
		"sha256": text("The SHA-256 of the token instead of itself, as `ifsev token` prints it."),
		"scopes": either(scope, &schema{Type: "array", Items: scope, MinItems: jsonschema.Ptr(1)}),
	}, "name", "scopes")
	token.OneOf = []*schema{{Required: []string{"token"}}, {Required: []string{"sha256"}}}
	return either(words("Everybody who reaches the daemon may do everything.", "none"),
		object(map[string]*schema{"tokens": {Type: "array", Items: token}}, "tokens"))
}

func fieldSchema() *schema {
	return object(map[string]*schema{"type": words("Its type.", fieldTypes()...), "values": texts("The only values it may have."), "doc": text("What it is for.")})
}

func personSchema() *schema {
	return object(map[string]*schema{
		"name": text("How people know them."), "email": text("Their mail address."), "slack": text("Their Slack member ID."),
		"pagerduty": text("Their PagerDuty user ID."), "page": text("The connection a page goes through."),
		"notify": object(map[string]*schema{"severity": text("Tell them of every incident that is this or worse.")}),
	})
}

func rotationSchema() *schema {
	override := object(map[string]*schema{"person": text("Who."), "from": text("From when."), "until": text("Until when.")}, "person", "from", "until")
	return object(map[string]*schema{
		"people": texts("Whose turns, in order."), "start": text("The first hand-over, such as 2026-01-05T09:00."), "every": duration("The length of a turn; default 1w."),
		"timezone": text("The zone of its wall clock."), "overrides": {Description: "Who stands in, and when.", Types: []string{"array", "null"}, Items: override},
	}, "people", "start")
}

func sourceSchema() *schema {
	mapping := object(map[string]*schema{"fields": named("Custom fields.", text("An expression."))})
	for _, name := range triggers.MapNames() {
		mapping.Properties[name] = text("An expression.")
	}
	mapping.PropertyOrder = nil
	mapping.PatternProperties = map[string]*schema{`^fields\.`: text("An expression.")}
	return object(map[string]*schema{
		"kind": words("The kind, if the name does not say it.", triggers.Kinds()...), "secret": secretTexts("The bearer token."), "header": text("A header that holds the secret instead of Authorization."),
		"basic": object(map[string]*schema{"user": text("The user."), "password": secretTexts("The password.")}, "user", "password"),
		"hmac":  hmacSchema(), "auth": words("Everybody who reaches the daemon may post.", "none"), "map": mapping,
		"each": text("json: an expression for the list of items."), "declares": text("An expression: does this alert open an incident?"),
		"sheddable": boolean("Its alerts are refused first, with 429, when the store runs out of room."),
		"ttl":       duration("How long an alert counts as firing after its last report."), "group": boolean("alertmanager: one incident for a group of alerts."),
	})
}

func hmacSchema() *schema {
	return object(map[string]*schema{
		"preset": words("A tool whose way of signing is known.", triggers.Presets()...), "secret": secretTexts("The key."), "header": text("The header of the signature."),
		"prefix": text("What stands before the signature."), "encoding": words("", "hex", "base64"), "algorithm": words("", "sha256", "sha1", "sha512"),
		"timestamp": text("The header of the time of signing."), "id": text("The header {id} stands for."),
		"signed": text("What is signed, such as {timestamp}.{body}."), "tolerance": duration("How old a signature may be; default 5m."),
	}, "secret")
}

// connectionsSchema knows the keys of all kinds together: which kind one is may be said by its name.
func connectionsSchema() *schema {
	keys := map[string]*schema{
		"kind": words("The kind, if the name does not say it.", sortedNames(connectionKeys())...), "dry_run": boolean("Write what would be sent to the log instead."),
		"headers": {Description: "Headers of every request.", Types: []string{"object", "null"}, AdditionalProperties: text("")},
		"port":    {Description: "The port; default 587.", Type: "integer"}, "tls": words("How mail is protected.", "starttls", "tls", "none"),
		"token": secretText("The token."), "routing_key": secretText("The integration's key."), "password": secretText("The password."),
		"sign": secretText("The key of Standard Webhooks signatures."),
	}
	for _, kind := range connectionKeys() {
		for _, key := range slices.Concat(kind.need, kind.may) {
			if keys[key] == nil {
				keys[key] = text("")
			}
		}
	}
	return named("Ways to the outside, by the names rules use.", object(keys))
}
