package actions

import (
	"strings"
	"unicode/utf8"

	"github.com/ifsev/ifsev"
)

// slackText makes a text safe to post. In what a rule renders nobody can tell the author's words from an event's, and
// Slack takes <!channel>, <@U1> and <https://a|b> for orders; so the three characters Slack asks to escape always are.
// Formatting such as *bold* stays, addresses become links by themselves, and whom to mention is said with mention.
func slackText(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
}

// slackCut shortens a text that was made safe to at most limit characters, and cuts no &amp; in two.
func slackCut(safe string, limit int) string {
	short := excerptRunes(safe, max(limit, 1))
	if short == safe {
		return safe
	}
	if at := strings.LastIndex(short, "&"); at >= 0 && !strings.Contains(short[at:], ";") {
		return short[:at] + "…"
	}
	return short
}

// slackJoin puts a text between a beginning and an end that must stay whole, and cuts it to what is left for it.
func slackJoin(before, text, after string) string {
	return before + slackCut(text, slackTextLimit-utf8.RuneCountInString(before+after)) + after
}

// slackMentions writes whom to mention: channel, here, everyone, or a person, rotation or role, who is resolved now.
// People without a Slack id are named, so that the reader sees who was meant.
func (s *Sender) slackMentions(names []string, a Attempt) (string, *ifsev.Failure) {
	var words []string
	for _, name := range names {
		switch name {
		case "channel", "here", "everyone":
			words = append(words, "<!"+name+">")
			continue
		}
		_, person, f := s.resolve(name, a)
		if f != nil {
			return "", f
		}
		words = append(words, slackName(person))
	}
	return strings.Join(words, " "), nil
}

func slackName(p ifsev.Person) string {
	if p.Slack != "" {
		return "<@" + p.Slack + ">"
	}
	return slackText(p.Name)
}
