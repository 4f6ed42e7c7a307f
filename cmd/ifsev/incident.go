package main

import (
	"io"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/client"
	"github.com/ifsev/ifsev/internal/wire"
)

func newDeclare(r *remote) *cobra.Command {
	var sev, description, key, service, commander, as string
	var tags, fields, subscribers []string
	c := &cobra.Command{
		Use:     "declare TITLE",
		Short:   "Declare an incident",
		Example: "  ifsev declare \"Checkout is down\" --sev 1 --tag database --tag eu",
		Args:    cobra.ExactArgs(1),
		RunE: does(func(cmd *cobra.Command, args []string) error {
			if err := written("TITLE", args[0]); err != nil {
				return err
			}
			body := client.Body{"title": args[0]}
			for name, text := range map[string]string{"description": description, "key": key, "service": service, "commander": commander, "by": r.me(as)} {
				if text != "" {
					body[name] = text
				}
			}
			if err := setLists(cmd, body, sev, fields, map[string][]string{"tags": tags, "subscribers": subscribers}); err != nil {
				return err
			}
			return r.changed(func(c *client.Client) (wire.Incident, error) {
				inc, made, err := c.Declare(cmd.Context(), body)
				if err == nil && !made {
					say(r.err, "exists already: INC-%d, as an incident with the key %q is active", inc.Number, visible(key))
				}
				return inc, err
			})
		}),
	}
	f := c.Flags()
	f.StringVar(&sev, "sev", "", "severity: 1 (the worst) to 5, or its name")
	f.StringSliceVar(&tags, "tag", nil, "a tag; may be repeated")
	f.StringVar(&description, "description", "", "what is known so far")
	f.StringVar(&key, "key", "", "while an incident with this key is active, that one is meant")
	f.StringVar(&service, "service", "", "what is affected")
	f.StringVar(&commander, "commander", "", "who leads")
	f.StringArrayVar(&fields, "field", nil, "a custom field, as NAME=VALUE; may be repeated")
	f.StringSliceVar(&subscribers, "subscriber", nil, "who wants to be told; may be repeated")
	asFlag(c, &as)
	return r.flags(c)
}

func asFlag(c *cobra.Command, as *string) {
	c.Flags().StringVar(as, "as", "", "who does it (default IFSEV_AS, or your user name)")
}

// setLists puts severity, fields and lists in a body, where they are given.
func setLists(cmd *cobra.Command, body client.Body, sev string, fields []string, lists map[string][]string) error {
	if err := notEmpty(cmd, "title", "sev", "tag", "add-tag", "remove-tag"); err != nil {
		return err
	}
	if sev != "" {
		severity, err := parseSeverity(sev)
		if err != nil {
			return err
		}
		body["severity"] = severity
	}
	custom, err := parsePairs("field", fields)
	if err != nil {
		return err
	}
	if len(custom) > 0 {
		body["fields"] = custom
	}
	for name, list := range lists {
		if len(list) > 0 {
			body[name] = list
		}
	}
	return nil
}

// changed makes a change and says in one line what the incident is now.
func (r *remote) changed(change func(*client.Client) (wire.Incident, error)) error {
	c, err := r.connect()
	if err != nil {
		return err
	}
	defer c.Close()
	inc, err := change(c)
	if err != nil {
		return err
	}
	return r.print(inc, func(w io.Writer) { say(w, "%s", headline(&inc)) })
}

func newList(r *remote) *cobra.Command {
	var status, sev, tags []string
	var text string
	var limit int
	c := &cobra.Command{
		Use:     "list",
		Short:   "List incidents, newest first",
		Example: "  ifsev list --status open --sev 1,2 --tag database",
		Args:    cobra.NoArgs,
		RunE: does(func(cmd *cobra.Command, _ []string) error {
			if err := checkList(cmd, limit, status, sev); err != nil {
				return err
			}
			query := url.Values{}
			for name, values := range map[string][]string{"status": status, "severity": sev, "tag": tags} {
				if len(values) > 0 {
					query.Set(name, strings.Join(values, ","))
				}
			}
			if text != "" {
				query.Set("q", text)
			}
			c, err := r.connect()
			if err != nil {
				return err
			}
			defer c.Close()
			found, more, err := c.Incidents(cmd.Context(), query, limit)
			if err != nil {
				return err
			}
			r.sayMore(len(found), more)
			return r.print(wire.Page[wire.Incident]{Items: found}, func(w io.Writer) { r.showList(w, found) })
		}),
	}
	f := c.Flags()
	f.StringSliceVar(&status, "status", nil, "only open, mitigated, closed or invalid ones; may be repeated")
	f.StringSliceVar(&sev, "sev", nil, "only of this severity; may be repeated")
	f.StringSliceVar(&tags, "tag", nil, "only with this tag; may be repeated")
	f.StringVar(&text, "search", "", "only with this text in title, key or service")
	f.IntVar(&limit, "limit", 50, "how many at most")
	return r.flags(c)
}

