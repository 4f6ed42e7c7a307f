package actions

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/actions/actionstest"
	"github.com/ifsev/ifsev/internal/secret"
)

func slackBot(t *testing.T) (*Sender, *actionstest.Slack) {
	t.Helper()
	fake := actionstest.NewSlack(t)
	fake.Token = "xoxb-right"
	return sender(t, Options{Connections: map[string]Connection{"slack": {URL: secret.Secret(fake.API()), Token: "xoxb-right"}}}), fake
}

func TestSlackPost(t *testing.T) {
	t.Parallel()
	s, fake := slackBot(t)
	first := perform(t, s, attempt(delivery("slack.post", ifsev.Data{"channel": "#incidents", "text": "*down*"})))
	ts := first.Outputs.String("ts")
	if ts == "" || first.Outputs.String("channel") != "#incidents" || first.Status != 200 {
		t.Errorf("receipt %+v", first)
	}
	perform(t, s, attempt(delivery("slack.post", ifsev.Data{"channel": "#incidents", "text": "more", "thread_ts": ts})))
	posts := fake.Posts()
	if posts[0].Text != "*down*" || posts[1].ThreadTS != ts {
		t.Errorf("posts %+v", posts)
	}
}

func TestSlackIncomingWebhook(t *testing.T) {
	t.Parallel()
	fake := actionstest.NewSlack(t)
	s := sender(t, Options{Connections: map[string]Connection{"acme": {Kind: "slack", URL: secret.Secret(fake.Incoming())}}})
	receipt := perform(t, s, attempt(delivery("slack.post", ifsev.Data{"to": "acme", "channel": "#elsewhere", "text": "hi"})))
	if receipt.Summary != "posted through acme" || fake.Posts()[0].Channel != "" || fake.Posts()[0].Text != "hi" {
		t.Errorf("receipt %+v, posts %+v", receipt, fake.Posts())
	}
	fake.Behave(actionstest.Behaviour{Status: 404, Body: "no_service"})
	if f := refused(t, s, attempt(delivery("slack.post", ifsev.Data{"text": "hi"}))); !strings.Contains(f.Text, "make a new one") || !f.Permanent {
		t.Errorf("no_service: %+v", f)
	}
}

func TestNoTextCanMention(t *testing.T) {
	t.Parallel()
	s, fake := slackBot(t)
	evil := "<!channel> <!here|here> <!everyone> <!subteam^S1> <@U999> <https://evil.example.com|https://good.example.com> a&b &lt;!channel&gt;"
	perform(t, s, attempt(delivery("slack.post", ifsev.Data{
		"channel": "#x", "text": evil, "blocks": []any{
			map[string]any{"type": "section", "text": map[string]any{"type": "mrkdwn", "text": evil}, "fields": []any{map[string]any{"type": "mrkdwn", "text": evil}}},
			map[string]any{"type": "markdown", "text": evil},
			map[string]any{"type": "header", "text": map[string]any{"type": "plain_text", "text": "a < b"}},
		},
	})))
	post := fake.Posts()[0]
	sent, err := json.Marshal(post)
	if err != nil {
		t.Fatal(err)
	}
	for _, order := range []string{`\u003c!`, `\u003c@`, `\u003chttps`} {
		if strings.Contains(string(sent), order) {
			t.Errorf("%s is still an order in %s", order, sent)
		}
	}
	if !strings.HasPrefix(post.Text, "&lt;!channel&gt;") || !strings.HasSuffix(post.Text, "a&amp;b &amp;lt;!channel&amp;gt;") {
		t.Errorf("text %q", post.Text)
	}
	if header := post.Blocks[2].(map[string]any)["text"].(map[string]any)["text"]; header != "a < b" {
		t.Errorf("plain text was touched: %q", header)
	}
}

func TestSlackMentions(t *testing.T) {
	t.Parallel()
	s, fake := slackBot(t)
	a := attempt(delivery("slack.post", ifsev.Data{"channel": "#x", "text": "look", "mention": []any{"here", "database", "commander", "bob"}}))
	a.Roles = map[string]string{"commander": "alice"}
	perform(t, s, a)
	if got, want := fake.Posts()[0].Text, "<!here> <@U012AB> <@U012AB> Bob &lt;!channel&gt; look"; got != want {
		t.Errorf("text %q, want %q", got, want)
	}
	a.Delivery.Args = ifsev.Data{"channel": "#x", "mention": "channel", "blocks": []any{map[string]any{"type": "divider"}}}
	perform(t, s, a)
	first, _ := fake.Posts()[1].Blocks[0].(map[string]any)
	if diff := cmp.Diff(map[string]any{"type": "section", "text": map[string]any{"type": "mrkdwn", "text": "<!channel>"}}, first); diff != "" {
		t.Errorf("with blocks (-want +got):\n%s", diff)
	}
	a.Delivery.Args = ifsev.Data{"channel": "#x", "text": "x", "mention": "nobody"}
	if f := refused(t, s, a); f.Reason != ifsev.ReasonConfig || !strings.Contains(f.Text, `"nobody"`) {
		t.Errorf("unknown: %+v", f)
	}
}

