package actions

import (
	"context"
	netmail "net/mail"
	"slices"
	"strings"

	"github.com/ifsev/ifsev"
)

func emailKind() kind {
	return kind{perform: performEmail, spec: ifsev.ActionSpec{
		Kind:       "email",
		Doc:        "Sends a mail; its Message-ID is the delivery's id, so that a duplicate is known as one, and all mails of an incident form a thread.",
		Example:    "email: {to: [owner, support@example.com], subject: \"${title}\", text: \"It is SEV${severity} now.\"}",
		Connection: ConnectionSMTP,
		Args: []ifsev.FieldSpec{
			{Name: "to", Type: ifsev.TypeStrings, Required: true, Names: ifsev.NamesRecipient, Doc: "Whom to write to: addresses, people, rotations or roles."},
			{Name: "subject", Type: ifsev.TypeString, Doc: "The subject; the incident's severity, number and title if it is left out."},
			{Name: "text", Type: ifsev.TypeString, Doc: "The text; the incident in a few lines if it is left out."},
			{Name: "via", Type: ifsev.TypeString, Names: ifsev.NamesConnection, Doc: "The connection to use; it may be left out if there is one."},
		},
		Outputs: []ifsev.FieldSpec{
			{Name: "message_id", Type: ifsev.TypeString, Doc: "The mail's Message-ID."},
			{Name: "refused", Type: ifsev.TypeStrings, Doc: "The addresses the server did not take it for, while it took it for others."},
		},
		Retry: retryMessages(),
	}}
}

// letter is a mail before it is put into an envelope.
type letter struct {
	to            []string
	subject, text string
}

func performEmail(ctx context.Context, s *Sender, a Attempt) (ifsev.Receipt, *ifsev.Failure) {
	in := argsOf(a.Delivery)
	names := in.texts("to")
	if len(names) == 0 {
		in.complain("to", "it is missing or empty")
	}
	m := letter{subject: in.or("subject", headline(a.Delivery)), text: in.or("text", s.story(a.Delivery))}
	if in.wrong != nil {
		return ifsev.Receipt{}, in.wrong
	}
	l, f := s.pick(ConnectionSMTP, in.text("via"))
	if f != nil {
		return ifsev.Receipt{}, f
	}
	for _, name := range names {
		address, f := s.mailAddress(name, a)
		if f != nil {
			return ifsev.Receipt{}, f
		}
		if !slices.Contains(m.to, address) { // a commander may be on call too
			m.to = append(m.to, address)
		}
	}
	return l.mail.send(ctx, a, m, l.Name)
}

// mailAddress answers the address itself, or that of the person a name stands for now.
func (s *Sender) mailAddress(name string, a Attempt) (string, *ifsev.Failure) {
	if strings.Contains(name, "@") {
		parsed, err := netmail.ParseAddress(name)
		if err != nil {
			return "", fail(ifsev.ReasonConfig, "email: to: %q is no mail address", name)
		}
		return parsed.Address, nil
	}
	key, person, f := s.resolve(name, a)
	if f != nil {
		return "", f
	}
	if person.Email == "" {
		return "", fail(ifsev.ReasonConfig, "email: %s has no mail address: add people.%s.email", key, key)
	}
	return person.Email, nil
}