// checkList looks at the flags of list.
func checkList(cmd *cobra.Command, limit int, status, sev []string) error {
	if limit < 1 {
		return usagef("--limit must be at least 1, not %d", limit)
	}
	for _, s := range status {
		if err := oneOf("status", s, ifsev.Statuses()); err != nil {
			return err
		}
	}
	for _, s := range sev {
		if _, err := parseSeverity(s); err != nil {
			return err
		}
	}
	return notEmpty(cmd, "sev", "tag", "status")
}

// sayMore says that a list is cut.
func (r *remote) sayMore(shown int, more bool) {
	if more {
		say(r.err, "%d shown, there are more: --limit N", shown)
	}
}

func newUpdate(r *remote) *cobra.Command {
	var title, description, sev, status, reason, service, commander, postmortem, parent, as string
	var addTags, removeTags, addPeople, removePeople, subscribers, children, related, fields, roles []string
	var version int64
	c := &cobra.Command{
		Use:     "update INCIDENT",
		Short:   "Change an incident",
		Example: "  ifsev update INC-1 --sev 2 --add-tag payments\n  ifsev update INC-1 --status invalid --reason \"it was a drill\"",
		Args:    cobra.ExactArgs(1),
	}
	c.RunE = does(func(cmd *cobra.Command, args []string) error {
		if cmd.Flags().Changed("if-version") && version < 1 {
			return usagef("--if-version must be at least 1, not %d: `ifsev show %s -o json` tells it", version, args[0])
		}
		if err := oneOf("status", status, ifsev.Statuses()); err != nil && cmd.Flags().Changed("status") {
			return err
		}
		body := client.Body{}
		for name, text := range map[string]string{
			"title": title, "description": description, "status": status, "reason": reason, "service": service,
			"commander": commander, "postmortem": postmortem, "parent": parent,
		} {
			if cmd.Flags().Changed(name) {
				body[name] = text
			}
		}
		if err := setLists(cmd, body, sev, fields, map[string][]string{
			"add_tags": addTags, "remove_tags": removeTags, "add_responders": addPeople, "remove_responders": removePeople, "add_subscribers": subscribers,
			"add_children": children, "add_related": related,
		}); err != nil {
			return err
		}
		held, err := parsePairs("role", roles)
		if err != nil {
			return err
		}
		if len(held) > 0 {
			body["roles"] = held
		}
		if len(body) == 0 {
			return usagef("nothing to change: say what, such as --sev 2 or --add-tag payments")
		}
		if me := r.me(as); me != "" {
			body["by"] = me
		}
		return r.changed(func(c *client.Client) (wire.Incident, error) { return c.Change(cmd.Context(), args[0], body, version) })
	})
	f := c.Flags()
	f.StringVar(&title, "title", "", "what is wrong, in one line")
	f.StringVar(&description, "description", "", "what is known so far")
	f.StringVar(&sev, "sev", "", "severity: 1 (the worst) to 5")
	f.StringVar(&status, "status", "", "open, mitigated, closed or invalid")
	f.StringVar(&reason, "reason", "", "why the status changes")
	f.StringVar(&service, "service", "", "what is affected")
	f.StringVar(&commander, "commander", "", "who leads")
	f.StringVar(&postmortem, "postmortem", "", "where it is written up")
	f.StringSliceVar(&addTags, "add-tag", nil, "a tag to add; may be repeated")
	f.StringSliceVar(&removeTags, "remove-tag", nil, "a tag to take away; may be repeated")
	f.StringSliceVar(&addPeople, "add-responder", nil, "a person who joins; may be repeated")
	f.StringSliceVar(&removePeople, "remove-responder", nil, "a person who leaves; may be repeated")
	f.StringSliceVar(&subscribers, "add-subscriber", nil, "a person who wants to be told; may be repeated")
	f.StringVar(&parent, "parent", "", "the incident it is a part of, such as INC-7")
	f.StringSliceVar(&children, "child", nil, "an incident that is a part of it; may be repeated")
	f.StringSliceVar(&related, "related", nil, "an incident it has to do with; may be repeated")
	f.StringArrayVar(&fields, "field", nil, "a custom field, as NAME=VALUE; null takes it away; may be repeated")
	f.StringArrayVar(&roles, "role", nil, "who holds a role, as ROLE=PERSON; null takes the holder away; may be repeated")
	f.Int64Var(&version, "if-version", 0, "only if the incident is still at this version")
	asFlag(c, &as)
	return r.flags(c)
}
