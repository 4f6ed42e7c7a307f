package actions

import (
	"strings"

	"github.com/ifsev/ifsev"
)

// slackText makes a text safe to post. In what a rule renders nobody can tell the author's words from an event's, and
// Slack takes <!channel>, <@U1> and <https://a|b> for orders; so the three characters Slack asks to escape always are.
// Formatting such as *bold* stays, addresses become links by themselves, and whom to mention is said with mention.
func slackText(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
}

// slackBlocks makes blocks safe to post: wherever Slack would read orders out of a text, it is escaped.
func slackBlocks(v any) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = slackBlocks(v[i])
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for k := range v {
			out[k] = slackBlocks(v[k])
		}
		if text, ok := out["text"].(string); ok && (v["type"] == "mrkdwn" || v["type"] == "markdown") {
			out["text"] = slackText(text)
		}
		return out
	}
	return v
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
