package calendar

import "github.com/google/jsonschema-go/jsonschema"

// Schemas of the parts of a calendar, as JSON Schema patterns. What days and hours mean together is for Read alone.
const (
	dayPattern   = `(sun|mon|tue|wed|thu|fri|sat)`
	daysPattern  = `^\s*` + dayPattern + `(\s*-\s*` + dayPattern + `)?\s*$`
	clockPattern = `(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)`
	spanPattern  = `^\s*` + clockPattern + `\s*-\s*` + clockPattern + `\s*$`
	datePattern  = `[0-9]{4}-[0-9]{2}-[0-9]{2}`
	everyPattern = `[0-9]{2}-[0-9]{2}`
	dotsPattern  = `\s*(\.\.\.?|…)\s*`
)

// Schema is the JSON Schema of a map of names to calendars.
func Schema() *jsonschema.Schema {
	return &jsonschema.Schema{
		Description: "Business hours by name.", Types: []string{"object", "null"},
		PropertyNames: &jsonschema.Schema{Pattern: namePattern.String()}, AdditionalProperties: calendarSchema(),
	}
}

func calendarSchema() *jsonschema.Schema {
	days, hours := oneOrMore(daysPattern), oneOrMore(spanPattern)
	hours.AnyOf = append(hours.AnyOf, &jsonschema.Schema{
		Type: "object", MinProperties: jsonschema.Ptr(1), PropertyNames: text(daysPattern), AdditionalProperties: oneOrMore(spanPattern),
	})
	of := map[string]*jsonschema.Schema{
		"days": days, "hours": hours, "timezone": {Type: "string"},
		"holidays": {Type: "array", Items: holidaySchema()},
	}
	s := &jsonschema.Schema{Type: "object", Properties: map[string]*jsonschema.Schema{}, AdditionalProperties: never()}
	for _, k := range Keys() {
		of[k.Name].Description = k.Doc
		s.Properties[k.Name] = of[k.Name]
		s.PropertyOrder = append(s.PropertyOrder, k.Name)
	}
	return s
}

func holidaySchema() *jsonschema.Schema {
	every := text(`^` + everyPattern + `(` + dotsPattern + everyPattern + `)?$`)
	every.Description = "A day of every year such as 12-25, or a range such as 12-24..01-01."
	return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{
		text(`^` + datePattern + `(` + dotsPattern + datePattern + `)?$`),
		{
			Type: "object", Required: []string{"every"}, AdditionalProperties: never(),
			Properties: map[string]*jsonschema.Schema{"every": every},
		},
	}}
}

func text(pattern string) *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Pattern: pattern}
}

func oneOrMore(pattern string) *jsonschema.Schema {
	return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{
		text(pattern), {Type: "array", MinItems: jsonschema.Ptr(1), Items: text(pattern)},
	}}
}

func never() *jsonschema.Schema { return &jsonschema.Schema{Not: &jsonschema.Schema{}} }
