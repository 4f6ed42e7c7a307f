package daemon

import (
	"fmt"
	"strings"
)

// banner says where it listens, what it loaded, where its data is, and what to try next.
func (d *daemon) banner() {
	s := d.current
	var b strings.Builder
	fmt.Fprintf(&b, "ifsev %s listens on %s\n", d.Version, d.url)
	fmt.Fprintf(&b, "  rules   %s\n", d.rulesLine())
	fmt.Fprintf(&b, "  data    %s\n", d.store.place)
	if len(s.read) > 0 {
		fmt.Fprintf(&b, "  config  %s\n", s.read[0])
	}
	token := ""
	if len(s.settings.Tokens) > 0 {
		token = ` -H "Authorization: Bearer $IFSEV_TOKEN"`
	}
	fmt.Fprintf(&b, "\nDeclare an incident:\n  curl -sS %s/api/v1/incidents%s -H 'Content-Type: application/json' \\\n    -d '{\"title\": \"Checkout is down\", \"severity\": 1, \"tags\": [\"database\"]}'\n", d.url, token)
	_, _ = fmt.Fprint(d.Out, b.String()) // a terminal that is gone stops no daemon
}

func (d *daemon) rulesLine() string {
	s := d.current
	if len(s.config.Rules) == 0 {
		return "none; name files or folders with --rules"
	}
	return fmt.Sprintf("%d in %s, from %s", len(s.set.Rules), count(s.files, "file"), strings.Join(s.config.Rules, ", "))
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
