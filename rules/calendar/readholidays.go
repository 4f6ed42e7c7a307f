package calendar

import (
	"fmt"

	"github.com/ifsev/ifsev/internal/strictyaml"
)

// holidays reads a list of dates, ranges and {every: …}.
func (r *reader) holidays(n strictyaml.Node) []Holiday {
	const how = "write holidays: [2026-12-25, 2026-12-24..2026-12-26, {every: 01-01}]"
	if k := n.Kind(); k != strictyaml.Missing && k != strictyaml.List {
		r.ps.Add(r.place(n).Problem("`holidays` is a list", how))
		return nil
	}
	var all []Holiday
	for _, item := range n.Items() {
		h, ok := r.holiday(item)
		if !ok {
			continue
		}
		if *r.left -= h.Days(); *r.left < 0 {
			r.ps.Add(item.Problem(fmt.Sprintf("there are more than %d holidays", MaxHolidays), "use {every: …}, and leave out what is long past"))
			return all
		}
		all = append(all, h)
	}
	return all
}

func (r *reader) holiday(n strictyaml.Node) (Holiday, bool) {
	yearly := n.Kind() == strictyaml.Map
	if yearly {
		o := n.Object(r.ps)
		n = o.Need("every")
		o.Done("a holiday")
	}
	text, ok := n.Text(r.ps)
	if !ok {
		return Holiday{}, false
	}
	parse := ParseHoliday
	if yearly {
		parse = ParseYearly
	}
	h, err := parse(text)
	if err == nil {
		return h, true
	}
	if _, other := ParseYearly(text); other == nil {
		r.ps.Add(n.Problem(fmt.Sprintf("%q names no year", text), "write 2026-"+text+", or of every year {every: "+text+"}"))
		return Holiday{}, false
	}
	r.report(n, err)
	return Holiday{}, false
}