func TestSlackErrors(t *testing.T) {
	t.Parallel()
	fake := actionstest.NewSlack(t)
	fake.Token = "xoxb-right"
	fake.Channels = map[string]string{"#x": "", "#old": "is_archived", "#closed": "not_in_channel", "#long": "msg_too_long", "#blocks": "msg_blocks_too_long"}
	at := secret.Secret(fake.API())
	s := sender(t, Options{Connections: map[string]Connection{"good": {Kind: "slack", URL: at, Token: "xoxb-right"}, "bad": {Kind: "slack", URL: at, Token: "xoxb-wrong"}}})
	for name, c := range map[string]struct {
		args   ifsev.Data
		reason ifsev.FailureReason
		text   string
	}{
		"token":     {ifsev.Data{"to": "bad", "channel": "#x", "text": "x"}, ifsev.ReasonAuth, "invalid_auth: check the connection's token"},
		"channel":   {ifsev.Data{"to": "good", "channel": "#y", "text": "x"}, ifsev.ReasonClient, "channel_not_found: check the channel's name"},
		"archived":  {ifsev.Data{"to": "good", "channel": "#old", "text": "x"}, ifsev.ReasonClient, "unarchive"},
		"invite":    {ifsev.Data{"to": "good", "channel": "#closed", "text": "x"}, ifsev.ReasonClient, "invite the app"},
		"too long":  {ifsev.Data{"to": "good", "channel": "#long", "text": "x"}, ifsev.ReasonClient, "shorten"},
		"blocks":    {ifsev.Data{"to": "good", "channel": "#blocks", "text": "x"}, ifsev.ReasonClient, "shorten"},
		"nothing":   {ifsev.Data{"to": "good", "channel": "#x"}, ifsev.ReasonConfig, "give text or blocks"},
		"nowhere":   {ifsev.Data{"to": "good", "text": "x"}, ifsev.ReasonConfig, "channel: it is missing"},
		"ambiguous": {ifsev.Data{"channel": "#x", "text": "x"}, ifsev.ReasonConfig, "name one of bad, good"},
	} {
		f := refused(t, s, attempt(delivery("slack.post", c.args)))
		if f.Reason != c.reason || !f.Permanent || !strings.Contains(f.Text, c.text) {
			t.Errorf("%s: %+v, want %s with %q", name, f, c.reason, c.text)
		}
	}
}

