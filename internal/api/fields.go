package api

import (
	"fmt"

	"github.com/ifsev/ifsev"
)

// The bodies and queries of the routes.

func statusNames() []string {
	var names []string
	for _, s := range ifsev.Statuses() {
		names = append(names, string(s))
	}
	return names
}

func byField() field {
	return field{name: "by", kind: ifsev.TypeString, most: ifsev.MaxTagLength, doc: "Who does it; the token's name where it is left out."}
}

func reasonField() field {
	return field{name: "reason", kind: ifsev.TypeString, lines: true, most: ifsev.MaxText, doc: "Why; it is told in the timeline."}
}

func severityField(doc string) field {
	return field{name: "severity", kind: ifsev.TypeInt, named: true, least: int(ifsev.WorstSeverity), most: int(ifsev.MildestSeverity), doc: doc}
}

func declareFields() []field {
	return []field{
		{name: "title", kind: ifsev.TypeString, required: true, most: ifsev.MaxTitle, doc: "What is wrong, in one line."},
		severityField("1 is the worst, 5 the mildest; 3 where it is left out. Its name does as well: SEV2, P2."),
		{name: "description", kind: ifsev.TypeString, lines: true, most: ifsev.MaxText, doc: "What is known so far."},
		{name: "tags", kind: ifsev.TypeStrings, most: ifsev.MaxTags, doc: "What it is about."},
		{name: "key", kind: ifsev.TypeString, most: ifsev.MaxKeyLength, doc: "While an incident with this key is active, declaring it again answers that one."},
		{name: "service", kind: ifsev.TypeString, most: ifsev.MaxTitle, doc: "What is affected."},
		{name: "fields", kind: ifsev.TypeMap, doc: "Custom fields, by name."},
		{name: "commander", kind: ifsev.TypeString, most: ifsev.MaxTagLength, doc: "Who leads."},
		{name: "subscribers", kind: ifsev.TypeStrings, most: ifsev.MaxPeople, doc: "Who wants to be told."},
		{name: "parent", kind: ifsev.TypeString, most: ifsev.MaxTagLength, doc: "The incident it is a part of, such as INC-7."},
		{name: "children", kind: ifsev.TypeStrings, most: ifsev.MaxRelated, doc: "Incidents that are parts of it."},
		{name: "related", kind: ifsev.TypeStrings, most: ifsev.MaxRelated, doc: "Incidents it has to do with."},
		byField(),
	}
}

func patchFields() []field {
	return []field{
		{name: "title", kind: ifsev.TypeString, most: ifsev.MaxTitle, doc: "What is wrong, in one line."},
		{name: "description", kind: ifsev.TypeString, null: true, lines: true, most: ifsev.MaxText, doc: "What is known so far."},
		severityField("1 is the worst, 5 the mildest. Its name does as well: SEV2, P2."),
		{name: "status", kind: ifsev.TypeString, values: statusNames(), doc: "Where it stands."},
		{name: "reason", kind: ifsev.TypeString, lines: true, most: ifsev.MaxText, doc: "Why the status changes."},
		{name: "service", kind: ifsev.TypeString, null: true, most: ifsev.MaxTitle, doc: "What is affected."},
		{name: "postmortem", kind: ifsev.TypeString, null: true, most: ifsev.MaxText, doc: "Where it is written up."},
		{name: "fields", kind: ifsev.TypeMap, doc: "Custom fields, merged; null takes one away."},
		{name: "roles", kind: ifsev.TypeMap, texts: true, doc: "Who holds which role, merged; null takes the holder away."},
		{name: "commander", kind: ifsev.TypeString, null: true, most: ifsev.MaxTagLength, doc: "Short for the role commander."},
		{name: "add_tags", kind: ifsev.TypeStrings, most: ifsev.MaxTags, doc: "Tags to add."},
		{name: "remove_tags", kind: ifsev.TypeStrings, most: ifsev.MaxTags, doc: "Tags to take away."},
		{name: "add_responders", kind: ifsev.TypeStrings, most: ifsev.MaxPeople, doc: "People who join."},
		{name: "remove_responders", kind: ifsev.TypeStrings, most: ifsev.MaxPeople, doc: "People who leave."},
		{name: "add_subscribers", kind: ifsev.TypeStrings, most: ifsev.MaxPeople, doc: "People who want to be told."},
		{name: "parent", kind: ifsev.TypeString, most: ifsev.MaxTagLength, doc: "The incident it is a part of, such as INC-7."},
		{name: "add_children", kind: ifsev.TypeStrings, most: ifsev.MaxRelated, doc: "Incidents that are parts of it."},
		{name: "add_related", kind: ifsev.TypeStrings, most: ifsev.MaxRelated, doc: "Incidents it has to do with."},
		byField(),
	}
}

func taskFields() []field {
	return []field{
		{name: "text", kind: ifsev.TypeString, most: ifsev.MaxTitle, doc: "What is to be done: adds a task."},
		{name: "assignee", kind: ifsev.TypeString, most: ifsev.MaxTagLength, doc: "Who is to do it."},
		{name: "done", kind: ifsev.TypeString, most: ifsev.MaxTagLength, doc: "The ID of a task that is done, such as T1."},
	}
}

func incidentQuery() []field {
	return []field{
		{name: "status", kind: ifsev.TypeStrings, values: statusNames(), doc: "Only with one of these statuses."},
		{name: "severity", kind: ifsev.TypeStrings, doc: "Only with one of these severities: 1 to 5, or their names."},
		{name: "tag", kind: ifsev.TypeStrings, doc: "Only with all of these tags."},
		{name: "q", kind: ifsev.TypeString, most: ifsev.MaxTitle, doc: "Only with this text in title, key or service."},
		limitField(pageDefault, pageMost),
		cursorField(),
	}
}

func limitField(otherwise, most int) field {
	return field{name: "limit", kind: ifsev.TypeInt, least: 1, most: most, doc: fmt.Sprintf("How many at most; %d.", otherwise)}
}

func cursorField() field {
	return field{name: "cursor", kind: ifsev.TypeString, doc: "The next of the page before."}
}
