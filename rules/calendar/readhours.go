package calendar

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/ifsev/ifsev/internal/strictyaml"
)

// sameHours gives every day the same hours.
func (r *reader) sameHours(days, hours strictyaml.Node) {
	spans := []Span{{0, fullDay}}
	if hours.Exists() {
		spans = r.spans(hours)
	}
	if !days.Exists() {
		for d := time.Monday; d <= time.Friday; d++ {
			r.week[d] = spans
		}
		return
	}
	r.eachDay(days, func(d time.Weekday) { r.week[d] = spans })
}

// perDay reads a map of days to hours.
func (r *reader) perDay(days, hours strictyaml.Node) {
	if days.Exists() {
		r.ps.Add(days.Problem("`hours` names the days already", "remove `days`, or write the same hours for all of them"))
	}
	for _, p := range hours.Pairs() {
		spans := r.spans(p.Value)
		r.eachDay(p.Key, func(d time.Weekday) { r.week[d] = spans })
	}
	if len(hours.Pairs()) == 0 {
		r.ps.Add(hours.Problem("`hours` names no day", `write {mon-thu: "09:00-17:30", fri: "09:00-15:00"}`))
	}
}

// eachDay reads a day, a range or a list of them; a day may be there once.
func (r *reader) eachDay(n strictyaml.Node, take func(time.Weekday)) {
	const how = "write days: mon-fri, or [mon, wed]"
	items := n.Items()
	switch n.Kind() {
	case strictyaml.Scalar:
		items = []strictyaml.Node{n}
	case strictyaml.List:
		if len(items) == 0 {
			r.ps.Add(n.Problem("there is no day in the list", how))
		}
	case strictyaml.Map:
		r.ps.Add(n.Problem("`days` is a day, a range or a list of them", `write hours: {mon-thu: "09:00-17:30", fri: "09:00-15:00"} in the place of days`))
	default:
		r.ps.Add(r.place(n).Problem("`days` is a day, a range or a list of them", how))
	}
	for _, item := range items {
		text, ok := item.Text(r.ps)
		if !ok {
			continue
		}
		days, err := ParseDays(text)
		if err != nil {
			r.report(item, err)
		}
		for _, d := range days {
			if r.from[d].Exists() {
				r.ps.Add(item.Problem(fmt.Sprintf("%s is there twice", Days()[d]), "name each day once; several hours of one day are a list"))
				break
			}
			r.from[d] = item
			take(d)
		}
	}
}

// spans reads hours or a list of them.
func (r *reader) spans(n strictyaml.Node) []Span {
	const how = `write "09:00-17:30", or a list of such`
	items := n.Items()
	switch n.Kind() {
	case strictyaml.Scalar:
		items = []strictyaml.Node{n}
	case strictyaml.List:
		if len(items) == 0 || len(items) > MaxSpans {
			r.ps.Add(n.Problem(fmt.Sprintf("a day has 1 to %d hours, not %d", MaxSpans, len(items)), how))
			return nil
		}
	default:
		r.ps.Add(r.place(n).Problem("`hours` are missing here", how))
		return nil
	}
	var spans []Span
	for _, item := range items {
		text, ok := item.Text(r.ps)
		if !ok {
			continue
		}
		span, err := ParseSpan(text)
		if err != nil {
			r.report(item, err)
			continue
		}
		spans = append(spans, span)
	}
	slices.SortStableFunc(spans, func(a, b Span) int { return cmp.Compare(a.From, b.From) })
	return spans
}