func TestSlackAnswersThatMayBeOver(t *testing.T) {
	t.Parallel()
	s, fake := slackBot(t)
	header := map[string]string{"Retry-After": "30"}
	for name, c := range map[string]struct {
		behaviour actionstest.Behaviour
		want      ifsev.Failure
	}{
		"limit in the body": {actionstest.Behaviour{Status: 200, Header: header, Body: `{"ok":false,"error":"ratelimited"}`}, ifsev.Failure{Reason: ifsev.ReasonRateLimited, RetryAfter: 30 * time.Second}},
		"limit":             {actionstest.Behaviour{Status: 429, Header: header, Body: `{"ok":false,"error":"ratelimited"}`}, ifsev.Failure{Reason: ifsev.ReasonRateLimited, RetryAfter: 30 * time.Second}},
		"trouble":           {actionstest.Behaviour{Status: 200, Body: `{"ok":false,"error":"internal_error"}`}, ifsev.Failure{Reason: ifsev.ReasonServer}},
		"a login page":      {actionstest.Behaviour{Status: 200, Body: `<html>`}, ifsev.Failure{Reason: ifsev.ReasonServer}},
		"half an answer":    {actionstest.Behaviour{Status: 200, Body: `{"ok":tr`}, ifsev.Failure{Reason: ifsev.ReasonServer}},
		"half a refusal":    {actionstest.Behaviour{Status: 200, Body: `{"ok":false,"err`}, ifsev.Failure{Reason: ifsev.ReasonServer}},
		"no word of it":     {actionstest.Behaviour{Status: 200, Body: `{"channel":"C1","mess`}, ifsev.Failure{Reason: ifsev.ReasonServer}},
		"nothing":           {actionstest.Behaviour{Status: 200}, ifsev.Failure{Reason: ifsev.ReasonServer}},
		"a long login page": {actionstest.Behaviour{Status: 200, Body: `<html>` + strings.Repeat("x", 2<<20)}, ifsev.Failure{Reason: ifsev.ReasonServer}},
		"a list":            {actionstest.Behaviour{Status: 200, Body: `[` + strings.Repeat("0,", 1<<20) + `0]`}, ifsev.Failure{Reason: ifsev.ReasonServer}},
		"another API":       {actionstest.Behaviour{Status: 200, Body: `{"status":"fine"}`}, ifsev.Failure{Reason: ifsev.ReasonClient, Permanent: true}},
		"scope":             {actionstest.Behaviour{Status: 200, Body: `{"ok":false,"error":"missing_scope","needed":"chat:write"}`}, ifsev.Failure{Reason: ifsev.ReasonAuth, Permanent: true}},
		"a new word":        {actionstest.Behaviour{Status: 200, Body: `{"ok":false,"error":"frobnicated"}`}, ifsev.Failure{Reason: ifsev.ReasonClient, Permanent: true}},
	} {
		fake.Behave(c.behaviour)
		f := refused(t, s, attempt(delivery("slack.post", ifsev.Data{"channel": "#x", "text": "x"})))
		got := *f
		got.Text = ""
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// What Slack would refuse for its length is cut: a message that is not posted tells nobody anything.
func TestSlackTextsAreCut(t *testing.T) {
	t.Parallel()
	object := func(kind, text string) map[string]any { return map[string]any{"type": kind, "text": text} }
	long := strings.Repeat("é", 50000)
	for name, c := range map[string]struct {
		args   ifsev.Data
		at     []any // where in the post the text is
		length int
		end    string
	}{
		"text":           {ifsev.Data{"text": long}, []any{"text"}, 40000, "é…"},
		"text that fits": {ifsev.Data{"text": long[:2*40000]}, []any{"text"}, 40000, "éé"},
		"escaped":        {ifsev.Data{"text": strings.Repeat("&", 9000)}, []any{"text"}, 39996, "&amp;…"},
		"escaped, fits":  {ifsev.Data{"text": strings.Repeat("&", 8000)}, []any{"text"}, 40000, "&amp;"},
		"with a mention": {ifsev.Data{"text": long, "mention": "alice"}, []any{"text"}, 40000, "é…"},
		"section":        {ifsev.Data{"blocks": []any{map[string]any{"type": "section", "text": object("mrkdwn", long)}}}, []any{"blocks", 0, "text", "text"}, 3000, "é…"},
		"section, plain": {ifsev.Data{"blocks": []any{map[string]any{"type": "section", "text": object("plain_text", long)}}}, []any{"blocks", 0, "text", "text"}, 3000, "é…"},
		"field":          {ifsev.Data{"blocks": []any{map[string]any{"type": "section", "fields": []any{object("mrkdwn", strings.Repeat("<", 2000))}}}}, []any{"blocks", 0, "fields", 0, "text"}, 1997, "&lt;…"},
		"header":         {ifsev.Data{"blocks": []any{map[string]any{"type": "header", "text": object("plain_text", strings.Repeat("&", 200))}}}, []any{"blocks", 0, "text", "text"}, 150, "&…"},
		"context":        {ifsev.Data{"blocks": []any{map[string]any{"type": "context", "elements": []any{object("mrkdwn", long)}}}}, []any{"blocks", 0, "elements", 0, "text"}, 3000, "é…"},
		"button":         {ifsev.Data{"blocks": []any{map[string]any{"type": "actions", "elements": []any{map[string]any{"type": "button", "text": object("plain_text", long)}}}}}, []any{"blocks", 0, "elements", 0, "text", "text"}, 75, "é…"},
		"markdown":       {ifsev.Data{"blocks": []any{object("markdown", strings.Repeat("x", 12001))}}, []any{"blocks", 0, "text"}, 12000, "x…"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := actionstest.NewReceiver(t)
			s := sender(t, Options{Connections: map[string]Connection{"slack": {URL: secret.Secret(r.URL())}}})
			perform(t, s, attempt(delivery("slack.post", c.args)))
			var got any = r.Requests()[0].JSON()
			for _, step := range c.at {
				switch step := step.(type) {
				case string:
					got = got.(map[string]any)[step]
				case int:
					got = got.([]any)[step]
				}
			}
			text := got.(string)
			if n := len([]rune(text)); n != c.length || !strings.HasSuffix(text, c.end) {
				t.Errorf("%d characters that end in %q, want %d and %q", n, text[max(0, len(text)-8):], c.length, c.end)
			}
		})
	}
}

func TestSlackTakesWhatWasCut(t *testing.T) {
	t.Parallel()
	s, fake := slackBot(t)
	var blocks []any
	for range 60 {
		blocks = append(blocks, map[string]any{"type": "section", "text": map[string]any{"type": "mrkdwn", "text": strings.Repeat("<&>", 1000)}})
	}
	perform(t, s, attempt(delivery("slack.post", ifsev.Data{"channel": "#x", "text": strings.Repeat("<&>", 20000), "blocks": blocks, "mention": "here"})))
	post := fake.Posts()[0]
	if !strings.HasPrefix(post.Text, "<!here> &lt;") || len(post.Blocks) != slackBlockLimit {
		t.Errorf("text %.20s and %d blocks", post.Text, len(post.Blocks))
	}
	if diff := cmp.Diff([]any{slackSection("<!here>"), slackSection("…")}, []any{post.Blocks[0], post.Blocks[slackBlockLimit-1]}); diff != "" {
		t.Errorf("first and last block (-want +got):\n%s", diff)
	}
}

// The answer repeats the message, so how long it is depends on the message, and it was posted all the same.
func TestWhatSlackPostedIsNotPostedAgain(t *testing.T) {
	t.Parallel()
	s, fake := slackBot(t)
	long := strings.Repeat("x", answerLimit)
	for name, c := range map[string]struct {
		body string
		ts   string
	}{
		"longer than others are":     {`{"ok":true,"channel":"C1","ts":"1.2","message":{"text":"` + long + `"}}`, "1.2"},
		"the message comes first":    {`{"message":{"text":"` + long + `"},"ts":"1.2","channel":"C1","ok":true}`, "1.2"},
		"too long":                   {`{"ok":true,"channel":"C1","ts":"1.2","message":{"text":"` + strings.Repeat(long, 20) + `"}}`, "1.2"},
		"too long, message first":    {`{"message":{"text":"` + strings.Repeat(long, 20) + `"},"ts":"1.2","channel":"C1","ok":true}`, ""},
		"too long, in many pieces":   {`{"message":{"blocks":[` + strings.Repeat(`{"text":"x"},`, 100000) + `0]},"ts":"1.2","channel":"C1","ok":true}`, ""},
		"broken off":                 {`{"ok":true,"channel":"C1","ts":"1.2","mess`, "1.2"},
		"broken off at once":         {`{"ok":true`, ""},
		"of another type":            {`{"ok":true,"channel":{"id":"C1"},"ts":7,"response_metadata":"none"}`, ""},
		"more behind it":             {`{"ok":true,"channel":"C1","ts":"1.2"} trailer`, "1.2"},
		"a name for two things":      {`{"OK":false,"Error":"x","ok":true,"channel":"C1","ts":"1.2"}`, "1.2"},
		"a warning with the message": {`{"ok":true,"ts":"1.2","channel":"C1","response_metadata":{"messages":["[WARN] cut"]}}`, "1.2"},
	} {
		fake.Behave(actionstest.Behaviour{Status: 200, Body: c.body})
		receipt := perform(t, s, attempt(delivery("slack.post", ifsev.Data{"channel": "#x", "text": "x"})))
		if receipt.Outputs.String("ts") != c.ts || receipt.Status != 200 || strings.HasSuffix(receipt.Summary, " ") {
			t.Errorf("%s: receipt %+v, want ts %q", name, receipt, c.ts)
		}
	}
}

func TestSlackChannelRate(t *testing.T) {
	t.Parallel()
	s, fake := slackBot(t)
	fake.Spacing = time.Hour
	a := attempt(delivery("slack.post", ifsev.Data{"channel": "#x", "text": "x"}))
	perform(t, s, a)
	if f := refused(t, s, a); f.Reason != ifsev.ReasonRateLimited || f.RetryAfter != time.Second {
		t.Errorf("%+v", f)
	}
	a.Delivery.Args["channel"] = "#y"
	perform(t, s, a)
}
