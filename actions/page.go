package actions

import (
	"context"
	"net/http"

	"github.com/ifsev/ifsev"
)

func pageKind() kind {
	return kind{perform: performPage, spec: ifsev.ActionSpec{
		Kind:    "page",
		Doc:     "Pages a person, whoever is on call in a rotation, or who holds a role, through that person's own connection; who that is, is decided when it is sent.",
		Example: "page: database",
		Short:   "to",
		Args: []ifsev.FieldSpec{
			{Name: "to", Type: ifsev.TypeString, Required: true, Names: ifsev.NamesTarget, Doc: "The person, rotation or role to page."},
			{Name: "text", Type: ifsev.TypeString, Doc: "What to say; the incident's severity, number and title if it is left out."},
			{Name: "dedup_key", Type: ifsev.TypeString, Doc: "What PagerDuty tells alerts apart by; every page is an alert of its own if it is left out, so that none is swallowed by one already open."},
		},
		Outputs: []ifsev.FieldSpec{
			{Name: "person", Type: ifsev.TypeString, Doc: "Who was paged."},
			{Name: "via", Type: ifsev.TypeString, Doc: "The connection it went through."},
		},
		Retry: retryPages(),
	}}
}

// page is one page on its way to a person.
type page struct {
	key    string // the person's name in the directory
	person ifsev.Person
	text   string
	dedup  string
}

func performPage(ctx context.Context, s *Sender, a Attempt) (ifsev.Receipt, *ifsev.Failure) {
	in := argsOf(a.Delivery)
	target := in.need("to")
	p := page{text: in.or("text", headline(a.Delivery)), dedup: in.or("dedup_key", a.Delivery.ID)}
	if in.wrong != nil {
		return ifsev.Receipt{}, in.wrong
	}
	var f *ifsev.Failure
	if p.key, p.person, f = s.resolve(target, a); f != nil {
		return ifsev.Receipt{}, f
	}
	l, f := s.wayTo(p)
	if f != nil {
		return ifsev.Receipt{}, f
	}
	receipt, f := s.page(ctx, a, l, p)
	if f != nil {
		return ifsev.Receipt{}, f
	}
	receipt.Summary = "paged " + p.key + " through " + l.Name
	receipt.Outputs = ifsev.Data{"person": p.key, "via": l.Name}
	return receipt, nil
}

// resolve answers whom a target means at the time of the attempt.
func (s *Sender) resolve(target string, a Attempt) (string, ifsev.Person, *ifsev.Failure) {
	key, err := s.directory.Resolve(target, a.Roles, a.Now)
	if err != nil {
		return "", ifsev.Person{}, fail(ifsev.ReasonConfig, "%s", err.Error())
	}
	if s.directory != nil {
		if p, ok := s.directory.People[key]; ok {
			if p.Name == "" {
				p.Name = key
			}
			return key, p, nil
		}
	}
	return "", ifsev.Person{}, fail(ifsev.ReasonConfig, "%q stands for %q, who is not among the people in the configuration: add them", target, key)
}

// wayTo answers the connection a person is paged through: their own, or the first that fits of PagerDuty, Slack and
// mail. A log never fits by itself, because nobody would be woken.
func (s *Sender) wayTo(p page) (*link, *ifsev.Failure) {
	if own := p.person.Page; own != "" {
		l, ok := s.connections[own]
		if !ok {
			return nil, fail(ifsev.ReasonConfig, "%s is paged through %q, but no connection is called so: add it under connections, or change people.%s.page", p.key, own, p.key)
		}
		if lack := l.lacks(p.person); lack != "" {
			return nil, fail(ifsev.ReasonConfig, "%s is paged through %q, but has no %s: add people.%s.%s", p.key, own, lack, p.key, lack)
		}
		return l, nil
	}
	for _, wanted := range []string{ConnectionPagerDuty, ConnectionSlack, ConnectionSMTP} {
		for _, name := range s.named(wanted) {
			if l := s.connections[name]; l.lacks(p.person) == "" {
				return l, nil
			}
		}
	}
	return nil, fail(ifsev.ReasonConfig, "there is no way to page %s: add a connection of kind pagerduty, or one of kind slack and people.%s.slack, or one of kind smtp and people.%s.email, or name another connection in people.%s.page", p.key, p.key, p.key, p.key)
}

// lacks names what a person must have to be reached this way and has not.
func (l *link) lacks(p ifsev.Person) string {
	switch {
	case l.DryRun:
		return ""
	case l.Kind == ConnectionSlack && p.Slack == "":
		return "slack"
	case l.Kind == ConnectionSMTP && p.Email == "":
		return "email"
	}
	return ""
}

// page sends a page through a connection.
func (s *Sender) page(ctx context.Context, a Attempt, l *link, p page) (ifsev.Receipt, *ifsev.Failure) {
	if l.DryRun {
		return s.pageByLog(ctx, a, l, p)
	}
	switch l.Kind {
	case ConnectionPagerDuty:
		return s.pageByPagerDuty(ctx, a, l, p)
	case ConnectionSlack:
		return s.pageBySlack(ctx, a, l, p)
	case ConnectionSMTP:
		return l.mail.send(ctx, a, letter{to: []string{p.person.Email}, subject: p.text, text: p.text + "\n\n" + s.story(a.Delivery)}, l.Name)
	case ConnectionWebhook:
		return s.pageByWebhook(ctx, a, l, p)
	}
	return s.pageByLog(ctx, a, l, p)
}

func (s *Sender) pageBySlack(ctx context.Context, a Attempt, l *link, p page) (ifsev.Receipt, *ifsev.Failure) {
	end := ""
	if address := s.address(a.Delivery); address != "" {
		end = "\n" + slackText(address)
	}
	// With an incoming webhook the channel is fixed, so the person is mentioned in either case.
	text := slackJoin(slackName(p.person)+" ", slackText(p.text), end)
	return l.slack(ctx, a, slackMessage{Channel: p.person.Slack, Text: text})
}

func (s *Sender) pageByPagerDuty(ctx context.Context, a Attempt, l *link, p page) (ifsev.Receipt, *ifsev.Failure) {
	event := pagerdutyEvent{Action: "trigger", DedupKey: pagerdutyKey(p.dedup, a.Delivery)}
	details := map[string]any{"paged": p.person.Name}
	if p.person.PagerDuty != "" {
		details["pagerduty_user"] = p.person.PagerDuty
	}
	s.describe(&event, &args{data: ifsev.Data{"summary": p.text, "custom_details": details}}, a.Delivery)
	return l.enqueue(ctx, a, event)
}

func (s *Sender) pageByWebhook(ctx context.Context, a Attempt, l *link, p page) (ifsev.Receipt, *ifsev.Failure) {
	in := argsOf(a.Delivery)
	r := request{method: http.MethodPost, name: l.Name, address: l.address, header: http.Header{}}
	body := s.envelope(a.Delivery)
	body["page"] = map[string]any{"person": p.key, "name": p.person.Name, "text": p.text}
	if r.setJSON(in, body); in.wrong != nil {
		return ifsev.Receipt{}, in.wrong
	}
	return l.post(ctx, a, r)
}

// pageByLog writes the page where whoever tries ifsev out can see it.
func (s *Sender) pageByLog(ctx context.Context, a Attempt, l *link, p page) (ifsev.Receipt, *ifsev.Failure) {
	s.log.InfoContext(ctx, "page", "person", p.key, "text", s.scrub.text(p.text), "incident", incidentName(a.Delivery),
		"rule", a.Delivery.Rule, "connection", l.Name, "delivery", a.Delivery.ID)
	return ifsev.Receipt{}, nil
}
