package rules

import (
	"errors"

	"github.com/ifsev/ifsev"
)

// The kinds of action by which one incident leads to another.
const (
	kindDeclare = ifsev.ActionDeclare
	kindRelate  = "relate"
)

var errGone = errors.New("there is no such incident any more")

func declareSpec() ifsev.ActionSpec {
	text := func(name, doc string) ifsev.FieldSpec {
		return ifsev.FieldSpec{Name: name, Type: ifsev.TypeString, Doc: doc}
	}
	title := text("title", "What is wrong, in one line.")
	title.Required = true
	return ifsev.ActionSpec{
		Kind: kindDeclare, Short: "title", Example: `declare: {severity: 2, title: "Customers of ${service}", parent: "INC-${number}"}`,
		Doc: "Declares another incident. Where one with the key is active, that is meant, and gets the relations.",
		Args: []ifsev.FieldSpec{
			title, {Name: severityArg, Type: ifsev.TypeInt, Doc: "1 (the worst) to 5; without it 3."},
			{Name: "tags", Type: ifsev.TypeStrings, Doc: "Its tags."}, text("description", "More about it."), text("service", "The service concerned."),
			text("key", "The dedup key: while an incident with it is active, no second one is declared."),
			{Name: "commander", Type: ifsev.TypeString, Names: ifsev.NamesPerson, Doc: "Who leads it: a person, or a rotation or role that stands for one."},
			{Name: "children", Type: ifsev.TypeStrings, Doc: "Incidents it is the parent of, such as INC-7."},
			text("parent", "The incident it is a child of, such as INC-7."),
			{Name: "related", Type: ifsev.TypeStrings, Doc: "Incidents it has to do with."},
		},
		Outputs: []ifsev.FieldSpec{
			{Name: "name", Type: ifsev.TypeString, Doc: "Its name, such as INC-8."}, {Name: "number", Type: ifsev.TypeInt, Doc: "Its number."},
			{Name: "id", Type: ifsev.TypeString, Doc: "Its ID."}, {Name: "url", Type: ifsev.TypeString, Doc: "Its address."},
			{Name: "created", Type: ifsev.TypeBool, Doc: "false where an active incident had the key."},
		},
	}
}

func relateSpec() ifsev.ActionSpec {
	return ifsev.ActionSpec{
		Kind: kindRelate, Doc: "Says what another incident is to this one; that is told too.", Short: "incident", Example: "relate: {incident: INC-7, as: parent}",
		Args: []ifsev.FieldSpec{
			{Name: "incident", Type: ifsev.TypeString, Required: true, Doc: "The other incident, such as INC-7."},
			{Name: "as", Type: ifsev.TypeString, Values: ifsev.RelatedAs(), Doc: "What it is to this one; related, if nothing is said."},
		},
	}
}

func addTaskSpec() ifsev.ActionSpec {
	return ifsev.ActionSpec{
		Kind: kindAddTask, Doc: "Adds a follow-up task.", Short: "text", Example: `add_task: {text: "Write the post-mortem", assignee: commander}`,
		Args: []ifsev.FieldSpec{
			{Name: "text", Type: ifsev.TypeString, Required: true, Doc: "What is to be done."},
			{Name: "assignee", Type: ifsev.TypeString, Names: ifsev.NamesPerson, Doc: "Who does it: a person, or a rotation or role that stands for one."},
		},
	}
}

// relation is what relate asks.
func relation(args ifsev.Data) []ifsev.Relation {
	as := args.String("as")
	if as == "" {
		as = ifsev.RelatedTo
	}
	return []ifsev.Relation{{Incident: args.String("incident"), As: as}}
}

// declare puts the declaration of another incident among the deliveries; the firing waits for its name.
func (d *decider) declare(f *ifsev.Firing, step *Step, args ifsev.Data) error {
	decl := &ifsev.Declaration{
		Title: args.String("title"), Description: args.String("description"), Severity: ifsev.Severity(args.Int(severityArg)), Tags: args.Strings("tags"),
		Key: args.String("key"), Service: args.String("service"),
	}
	if who := args.String("commander"); who != "" {
		people, err := d.setOf(f).World.resolve([]string{who}, &d.doc.Incident, d.at)
		if err != nil {
			return err
		}
		decl.Commander = people[0]
	}
	relate := func(as string, names ...string) {
		for _, n := range ifsev.CleanTags(names) {
			decl.Related = append(decl.Related, ifsev.Relation{Incident: n, As: as})
		}
	}
	relate(ifsev.RelatedChild, args.Strings("children")...)
	relate(ifsev.RelatedParent, args.String("parent"))
	relate(ifsev.RelatedTo, args.Strings("related")...)
	dlv := d.inward(ifsev.ActionDeclare, f.Rule, &ifsev.Inward{Declare: decl, Cause: f.Cause, Depth: f.Depth + 1}, f.ID, turn(f, step))
	dlv.Firing, dlv.AcceptedAt, dlv.Args = f.ID, f.AcceptedAt, args
	if dlv.Step = step.Place; step.ID != "" {
		dlv.Step = step.ID
	}
	f.Delivery = dlv.ID
	return nil
}

// DeclaredOutputs are what a declaration answers to the steps after it. URL is the daemon's own address.
func DeclaredOutputs(inc *ifsev.Incident, created bool, url string) ifsev.Data {
	return ifsev.Data{"name": inc.Name(), "number": inc.Number, "id": inc.ID, "url": incidentURL(url, inc), "created": created}
}
