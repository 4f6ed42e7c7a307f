package ruletest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/strictyaml"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/triggers"
)

func (r *testReader) timeline(n, key strictyaml.Node) {
	switch {
	case !n.Exists() || n.Kind() == strictyaml.Null:
		r.Add(key.Problem("the test has no timeline", "write timeline: [{at: 5m, fired: […]}]: what is expected, and when"))
	case n.Kind() != strictyaml.List:
		r.Add(n.Problem("`timeline` is a list of entries", "begin each with `- `, such as - {at: 5m, fired: []}"))
	}
	for _, item := range n.Items() {
		if o := item.Object(&strictyaml.Problems{}); o.Take("post").Exists() {
			r.posts = true
		}
	}
	var before time.Duration
	says, wrong := false, len(r.Problems)
	for _, item := range n.Items() {
		e := r.entry(item, before)
		before = e.at
		says = says || expects(item)
		r.t.timeline = append(r.t.timeline, e)
	}
	if len(r.t.timeline) > 0 && !says && len(r.Problems) == wrong {
		r.Add(key.Problem("the test expects nothing, so it cannot fail", "add fired, actions or expect to an entry of its timeline"))
	}
}

// expects reports whether an entry expects anything, rightly or wrongly written.
func expects(n strictyaml.Node) bool {
	return slices.ContainsFunc(n.Pairs(), func(p strictyaml.Pair) bool {
		return slices.Contains([]string{whatFired, whatActions, whatAll, whatExpect}, p.Key.Raw())
	})
}

func (r *testReader) entry(n strictyaml.Node, before time.Duration) entry {
	e := entry{line: n.Line(), at: before}
	o := n.Object(&r.Problems)
	at := o.Need("at")
	if d, ok := at.Duration(&r.Problems); ok {
		if d < before {
			r.Add(at.Problem(fmt.Sprintf("%s lies before the entry above, which is at %s", at.Raw(), ifsev.FormatDuration(before)), "put the entries in the order of time"))
		}
		e.at = max(d, before)
	}
	if in := o.Take("incident"); in.Exists() {
		e.incident = r.named(in)
	}
	e.acts = r.acts(o.Take("do"))
	if p := o.Take("post"); p.Exists() {
		e.post = r.post(p)
	}
	e.fired = r.fired(o.Take("fired"))
	e.actions = r.wanted(o.Take("actions"))
	e.all = r.wanted(o.Take("all_actions"))
	r.expect(&e, o.Take("expect"))
	r.done(o, "an entry of the timeline", lineKeys())
	if (len(e.acts) > 0 || len(e.fields) > 0 || e.holds != nil) && e.incident == "" {
		r.mustBeClear(n)
	}
	return e
}

// named reads which incident is meant.
func (r *testReader) named(n strictyaml.Node) string {
	name, ok := n.Text(&r.Problems)
	number, numbered := strings.CutPrefix(name, "INC-")
	ordinal, err := strconv.Atoi(number)
	if !ok || slices.Contains(r.names, name) || numbered && err == nil && ordinal >= 1 && (r.posts || ordinal <= len(r.names)) {
		return name
	}
	hint := nearest(name, r.names, "")
	if r.posts && len(r.names) == 0 {
		hint = "incidents that tools open are called INC-1, INC-2 and so on"
	}
	r.Add(n.Problem("the test has no incident "+quoted(name), hint))
	return name
}

// mustBeClear reports an entry that does not say which incident it means.
func (r *testReader) mustBeClear(n strictyaml.Node) {
	switch {
	case len(r.names) > 1:
		r.Add(n.Problem("the entry does not say which incident it means", "add incident: "+r.names[0]))
	case len(r.names) == 0 && !r.posts:
		r.Add(n.Problem("the test has no incident", "add incident: {severity: 1}"))
	}
}

