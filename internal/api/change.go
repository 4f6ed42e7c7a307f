package api

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/engine"
	"github.com/ifsev/ifsev/internal/problem"
	"github.com/ifsev/ifsev/state"
)

// changing makes a route's function of what makes a change out of a checked body.
func changing(change func(*call) (ifsev.Change, error)) func(context.Context, *Server, *call) (*answer, error) {
	return func(ctx context.Context, s *Server, c *call) (*answer, error) {
		r, err := ref(c.path("id"))
		if err != nil {
			return nil, err
		}
		version, err := s.versionFor(ctx, c, r)
		if err != nil {
			return nil, err
		}
		if err := s.checkNames(c); err != nil {
			return nil, err
		}
		if err := s.findRelated(ctx, c); err != nil {
			return nil, err
		}
		what, err := change(c)
		if err != nil {
			return nil, err
		}
		reply, err := s.submit(ctx, c, engine.Request{Ref: r, Change: what, IfMatch: version})
		if err != nil {
			return nil, missing(err, c.path("id"))
		}
		return s.incident(&reply.Incident), nil
	}
}

// versionFor answers the version the change is made for; 0 means any. Of several that If-Match allows it is the present
// one.
func (s *Server) versionFor(ctx context.Context, c *call, r state.Ref) (int64, error) {
	versions, err := ifMatch(c.request)
	switch {
	case err != nil || len(versions) == 0:
		return 0, err
	case len(versions) == 1:
		return versions[0], nil
	}
	doc, err := s.engine.Incident(ctx, r)
	if err == nil && slices.Contains(versions, doc.Incident.Version) {
		return doc.Incident.Version, nil
	}
	return versions[0], missing(err, c.path("id"))
}

// missing says which incident there is none of.
func missing(err error, id string) error {
	if errors.Is(err, state.ErrNotFound) {
		return refuse(http.StatusNotFound, "there is no incident %s", id)
	}
	return err
}

// patch is the merge patch of an incident: null takes a text or a field away.
func patch(c *call) (ifsev.Change, error) {
	b := c.body
	if faults := contrary(b, "tags", "responders"); faults != nil {
		return ifsev.Change{}, refuseBody(faults)
	}
	change := ifsev.Change{
		Title: textOf(b, "title"), Description: textOf(b, "description"), Service: textOf(b, "service"), Postmortem: textOf(b, "postmortem"),
		Fields: fieldsOf(b), Roles: rolesOf(b), Reason: b.String("reason"),
		AddTags: b.Strings("add_tags"), RemoveTags: b.Strings("remove_tags"),
		AddResponders: b.Strings("add_responders"), RemoveResponders: b.Strings("remove_responders"), AddSubscribers: b.Strings("add_subscribers"),
		Relate: c.related,
	}
	if _, there := b["severity"]; there {
		severity := ifsev.Severity(b.Int("severity"))
		change.Severity = &severity
	}
	if _, there := b["status"]; there {
		change.Status = statusOf(ifsev.Status(b.String("status")))
	}
	return change, nil
}

// contrary answers what a body asks to add and to remove at once, of which only the sender knows which is meant.
func contrary(b ifsev.Data, lists ...string) []problem.At {
	var faults []problem.At
	for _, name := range lists {
		added := ifsev.CleanTags(b.Strings("add_" + name))
		for i, entry := range b.Strings("remove_" + name) {
			if slices.Contains(added, strings.TrimSpace(entry)) {
				faults = append(faults, wrong("/remove_"+name+pointerIndex(i), describe(entry)+" stands in add_"+name+" too: leave out one of them"))
			}
		}
	}
	return faults
}

func textOf(b ifsev.Data, name string) *string {
	if _, there := b[name]; !there {
		return nil
	}
	text := b.String(name)
	return &text
}

func statusOf(s ifsev.Status) *ifsev.Status { return &s }

func fieldsOf(b ifsev.Data) ifsev.Data {
	fields, _ := b["fields"].(map[string]any)
	return fields
}

// rolesOf joins roles and commander, which is short for the role of that name.
func rolesOf(b ifsev.Data) map[string]string {
	roles := map[string]string{}
	given, _ := b["roles"].(map[string]any)
	for role, who := range given {
		roles[role], _ = who.(string)
	}
	if _, there := b["commander"]; there {
		roles[ifsev.RoleCommander] = b.String("commander")
	}
	return roles
}

func note(c *call) (ifsev.Change, error) { return ifsev.Change{Note: c.body.String("text")}, nil }

func acknowledge(c *call) (ifsev.Change, error) { return ifsev.Change{Acknowledge: c.by()}, nil }

// becoming changes the status, with a reason.
func becoming(to ifsev.Status) func(*call) (ifsev.Change, error) {
	return func(c *call) (ifsev.Change, error) {
		return ifsev.Change{Status: statusOf(to), Reason: c.body.String("reason")}, nil
	}
}

// task adds a follow-up task, or marks one as done.
func task(c *call) (ifsev.Change, error) {
	text, done := c.body.String("text"), c.body.String("done")
	switch {
	case text != "" && done != "":
		return ifsev.Change{}, refuseBody([]problem.At{wrong("/done", "cannot stand beside text: add a task, or mark one as done")})
	case done != "" && c.body.String("assignee") != "":
		return ifsev.Change{}, refuseBody([]problem.At{wrong("/assignee", "belongs to a new task only")})
	case done != "":
		return ifsev.Change{TaskDone: done}, nil
	case text == "":
		return ifsev.Change{}, refuseBody([]problem.At{wrong("/text", "is required: what is to be done; or done, the ID of a task that is")})
	}
	return ifsev.Change{AddTask: &ifsev.Task{Text: text, Assignee: c.body.String("assignee")}}, nil
}
