package api

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/ifsev/ifsev"
)

// object is a part of the document.
type object = map[string]any

// describeAPI makes the OpenAPI document of the routes.
func describeAPI(routes []route, version string) ([]byte, error) {
	doc := &document{schemas: object{}}
	paths := object{}
	for i := range routes {
		rt := &routes[i]
		operation, err := doc.operation(rt)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", rt.method, rt.path, err)
		}
		if paths[rt.path] == nil {
			paths[rt.path] = object{}
		}
		paths[rt.path].(object)[strings.ToLower(rt.method)] = operation
	}
	doc.schemas["Problem"] = problemSchema()
	return json.MarshalIndent(object{
		"openapi": "3.1.0",
		"info": object{
			"title": "ifsev", "version": version,
			"description": "Incidents, and what rules make of them. Errors are problem documents (RFC 9457); times are RFC 3339 in UTC; " +
				"lists come in pages, `next` being the cursor of the page after. An Idempotency-Key is honoured on every POST and PATCH that changes an incident.",
		},
		"paths": paths,
		"components": object{
			"schemas":         doc.schemas,
			"securitySchemes": object{"token": object{"type": "http", "scheme": "bearer"}},
		},
	}, "", " ")
}

type document struct{ schemas object }

func (d *document) operation(rt *route) (object, error) {
	op := object{"operationId": rt.name, "summary": rt.doc}
	if rt.scope == ScopeNone {
		op["security"] = []object{}
	} else {
		op["security"] = []object{{"token": []string{}}}
		op["x-scope"] = rt.scope.String()
	}
	if parameters := parameters(rt); len(parameters) > 0 {
		op["parameters"] = parameters
	}
	if rt.takesBody {
		op["requestBody"] = requestBody(rt)
	}
	responses := object{"default": object{
		"description": "What went wrong.",
		"content":     object{"application/problem+json": object{"schema": refTo("Problem")}},
	}}
	for status, example := range rt.answers {
		response, err := d.response(status, example)
		if err != nil {
			return nil, err
		}
		responses[strconv.Itoa(status)] = response
	}
	op["responses"] = responses
	return op, nil
}

func (d *document) response(status int, example any) (object, error) {
	response := object{"description": http.StatusText(status) + "."}
	if text, ok := example.(string); ok { // another media type than ours
		response["content"] = object{text: object{}}
		return response, nil
	}
	if example == nil {
		return response, nil
	}
	schema, err := d.schema(reflect.TypeOf(example))
	if err == nil {
		response["content"] = object{"application/json": object{"schema": schema}}
	}
	return response, err
}

var pathParameter = regexp.MustCompile(`\{(\w+)\}`)

// pathDocs says what stands in a path.
var pathDocs = map[string]string{
	"id":      "The incident's ID or its number (42 or INC-42); of a delivery, its ID.",
	"name":    "The rule's name.",
	"rule":    "The rule's name.",
	"source":  "The source's name in the configuration.",
	"silence": "The ID of a silence that was added.",
}

func parameters(rt *route) []object {
	var list []object
	for _, m := range pathParameter.FindAllStringSubmatch(rt.path, -1) {
		list = append(list, object{
			"name": m[1], "in": "path", "required": true, "description": pathDocs[m[1]], "schema": object{"type": "string"},
		})
	}
	for i := range rt.query {
		f := &rt.query[i]
		list = append(list, object{
			"name": f.name, "in": "query", "required": f.required, "description": f.doc, "schema": f.schema(),
		})
	}
	if rt.scope == ScopeRespond {
		list = append(list, object{
			"name": "Idempotency-Key", "in": "header", "schema": object{"type": "string", "maxLength": maxIdempotencyKey},
			"description": "The same key with the same body is done once; with another body it is refused with 409.",
		})
	}
	if rt.name == "changeIncident" {
		list = append(list, object{
			"name": "If-Match", "in": "header", "schema": object{"type": "string"},
			"description": "The ETag the change was made for; 412 where the incident has changed since.",
		})
	}
	return list
}

func requestBody(rt *route) object {
	properties, required, needed := object{}, []string{}, false
	for i := range rt.body {
		f := &rt.body[i]
		schema := f.schema()
		schema["description"] = f.doc
		properties[f.name] = schema
		if f.required {
			required, needed = append(required, f.name), true
		}
	}
	schema := object{"type": "object", "properties": properties, "additionalProperties": false}
	if needed {
		schema["required"] = required
	}
	return object{"required": needed, "content": object{"application/json": object{"schema": schema}}}
}

