package helm_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
	core "k8s.io/api/core/v1"
	kyaml "sigs.k8s.io/yaml"
)

var update = flag.Bool("update", false, "write README.md again")

// value is a row of the README.
type value struct{ path, fallback, doc string }

// values reads values.yaml: every key with a comment, from the first to the last. A map whose keys have comments of
// their own is not a row but its rows' beginning.
func values(t *testing.T) []value {
	t.Helper()
	text, err := os.ReadFile(chart + "/values.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	var rows []value
	walk(t, "", doc.Content[0], &rows)
	return rows
}

func walk(t *testing.T, prefix string, n *yaml.Node, rows *[]value) {
	t.Helper()
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, v := n.Content[i], n.Content[i+1]
		path := prefix + key.Value
		doc := comment(key.HeadComment)
		if v.Kind == yaml.MappingNode && slices.ContainsFunc(v.Content, func(c *yaml.Node) bool { return c.HeadComment != "" }) {
			if doc != "" {
				*rows = append(*rows, value{path: path, doc: doc})
			}
			walk(t, path+".", v, rows)
			continue
		}
		if doc == "" {
			t.Errorf("values.yaml:%d: %s says nothing of itself", key.Line, path)
		}
		*rows = append(*rows, value{path, fallback(t, v), doc})
	}
}

// comment is the last paragraph of a comment in one line.
func comment(text string) string {
	paragraphs := strings.Split(strings.TrimSpace(text), "\n\n")
	var words []string
	for _, line := range strings.Split(paragraphs[len(paragraphs)-1], "\n") {
		words = append(words, strings.Fields(strings.TrimPrefix(line, "#"))...)
	}
	return strings.Join(words, " ")
}

// fallback is a default in one line.
func fallback(t *testing.T, n *yaml.Node) string {
	t.Helper()
	var v any
	if err := n.Decode(&v); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func table(rows []value) string {
	var b strings.Builder
	b.WriteString("| value | default | |\n|---|---|---|\n")
	bar := strings.NewReplacer("|", "\\|", "<", "&lt;")
	for _, r := range rows {
		def := ""
		if r.fallback != "" {
			def = "`" + strings.ReplaceAll(r.fallback, "|", "\\|") + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", r.path, def, bar.Replace(r.doc))
	}
	return b.String()
}

var generated = regexp.MustCompile(`(?s)(<!-- generated:values -->\n\n).*?(\n<!-- end -->)`)

func TestTheReadmeTellsEveryValue(t *testing.T) {
	t.Parallel()
	path := chart + "/README.md"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := generated.ReplaceAll(text, []byte("${1}"+strings.ReplaceAll(table(values(t)), "$", "$$")+"${2}"))
	compare(t, path, text, want)
}

// compare holds a file to what it should be, or writes it.
func compare(t *testing.T, path string, got, want []byte) {
	t.Helper()
	if bytes.Equal(got, want) {
		return
	}
	if !*update {
		t.Errorf("%s is not up to date: run make helm-generate and commit", path)
		return
	}
	if err := os.WriteFile(path, want, 0o644); err != nil {
		t.Error(err)
	}
}

// Every value is in the schema, and everything in the schema has a value: neither can be forgotten.
func TestValuesAndSchemaHaveTheSameKeys(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(chart + "/values.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var schema map[string]any
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	var inSchema, inValues []string
	keys(schema, schema, "", &inSchema)
	for _, v := range values(t) {
		if v.fallback != "" {
			inValues = append(inValues, v.path)
		}
	}
	for _, k := range inSchema {
		if k != "global" && !slices.ContainsFunc(inValues, func(v string) bool { return k == v || strings.HasPrefix(k, v+".") || strings.HasPrefix(v, k+".") }) {
			t.Errorf("the schema has %s, values.yaml has not", k)
		}
	}
	for _, v := range inValues {
		if !slices.Contains(inSchema, v) {
			t.Errorf("values.yaml has %s, the schema has not", v)
		}
	}
}

// keys lists the keys a schema names, but not those of the configuration, which is the daemon's.
func keys(root, s map[string]any, prefix string, into *[]string) {
	if ref, ok := s["$ref"].(string); ok && ref != "#/$defs/configuration" {
		defs, _ := root["$defs"].(map[string]any)
		s, _ = defs[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
	}
	properties, _ := s["properties"].(map[string]any)
	for name, p := range properties {
		*into = append(*into, prefix+name)
		if below, ok := p.(map[string]any); ok {
			keys(root, below, prefix+name+".", into)
		}
	}
}

// The examples of the pages are rendered, and what they configure is right.
func TestTheExamplesOfThePages(t *testing.T) {
	t.Parallel()
	fence := regexp.MustCompile("(?s)```yaml\n(.*?)```")
	for _, page := range []string{chart + "/README.md", "../../docs/deploy.md"} {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		example := fence.FindSubmatch(text) // the first; others are configurations
		if example == nil {
			t.Fatalf("%s has no example", page)
		}
		file := filepath.Join(t.TempDir(), "values.yaml")
		if err := os.WriteFile(file, example[1], 0o600); err != nil {
			t.Fatal(err)
		}
		checked(t, render(t, "--values", file))
	}
}

// The pod that restores runs as the daemon's does, on the claim that the chart makes, and does what it says.
func TestThePodThatRestores(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/deploy.md")
	if err != nil {
		t.Fatal(err)
	}
	var pod core.Pod
	manifest := regexp.MustCompile("(?s)```yaml\n(apiVersion: v1\nkind: Pod\n.*?)```").FindSubmatch(page)
	if manifest == nil || kyaml.UnmarshalStrict(manifest[1], &pod) != nil {
		t.Fatalf("deploy.md has no pod that can be read: %s", manifest)
	}
	r := render(t, "--values", chart+"/ci/embedded.yaml", "--name-template", "ifsev")
	daemon, _ := r.pod(t)
	got, want := pod.Spec.Containers[0], r.container(t)
	if !reflect.DeepEqual(pod.Spec.SecurityContext, daemon.Spec.SecurityContext) || !reflect.DeepEqual(got.SecurityContext, want.SecurityContext) ||
		got.Image != want.Image || !slices.ContainsFunc(want.VolumeMounts, func(m core.VolumeMount) bool { return reflect.DeepEqual(m, got.VolumeMounts[0]) }) {
		t.Errorf("it is %+v, the daemon's %+v", got, want)
	}
	if claim := r.statefulSet.Spec.VolumeClaimTemplates[0].Name + "-" + r.statefulSet.Name + "-0"; pod.Spec.Volumes[0].PersistentVolumeClaim.ClaimName != claim {
		t.Errorf("it mounts %v, want %s", pod.Spec.Volumes[0].PersistentVolumeClaim, claim)
	}

	data := t.TempDir()
	for _, args := range [][]string{
		{"serve", "--listen=127.0.0.1:0", "--store=file:/var/lib/ifsev"}, // ended when it listens: it made a store
		{"store", "backup", "--store=file:/var/lib/ifsev"}, got.Args,
	} {
		ran(t, data, args)
	}
}

// ran runs ifsev with its data in a folder; a daemon it ends once that says that it listens.
func ran(t *testing.T, data string, args []string) {
	t.Helper()
	moved := strings.NewReplacer("/var/lib/ifsev", data)
	if args[0] == "serve" {
		launch(t, args, nil, moved).stop(t)
		return
	}
	for i := range args {
		args[i] = moved.Replace(args[i])
	}
	if out, err := exec.Command(programs(t).ifsev, args...).CombinedOutput(); err != nil {
		t.Errorf("%v: %v\n%s", args, err, out)
	}
}
