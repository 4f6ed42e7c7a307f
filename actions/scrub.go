package actions

import (
	"encoding/base64"
	"encoding/json"
	"html"
	"net/url"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/secret"
)

// shortestSecret is the length below which a secret is not looked for: it would be found in every other word.
const shortestSecret = 4

// scrubber takes known secrets out of what receivers send back, in the spellings they come back in.
type scrubber struct {
	spellings []string
	replacer  *strings.Replacer
}

func newScrubber(secrets []string) *scrubber {
	seen := map[string]bool{}
	for _, s := range secrets {
		for _, spelling := range spellings(s) {
			if len(spelling) >= shortestSecret {
				seen[spelling] = true
			}
		}
	}
	list := sortedNames(seen)
	// Where one secret begins with another the longer goes first, or its end would stay.
	sort.SliceStable(list, func(i, j int) bool { return len(list[i]) > len(list[j]) })
	pairs := make([]string, 0, 2*len(list))
	for _, s := range list {
		pairs = append(pairs, s, secret.Redacted)
	}
	return &scrubber{spellings: list, replacer: strings.NewReplacer(pairs...)}
}

// with answers a scrubber that looks for further secrets too.
func (s *scrubber) with(secrets ...string) *scrubber {
	if len(secrets) == 0 {
		return s
	}
	return newScrubber(append(append([]string{}, s.spellings...), secrets...))
}

// spellings lists how a secret may come back: as it is, or as it stands in JSON, in JSON within JSON (a receiver that
// repeats our body in its error), in an address or in HTML.
func spellings(s string) []string {
	once := inJSON(s)
	return []string{s, once, inJSON(once), strings.ReplaceAll(s, "/", `\/`), url.QueryEscape(s), url.PathEscape(s), html.EscapeString(s)}
}

func inJSON(s string) string {
	quoted, err := json.Marshal(s)
	if err != nil || len(quoted) < 2 {
		return s
	}
	return string(quoted[1 : len(quoted)-1])
}

func (s *scrubber) text(t string) string { return s.replacer.Replace(t) }

// unfinished scrubs a text that was cut off. What its end has of a secret would not be found, so whatever one of them may
// begin with goes from there too.
func (s *scrubber) unfinished(t string) string {
	end := len(t)
	for _, spelling := range s.spellings {
		end = min(end, len(t)-begun(t, spelling))
	}
	for {
		start := s.across(t, end)
		if start == end {
			return s.text(t[:end])
		}
		end = start
	}
}

// begun is how much of a spelling, short of all of it, stands at the end of a text.
func begun(t, spelling string) int {
	n := min(len(t), len(spelling)-1)
	for ; n > 0 && !strings.HasSuffix(t, spelling[:n]); n-- {
	}
	return n
}

// across is where a whole secret begins that reaches over a place in the text: to cut there would halve it. It is the
// place itself where there is none.
func (s *scrubber) across(t string, place int) int {
	start := place
	for _, spelling := range s.spellings {
		from, to := max(0, place-len(spelling)+1), min(len(t), place+len(spelling)-1)
		if at := strings.Index(t[from:to], spelling); at >= 0 {
			start = min(start, from+at)
		}
	}
	return start
}

func (s *scrubber) data(d ifsev.Data) ifsev.Data {
	if d == nil {
		return nil
	}
	m, _ := s.value(map[string]any(d)).(map[string]any) // a map stays a map
	return m
}

func (s *scrubber) value(v any) any {
	switch v := v.(type) {
	case string:
		return s.text(v)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = s.value(v[i])
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for k := range v {
			out[s.text(k)] = s.value(v[k])
		}
		return out
	}
	return v
}

// secrets lists everything in a connection that must not come out again.
func (c *Connection) secrets() []string {
	list := addressSecrets(c.URL.Reveal())
	for _, s := range []secret.Secret{c.Token, c.RoutingKey, c.Sign} {
		list = append(list, s.Reveal())
	}
	list = append(list, strings.TrimPrefix(c.Sign.Reveal(), signPrefix))
	list = append(list, signInSecrets(c.User.Reveal(), c.Password.Reveal())...)
	for _, s := range c.Headers {
		_, credentials, _ := strings.Cut(s.Reveal(), " ") // Bearer, Basic
		list = append(list, s.Reveal(), credentials)
	}
	return list
}

// signInSecrets lists what somebody signs in with, as it goes over the line: basic authentication, and PLAIN and LOGIN of
// mail servers, some of which repeat the line they refuse. A user is a secret where it is an API key; a name such as
// admin is half of all texts.
func signInSecrets(user, password string) []string {
	var list []string
	key := looksLikeToken(user)
	if key {
		list = append(list, user, inBase64(user))
	}
	if key || password != "" {
		list = append(list, password, inBase64(password), inBase64(user+":"+password), inBase64("\x00"+user+"\x00"+password))
	}
	return list
}

func inBase64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// addressSecrets lists what in an address must not come out again: credentials, the query, and a path that holds a
// token. A plain path such as /api/v2 stays, because answers are full of links that hold it.
func addressSecrets(address string) []string {
	u, err := url.Parse(address)
	if err != nil {
		return []string{address}
	}
	var list []string
	password, _ := u.User.Password() // without one the user alone may be a key
	list = append(list, signInSecrets(u.User.Username(), password)...)
	list = append(list, u.RawQuery)
	for _, values := range u.Query() {
		list = append(list, values...)
	}
	for _, segment := range strings.Split(u.Path, "/") {
		if looksLikeToken(segment) {
			list = append(list, segment, u.Path, u.EscapedPath())
		}
	}
	return list
}

func looksLikeToken(s string) bool {
	return len(s) >= 16 || len(s) >= 8 && strings.ContainsFunc(s, unicode.IsDigit)
}

// excerpt makes one line of at most limit bytes of what a receiver sent.
func excerpt(text string, limit int) string {
	words := strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
	return cut(strings.Join(words, " "), limit)
}

// cut shortens a text to at most limit bytes, between two letters.
func cut(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	end := limit - len("…")
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}
