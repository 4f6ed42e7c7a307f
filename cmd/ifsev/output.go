package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"go.yaml.in/yaml/v4"
)

// The formats of what commands print.
const (
	formatTable = "table"
	formatJSON  = "json"
	formatYAML  = "yaml"
)

func formats() []string { return []string{formatTable, formatJSON, formatYAML} }

func checkFormat(format string, known []string) error {
	if slices.Contains(known, format) {
		return nil
	}
	return usagef("the format %q is not known: it is %s", format, strings.Join(known, ", "))
}

// print writes a value as the flag asks: for people with table, otherwise as the API has it.
func (r *remote) print(value any, table func(io.Writer)) error {
	switch r.output {
	case formatJSON:
		return writeJSON(r.out, value)
	case formatYAML:
		return writeYAML(r.out, value)
	}
	table(r.out)
	return nil
}

func writeJSON(w io.Writer, value any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(value)
}

// writeYAML writes the JSON of a value as YAML, so that both have the same names in the same order.
func writeYAML(w io.Writer, value any) error {
	raw, err := json.Marshal(value)
	if err != nil {
		return err
	}
	var node yaml.Node
	if err := yaml.Unmarshal(raw, &node); err != nil { // JSON is YAML
		return err
	}
	plain(&node)
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := enc.Encode(&node); err != nil {
		return err
	}
	if err := enc.Close(); err != nil {
		return err
	}
	_, err = w.Write(b.Bytes())
	return err
}

// plain takes the marks of JSON away: braces always, quotes where the text is text without them.
func plain(n *yaml.Node) {
	n.Style = 0
	for _, child := range n.Content {
		plain(child)
	}
}

// table writes rows in columns; the first row is the heading.
func table(w io.Writer, rows [][]string) {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		_, _ = fmt.Fprintln(tw, strings.TrimRight(strings.Join(row, "\t"), "\t ")) // shown at Flush
	}
	_ = tw.Flush() // a terminal that is gone has nobody to be told
}

// say writes a line for people.
func say(w io.Writer, format string, args ...any) {
	_, _ = fmt.Fprintf(w, format+"\n", args...) // a terminal that is gone has nobody to be told
}

// visible makes text from elsewhere harmless to a terminal: control characters, escape sequences among them, are
// shown as they are written.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return '�'
		}
		return r
	}, strings.NewReplacer("\r\n", " ", "\n", " ", "\t", " ").Replace(s))
}
