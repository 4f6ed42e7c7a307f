package actions

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"

	"github.com/ifsev/ifsev"
)

// handedIn is how far a mail came: a server answers for each recipient by themselves.
type handedIn struct {
	took   []string
	missed []missed
}

// missed is a recipient who does not get the mail, and what the server said to it; code is 0 where it said nothing.
type missed struct {
	address string
	code    int
	reply   string
}

// handIn hands a mail in for everybody the server takes it for. Whoever is refused for now is asked for again, in a
// transaction without the others, as long as that brings it to somebody: a server may take only so many at a time (RFC
// 5321, 4.5.3.1.10). It is an error only as long as nobody has it. After that an error would bring it to some twice.
func handIn(c *smtp.Client, msg *mail.Msg) (handedIn, error) {
	var all handedIn
	from, err := msg.GetSender(false)
	if err != nil {
		return all, err
	}
	to, err := msg.GetRecipients()
	for err == nil && len(to) > 0 {
		var now handedIn
		if now, err = transact(c, msg, from, to); err != nil {
			break
		}
		to = nil
		all.took = append(all.took, now.took...)
		for _, m := range now.missed {
			if m.forNow() && len(now.took) > 0 {
				to = append(to, m.address)
				continue
			}
			all.missed = append(all.missed, m)
		}
	}
	if err == nil || len(all.took) == 0 {
		return all, err
	}
	code, reply := replyOf(err)
	for _, address := range to {
		all.missed = append(all.missed, missed{address, code, reply})
	}
	return all, nil
}

// transact is one transaction. Where nobody is taken there is no text to send.
func transact(c *smtp.Client, msg *mail.Msg, from string, to []string) (handedIn, error) {
	var now handedIn
	if err := c.Mail(from); err != nil {
		return now, err
	}
	for _, address := range to {
		err := c.Rcpt(address)
		code, reply := replyOf(err)
		switch {
		case err == nil:
			now.took = append(now.took, address)
		case code == 0, code == codeClosing:
			return now, err
		default:
			now.missed = append(now.missed, missed{address, code, reply})
		}
	}
	if len(now.took) == 0 {
		return now, nil
	}
	text, err := c.Data()
	if err != nil {
		return now, err
	}
	if _, err := msg.WriteTo(text); err != nil {
		return now, err // and no end of the text: half a mail must not be taken for a whole one
	}
	return now, text.Close()
}

func (m missed) forNow() bool { return m.code >= 400 && m.code < 500 }

// refusal is the failure where nobody got the mail. If one of them may get it later, all are tried again.
func (h *handedIn) refusal(name string) *ifsev.Failure {
	why := h.missed[max(0, slices.IndexFunc(h.missed, missed.forNow))]
	f := smtpVerdict(why.code)
	f.Text = fmt.Sprintf("%s took the mail to nobody of %s: %s", name, h.missedBy(), h.why())
	if len(h.missed) == 1 {
		f.Text = fmt.Sprintf("%s answered %d %s", name, why.code, why.reply)
	}
	return f
}

// summary says who got the mail and who did not, and why, in the order of what must not be cut.
func (h *handedIn) summary(name string) string {
	text := fmt.Sprintf("%s took the mail to %s", name, listed(h.took))
	if len(h.missed) > 0 {
		text += fmt.Sprintf(", but not to %s: %s", h.missedBy(), h.why())
	}
	return text
}

// refused lists who did not get it, for later steps.
func (h *handedIn) refused() []any {
	list := []any{}
	for _, m := range h.missed {
		list = append(list, bare(m.address))
	}
	return list
}

// why joins what the server answered, each answer once.
func (h *handedIn) why() string {
	var replies []string
	for _, m := range h.missed {
		said := strings.TrimSpace(fmt.Sprintf("%d %s", m.code, m.reply))
		if m.code == 0 {
			said = "nothing more"
		}
		if !slices.Contains(replies, said) {
			replies = append(replies, said)
		}
	}
	return "it answered " + strings.Join(replies, "; ")
}

// missedBy lists them in one text.
func (h *handedIn) missedBy() string {
	var list []string
	for _, m := range h.missed {
		list = append(list, m.address)
	}
	return listed(list)
}

// listed writes addresses of an envelope as people do.
func listed(addresses []string) string {
	names := make([]string, 0, len(addresses))
	for _, address := range addresses {
		names = append(names, bare(address))
	}
	return strings.Join(names, ", ")
}

func bare(address string) string { return strings.Trim(address, "<>") }