// schema is what a body or query field takes.
func (f *field) schema() object {
	s := object{}
	switch f.kind {
	case ifsev.TypeInt:
		s["type"] = "integer"
		if f.named {
			s["type"] = []string{"integer", "string"}
		}
		if f.most > 0 {
			s["minimum"], s["maximum"] = f.least, f.most
		}
	case ifsev.TypeBool:
		s["type"] = "boolean"
	case ifsev.TypeStrings:
		s["type"], s["items"] = "array", object{"type": "string"}
		if len(f.values) > 0 {
			s["items"] = object{"type": "string", "enum": f.values}
		}
		if f.most > 0 {
			s["maxItems"] = f.most
		}
	case ifsev.TypeMap:
		s["type"] = "object"
		if f.texts {
			s["additionalProperties"] = object{"type": []string{"string", "null"}}
		}
	default:
		s["type"] = "string"
		if f.most > 0 {
			s["maxLength"] = f.most
		}
		if len(f.values) > 0 {
			s["enum"] = f.values
		}
		if f.kind == ifsev.TypeTime {
			s["format"] = "date-time"
		}
	}
	if f.null {
		s["type"] = []any{s["type"], "null"}
	}
	return s
}

func refTo(name string) object { return object{"$ref": "#/components/schemas/" + name} }

// schema puts the schema of a type among the components and answers a reference to it. A page stands for itself.
func (d *document) schema(t reflect.Type) (any, error) {
	if strings.HasPrefix(t.Name(), "Page[") {
		items, _ := t.FieldByName("Items")
		item, err := d.schema(items.Type.Elem())
		return object{
			"type": "object", "required": []string{"items"},
			"properties": object{"items": object{"type": "array", "items": item}, "next": object{"type": "string"}},
		}, err
	}
	if d.schemas[t.Name()] != nil {
		return refTo(t.Name()), nil
	}
	s, err := jsonschema.ForType(t, &jsonschema.ForOptions{TypeSchemas: typeSchemas()})
	if err != nil {
		return nil, err
	}
	listsAreNeverNull(s)
	d.schemas[t.Name()] = s
	return refTo(t.Name()), nil
}

func typeSchemas() map[reflect.Type]*jsonschema.Schema {
	one, five := 1.0, 5.0
	return map[reflect.Type]*jsonschema.Schema{
		reflect.TypeFor[time.Time]():           {Type: "string", Format: "date-time"},
		reflect.TypeFor[ifsev.Severity]():      {Type: "integer", Minimum: &one, Maximum: &five},
		reflect.TypeFor[ifsev.Status]():        {Type: "string", Enum: anys(ifsev.Statuses())},
		reflect.TypeFor[ifsev.EventType]():     {Type: "string", Enum: anys(ifsev.EventTypes())},
		reflect.TypeFor[ifsev.Data]():          {Type: "object"},
		reflect.TypeFor[ifsev.DeliveryState](): {Type: "string"},
	}
}

func anys[T ~string](list []T) []any {
	out := make([]any, len(list))
	for i, v := range list {
		out[i] = string(v)
	}
	return out
}

// listsAreNeverNull takes back what the generator allows because Go would: our lists and maps are never null. Unknown
// members may come in later versions.
func listsAreNeverNull(s *jsonschema.Schema) {
	if s == nil {
		return
	}
	if len(s.Types) == 2 && s.Types[0] == "null" {
		s.Type, s.Types = s.Types[1], nil
	}
	if s.Type == "object" && len(s.Properties) > 0 {
		s.AdditionalProperties = nil
	}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		listsAreNeverNull(s.Properties[name])
	}
	listsAreNeverNull(s.Items)
	listsAreNeverNull(s.AdditionalProperties)
}

func problemSchema() object {
	text := object{"type": "string"}
	return object{
		"type": "object", "required": []string{"type", "title", "status"},
		"properties": object{
			"type": text, "title": text, "status": object{"type": "integer"}, "detail": text,
			"errors": object{"type": "array", "items": object{
				"type": "object", "properties": object{"pointer": text, "detail": text},
			}},
		},
	}
}