func (r *testReader) fired(n strictyaml.Node) *[]string {
	if !n.Exists() {
		return nil
	}
	names := []string{}
	switch n.Kind() {
	case strictyaml.Scalar:
		names = append(names, r.rule(n))
	case strictyaml.Map:
		r.Add(n.Problem("`fired` is a list of rules", "write fired: [NAME]"))
	}
	for _, item := range n.Items() {
		names = append(names, r.rule(item))
	}
	return &names
}

// acts reads `do`: one or several acts of one person.
func (r *testReader) acts(n strictyaml.Node) []act {
	if n.Kind() == strictyaml.List {
		var all []act
		for _, item := range n.Items() {
			all = append(all, r.acts(item)...)
		}
		return all
	}
	known := []string{"ack", "by", "task_done"}
	for _, spec := range rules.InsideActions() {
		known = append(known, spec.Kind)
	}
	o := n.Object(&r.Problems)
	by := o.Text("by")
	var acts []act
	for _, p := range o.Rest() {
		switch name := p.Key.Raw(); {
		case name == "ack":
			a := act{by: by, ack: true}
			if p.Value.Kind() != strictyaml.Null {
				a.by, _ = p.Value.Text(&r.Problems)
			}
			acts = append(acts, a)
		case name == "task_done":
			id, _ := p.Value.Text(&r.Problems)
			acts = append(acts, act{by: by, taskDone: id})
		case name == "wait":
			r.Add(p.Key.Problem("nobody waits in a test: time passes by itself", "say when with at"))
		case !slices.Contains(known, name):
			r.Add(p.Key.Problem(fmt.Sprintf("nobody can do %q to an incident", name), r.doHint(name, known)))
		default:
			if a, ok := r.outside.Act(p); ok {
				acts = append(acts, act{by: by, act: &a})
			}
		}
	}
	if n.Exists() && len(acts) == 0 && len(r.Problems) == 0 && len(r.outside.Problems()) == 0 {
		r.Add(n.Problem("`do` says nothing", "write do: {ack: alice}"))
	}
	return acts
}

func (r *testReader) doHint(name string, known []string) string {
	if _, outside := r.kinds[name]; outside {
		return "only actions inside the incident can be done by hand; what rules send is expected with actions"
	}
	if slices.Contains([]string{"severity", "status", "title", "description", "service"}, name) {
		return "write set: {" + name + ": …}"
	}
	return nearest(name, known, "it may be "+orList(known))
}

// post reads what a tool posts.
func (r *testReader) post(n strictyaml.Node) *post {
	o := n.Object(&r.Problems)
	p := &post{request: triggers.Request{Header: http.Header{}}}
	source := o.Need("source")
	if name, ok := source.Text(&r.Problems); ok {
		p.source, p.decoder = name, r.world.Sources[name]
		if p.decoder == nil {
			r.Add(source.Problem("there is no source "+quoted(name), nearest(name, keysOf(r.world.Sources), "add it under sources in the configuration")))
		}
	}
	for _, h := range o.Take("headers").Object(&r.Problems).Rest() {
		text, _ := h.Value.Text(&r.Problems)
		p.request.Header.Set(h.Key.Raw(), text)
	}
	file, body := o.Take("file"), o.Take("body")
	switch {
	case file.Exists() == body.Exists():
		r.Add(n.Problem("`post` needs either a file or a body", "write post: {source: …, file: payload.json}"))
	case file.Exists():
		p.request.Body = r.file(file)
	case body.Kind() == strictyaml.Scalar:
		p.request.Body = []byte(body.Raw())
	default:
		p.request.Body, _ = json.Marshal(body.Value()) // of what YAML holds there is always JSON
	}
	r.done(o, "post", postKeys())
	return p
}

func (r *testReader) file(n strictyaml.Node) []byte {
	path, ok := n.Text(&r.Problems)
	if !ok {
		return nil
	}
	text, err := r.payload(path)
	if err != nil {
		r.Add(n.Problem(fmt.Sprintf("the payload cannot be read: %v", err), "the path begins at the folder of the test file"))
	}
	return text
}
