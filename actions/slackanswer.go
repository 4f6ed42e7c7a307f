package actions

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/ifsev/ifsev"
)

// slackAnswerLimit is how much is read of an answer of Slack's. It repeats the message, and spells what is not ASCII in
// six or twelve letters: so much that what is wanted of it is found wherever it stands, but for the longest of messages.
const slackAnswerLimit = 1 << 20

// slackAnswer is what the Web API says; it says most of its errors with status 200.
type slackAnswer struct {
	OK       *bool // nil where it does not say
	Error    string
	Needed   string
	Channel  string
	TS       string
	Metadata struct {
		Messages []string `json:"messages"`
	}
}

// field is where what the answer says under a name goes.
func (s *slackAnswer) field(name json.Token) any {
	switch name {
	case "ok":
		return &s.OK
	case "error":
		return &s.Error
	case "needed":
		return &s.Needed
	case "channel":
		return &s.Channel
	case "ts":
		return &s.TS
	case "response_metadata":
		return &s.Metadata
	}
	return &json.RawMessage{}
}

// readSlackAnswer reads an answer as far as it goes. The error is io.ErrUnexpectedEOF where it ends too early.
func readSlackAnswer(body []byte) (slackAnswer, error) {
	var said slackAnswer
	in := json.NewDecoder(bytes.NewReader(body))
	if start, err := in.Token(); err != nil || start != json.Delim('{') {
		return said, errors.New("it is no JSON object")
	}
	for in.More() {
		name, err := in.Token()
		if err == nil {
			err = in.Decode(said.field(name))
		}
		if _, other := errors.AsType[*json.UnmarshalTypeError](err); err != nil && !other { // a type that is new undoes no post
			return said, tooEarly(err)
		}
	}
	_, err := in.Token()
	return said, tooEarly(err)
}

func tooEarly(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// slackReceipt judges an answer of the Web API by what is there of it: to ask again because its end is missing would
// post again.
//
//	ok is true                          posted
//	longer than is read, ok not met     posted: refusals are short, only a message makes an answer long
//	ok is false, and why                refused
//	whole, and no ok in it              refused
//	anything else                       again, for nothing says that it was posted
func (l *link) slackReceipt(a Attempt, ans answer) (ifsev.Receipt, *ifsev.Failure) {
	said, err := readSlackAnswer(ans.body)
	switch {
	case said.OK != nil && *said.OK, said.OK == nil && ans.cut && errors.Is(err, io.ErrUnexpectedEOF):
		return ifsev.Receipt{
			Status: ans.status, Summary: "posted to " + cmp.Or(said.Channel, "a channel through "+l.Name),
			Outputs: ifsev.Data{"ts": said.TS, "channel": said.Channel},
		}, nil
	case err != nil && said.Error == "":
		return ifsev.Receipt{}, failForNow(ifsev.ReasonServer, "%s answered %s, but no JSON that says whether it posted: is its url right?", l.Name, statusText(ans.status))
	}
	f := slackRefusal(said)
	f.RetryAfter = retryAfter(ans.header, a.Now)
	f.Text = fmt.Sprintf("%s: %s", l.Name, f.Text)
	return ifsev.Receipt{}, f
}
