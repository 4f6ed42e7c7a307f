package actionstest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// Slack answers chat.postMessage under /api, and incoming webhooks under /services/.
type Slack struct {
	*Receiver

	// Token is the bot's token it asks for; empty takes any. Set it before the first request.
	Token string
	// Channels are the channels there are, by name or id, with what is wrong with them ("" for nothing, or an error such
	// as is_archived or not_in_channel); nil means every channel is there. Set it before the first request.
	Channels map[string]string
	// Spacing is the least time between two posts to a channel; 0 means no limit. Slack's own is a second.
	Spacing time.Duration

	postsMu sync.Mutex
	posts   []SlackPost
	last    map[string]time.Time
}

// SlackPost is a message that was posted.
type SlackPost struct {
	// Channel is the channel as it was named; empty through an incoming webhook.
	Channel  string `json:"channel"`
	Text     string `json:"text"`
	Blocks   []any  `json:"blocks"`
	ThreadTS string `json:"thread_ts"`
	// TS is the id the message was given.
	TS string `json:"-"`
}

// NewSlack starts a fake Slack for a test, which closes it.
func NewSlack(tb testing.TB) *Slack {
	tb.Helper()
	return forTest(tb, ListenSlack)
}

// ListenSlack starts a fake Slack on an address. Whoever starts it closes it.
func ListenSlack(address string) (*Slack, error) {
	s := &Slack{last: map[string]time.Time{}}
	r, err := listen(address, s.answer)
	s.Receiver = r
	return s, err
}

// API is what stands for https://slack.com/api.
func (s *Slack) API() string { return s.URL() + "/api" }

// Incoming is the address of an incoming webhook.
func (s *Slack) Incoming() string {
	return s.URL() + "/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX"
}

// Posts lists every message that was posted, in order.
func (s *Slack) Posts() []SlackPost {
	s.postsMu.Lock()
	defer s.postsMu.Unlock()
	return append([]SlackPost{}, s.posts...)
}

func (s *Slack) answer(r Recorded) reply {
	switch {
	case r.Method != http.MethodPost:
		return reply{status: http.StatusMethodNotAllowed}
	case r.Path == "/api/chat.postMessage":
		return s.postMessage(r)
	case strings.HasPrefix(r.Path, "/services/"):
		return s.incoming(r)
	}
	return reply{status: http.StatusNotFound, body: "not found"}
}

func (s *Slack) postMessage(r Recorded) reply {
	token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	var p SlackPost
	broken := json.Unmarshal(r.Body, &p) != nil
	problem, known := s.Channels[p.Channel]
	switch {
	case !bearer || token == "":
		return slackError("not_authed")
	case s.Token != "" && token != s.Token:
		return slackError("invalid_auth")
	case broken || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json"):
		return slackError("invalid_json")
	case p.Channel == "" || s.Channels != nil && !known:
		return slackError("channel_not_found")
	case problem != "":
		return slackError(problem)
	case p.Text == "" && len(p.Blocks) == 0:
		return slackError("no_text")
	case len([]rune(p.Text)) > 40000:
		return slackError("msg_too_long")
	case p.wrongBlock() != "":
		return invalidBlocks(p.wrongBlock())
	case s.tooSoon(p.Channel, r.At):
		return reply{status: http.StatusTooManyRequests, header: map[string]string{"Retry-After": "1"}, body: `{"ok":false,"error":"ratelimited"}`}
	}
	p = s.keep(p, r.At)
	body, err := json.Marshal(map[string]any{"ok": true, "channel": p.Channel, "ts": p.TS, "message": map[string]any{"type": "message", "text": p.Text, "ts": p.TS}})
	if err != nil {
		return slackError("internal_error")
	}
	return reply{status: http.StatusOK, body: string(body)}
}

func (s *Slack) incoming(r Recorded) reply {
	plain := func(status int, text string) reply {
		return reply{status: status, header: map[string]string{"Content-Type": "text/html"}, body: text}
	}
	var p SlackPost
	switch err := json.Unmarshal(r.Body, &p); {
	case len(strings.Split(strings.Trim(r.Path, "/"), "/")) != 4:
		return plain(http.StatusNotFound, "no_service")
	case err != nil:
		return plain(http.StatusBadRequest, "invalid_payload")
	case p.Text == "" && len(p.Blocks) == 0:
		return plain(http.StatusBadRequest, "no_text")
	case p.wrongBlock() != "":
		return plain(http.StatusBadRequest, "invalid_blocks")
	case s.tooSoon(r.Path, r.At):
		return reply{status: http.StatusTooManyRequests, header: map[string]string{"Retry-After": "1"}, body: "rate_limited"}
	}
	s.keep(p, r.At)
	return plain(http.StatusOK, "ok")
}

// wrongBlock says, in Slack's words, which of the blocks is longer than its kind may be; "" if none is.
func (p *SlackPost) wrongBlock() string {
	if len(p.Blocks) > 50 {
		return "no more than 50 items allowed [json-pointer:/blocks]"
	}
	for i, b := range p.Blocks {
		block, _ := b.(map[string]any) // what is none has no texts
		most := map[any]int{"header": 150}[block["type"]]
		if most == 0 {
			most = 3000
		}
		if at := tooLong(block["text"], most); at != "" {
			return fmt.Sprintf("must be less than %d characters [json-pointer:/blocks/%d/text%s]", most+1, i, at)
		}
		fields, _ := block["fields"].([]any)
		for j := range fields {
			if at := tooLong(fields[j], 2000); at != "" {
				return fmt.Sprintf("must be less than 2001 characters [json-pointer:/blocks/%d/fields/%d%s]", i, j, at)
			}
		}
	}
	return ""
}

// tooLong says where in a text object the text is that is longer than it may be.
func tooLong(v any, most int) string {
	object, _ := v.(map[string]any)
	if text, ok := object["text"].(string); ok && len([]rune(text)) > most {
		return "/text"
	}
	return ""
}

// tooSoon applies the channel's rate limit.
func (s *Slack) tooSoon(channel string, at time.Time) bool {
	s.postsMu.Lock()
	defer s.postsMu.Unlock()
	last, seen := s.last[channel]
	if s.Spacing > 0 && seen && at.Sub(last) < s.Spacing {
		return true
	}
	s.last[channel] = at
	return false
}

func (s *Slack) keep(p SlackPost, at time.Time) SlackPost {
	s.postsMu.Lock()
	defer s.postsMu.Unlock()
	p.TS = fmt.Sprintf("%d.%06d", at.Unix(), len(s.posts)+1)
	s.posts = append(s.posts, p)
	return p
}

func slackError(word string) reply {
	return reply{status: http.StatusOK, body: fmt.Sprintf(`{"ok":false,"error":%q}`, word)}
}

func invalidBlocks(message string) reply {
	return reply{status: http.StatusOK, body: fmt.Sprintf(`{"ok":false,"error":"invalid_blocks","response_metadata":{"messages":[%q]}}`, "[ERROR] "+message)}
}
