package actions

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/ifsev/ifsev"
)

const slackAPI = "https://slack.com/api"

func slackPostKind() kind {
	return kind{perform: performSlackPost, spec: ifsev.ActionSpec{
		Kind:       "slack.post",
		Doc:        "Posts to a Slack channel; no text out of an event can mention anybody, because &, < and > are always escaped.",
		Example:    "slack.post: {channel: \"#incidents\", text: \"*${title}* is now SEV${severity}\", mention: [commander]}",
		Connection: ConnectionSlack,
		Args: []ifsev.FieldSpec{
			{Name: "to", Type: ifsev.TypeString, Names: ifsev.NamesConnection, Doc: "The connection to use; it may be left out if there is one."},
			{Name: "channel", Type: ifsev.TypeString, Doc: "The channel's id or name, or a person's Slack id; needed with a bot token, fixed with an incoming webhook."},
			{Name: "text", Type: ifsev.TypeString, Doc: "The message in Slack's mrkdwn, cut at 40,000 characters; with blocks it is what a phone's banner shows."},
			{Name: "blocks", Type: ifsev.TypeAny, Doc: "A list of Block Kit blocks; texts in them are cut at what Slack takes, and so is the list, at 50."},
			{Name: "thread_ts", Type: ifsev.TypeString, Doc: "The ts of the message to answer, such as ${steps.first.ts}."},
			{Name: "mention", Type: ifsev.TypeStrings, Names: ifsev.NamesRecipient, Doc: "Whom to mention before the text: people, rotations, roles, or here, channel, everyone."},
		},
		Outputs: []ifsev.FieldSpec{
			{Name: "ts", Type: ifsev.TypeString, Doc: "The message's id in its channel; empty with an incoming webhook."},
			{Name: "channel", Type: ifsev.TypeString, Doc: "The id of the channel it went to; empty with an incoming webhook."},
		},
		Retry: retryMessages(),
	}}
}

// checkSlack says what a connection of the kind lacks.
func (l *link) checkSlack() error {
	if l.Token.Empty() && l.address == nil {
		return errors.New("token is missing: give a bot's token (xoxb-…), or an incoming webhook's address as url")
	}
	return nil
}

// bot reports whether the connection posts with a bot's token rather than through an incoming webhook.
func (l *link) bot() bool { return !l.Token.Empty() }

func performSlackPost(ctx context.Context, s *Sender, a Attempt) (ifsev.Receipt, *ifsev.Failure) {
	in := argsOf(a.Delivery)
	l, f := s.pick(ConnectionSlack, in.text("to"))
	if f != nil {
		return ifsev.Receipt{}, f
	}
	mentions, f := s.slackMentions(in.texts("mention"), a)
	if f != nil {
		return ifsev.Receipt{}, f
	}
	post := slackMessage{Channel: in.text("channel"), ThreadTS: in.text("thread_ts")}
	before := ""
	if mentions != "" {
		before = mentions + " "
	}
	post.Text = strings.TrimSpace(slackJoin(before, slackText(in.text("text")), ""))
	if in.has("blocks") {
		post.Blocks = slackBlocksWith(mentions, slackBlocks(in.data["blocks"]))
	}
	if post.Text == "" && post.Blocks == nil {
		in.complain("text", "it is missing or empty: give text or blocks")
	}
	if l.bot() && post.Channel == "" {
		in.complain("channel", "it is missing: a bot's token can post anywhere, so say where")
	}
	if in.wrong != nil {
		return ifsev.Receipt{}, in.wrong
	}
	return l.slack(ctx, a, post)
}

// slackMessage is the body of chat.postMessage and, without channel, of an incoming webhook.
type slackMessage struct {
	Channel  string `json:"channel,omitempty"`
	Text     string `json:"text,omitempty"`
	Blocks   any    `json:"blocks,omitempty"`
	ThreadTS string `json:"thread_ts,omitempty"`
}

// slack posts a message with a bot's token or through an incoming webhook.
func (l *link) slack(ctx context.Context, a Attempt, post slackMessage) (ifsev.Receipt, *ifsev.Failure) {
	address := l.address
	if l.bot() {
		address = below(&args{}, l.apiBase(slackAPI), "chat.postMessage", nil)
	} else {
		post.Channel = "" // an incoming webhook's channel is fixed; today's refuse to be told another
	}
	body, err := json.Marshal(post)
	if err != nil {
		return ifsev.Receipt{}, fail(ifsev.ReasonConfig, "slack.post: blocks: they cannot be written as JSON")
	}
	header := l.header(http.Header{"Content-Type": {"application/json; charset=utf-8"}})
	ans, f := l.out.send(ctx, a, request{method: http.MethodPost, address: address, header: header, body: body, name: l.Name, limit: slackAnswerLimit})
	switch {
	case f != nil:
		return ifsev.Receipt{}, slackAdvice(f, strings.TrimSpace(string(ans.body)))
	case !l.bot():
		return ifsev.Receipt{Status: ans.status, Summary: "posted through " + l.Name, Outputs: ifsev.Data{"ts": "", "channel": ""}}, nil
	}
	return l.slackReceipt(a, ans)
}

// apiBase is a vendor's address, or the connection's in its place.
func (l *link) apiBase(vendor string) *url.URL {
	if l.address != nil {
		return l.address
	}
	u, err := url.Parse(vendor)
	if err != nil {
		panic(err) // a constant of this package; every test of the kind would fail
	}
	return u
}
