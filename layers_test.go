package ifsev_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/ifsev/ifsev"

// room is a package, or a folder of packages ending in /..., with what of this module it may import. Rooms are looked
// up from the first to the last; a folder no room fits is an error, so a new package needs a place in the house.
type room struct {
	path string
	may  []string
	why  string
}

var house = []room{
	{"", nil, "the domain knows nobody"},
	{"rules/calendar", []string{"internal/strictyaml"}, "calendars are read and reckoned alone"},
	{"rules/lang", []string{"", "rules/calendar", "internal/nearest"}, "the language stands alone, so that it can be tested and swapped alone"},
	{"rules/ruletest", []string{"", "rules", "rules/lang", "triggers", "internal/strictyaml"}, "rule tests drive the same Decide"},
	{"rules/analysis", []string{"", "rules", "rules/lang", "internal/strictyaml"}, "a set is looked at as a whole from outside of it"},
	{"rules", []string{"", "rules/lang", "rules/calendar", "internal/strictyaml"}, "deciding is pure: no store, no sender, no source"},
	{"triggers", []string{"", "internal/secret", "internal/problem", "internal/throttle", "triggers/..."}, "a source knows neither rules nor store"},
	{"triggers/...", []string{"", "internal/secret", "internal/problem", "triggers", "triggers/..."}, "as triggers"},
	{"actions", []string{"", "internal/secret", "actions/..."}, "a sender knows neither rules nor store"},
	{"actions/...", []string{"", "internal/secret", "actions", "actions/..."}, "as actions"},
	{"state/...", []string{"", "state", "state/..."}, "a backend knows the contract and the domain"},
	{"state", []string{""}, "the contract knows the domain"},
	{"internal/strictyaml", []string{"", "internal/nearest"}, "a tool"},
	{"internal/nearest", nil, "a tool"},
	{"internal/format", []string{"internal/strictyaml"}, "layout knows keys by name, not by meaning"},
	{"internal/secret", nil, "a tool"},
	{"internal/problem", nil, "a tool"},
	{"internal/throttle", nil, "a tool"},
	{"internal/redistest", nil, "a tool of tests"},
	{"internal/record", []string{"", "rules", "rules/calendar"}, "what was recorded, as text"},
	{"internal/archive", []string{"", "state", "rules", "internal/record"}, "what a store holds, as a record and back; it knows no backend"},
	{"internal/shelf", nil, "objects, whatever is in them"},
	{"internal/backtest", []string{"", "rules", "rules/lang", "internal/record"}, "deciding again is as pure as deciding"},
	{"internal/wire", []string{"", "internal/strictyaml"}, "shapes that server and client share"},
	{"internal/client", []string{"", "internal/wire", "internal/problem"}, "the other end of the API"},
	{"internal/engine", []string{"", "state", "rules", "rules/lang", "actions", "triggers"}, "the loop knows no backend, no HTTP"},
	{"internal/config", []string{"", "rules", "rules/calendar", "actions", "triggers", "internal/strictyaml", "internal/secret", "internal/throttle"}, "configuration makes what others use"},
	{"internal/golden", nil, "a tool of tests"},
	{"internal/schematest", []string{"internal/strictyaml"}, "a tool of tests"},
	{"internal/lsp", []string{"", "rules", "rules/lang", "rules/analysis", "internal/config", "internal/strictyaml"}, "an editor is told what check says, and starts nothing"},
	{"internal/api", []string{"", "state", "rules", "rules/analysis", "rules/lang", "internal/archive", "internal/engine", "internal/problem", "internal/record", "internal/wire", "internal/strictyaml", "internal/secret", "internal/throttle"}, "HTTP knows no backend"},
	{"internal/daemon", []string{"*"}, "the wiring"},
	{"internal/sim", []string{"*"}, "tests only"},
	{"internal/reference", []string{"*"}, "a tool: writes what the code says of itself into the pages of docs"},
	{"internal/...", nil, "a new room needs a line here"},
	{"cmd/...", []string{"*"}, "the wiring"},
	{"docs", nil, "pages and their tests"},
	{"mixin", nil, "what watches from outside knows metrics by name alone"},
	{"mixin/generate", []string{"mixin"}, "a tool"},
	{"e2e", []string{"*"}, "tests only"},
	{"e2e/...", []string{"*"}, "tests only"},
}

// libraries may be imported in these folders alone.
var libraries = map[string][]string{
	"github.com/expr-lang/expr":              {"rules/lang"},
	"github.com/adhocore/gronx":              {"rules"},
	"github.com/redis/go-redis":              {"state/redisstate"},
	"github.com/minio/minio-go":              {"internal/shelf"},
	"go.etcd.io/bbolt":                       {"state/boltstate"},
	"github.com/hashicorp/go-retryablehttp":  {"actions"},
	"github.com/wneessen/go-mail":            {"actions"},
	"github.com/prometheus/client_golang":    {"internal/engine", "internal/daemon", "internal/api", "internal/reference"},
	"go.yaml.in/yaml":                        {"internal/strictyaml", "internal/format", "cmd/ifsev"},
	"github.com/spf13/cobra":                 {"cmd/ifsev"},
	"github.com/fsnotify/fsnotify":           {"internal/daemon", "cmd/ifsev"},
	"github.com/santhosh-tekuri/jsonschema/": {"internal/schematest"},
	"github.com/alicebob/miniredis":          {},
}

// The import directions are read from the files themselves: a test that asks the go command is cached and goes on
// passing when a file changes.
func TestImportDirections(t *testing.T) {
	t.Parallel()
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && path != "." && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "testdata" || entry.Name() == "node_modules") {
			return filepath.SkipDir
		}
		if strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") {
			checkImports(t, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func checkImports(t *testing.T, path string) {
	t.Helper()
	folder := filepath.ToSlash(filepath.Dir(path))
	if folder == "." {
		folder = ""
	}
	r, ok := roomOf(folder)
	if !ok {
		t.Errorf("%s: no room of the house fits; give it one in layers_test.go and say why", path)
		return
	}
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
	if err != nil {
		t.Error(err)
		return
	}
	for _, spec := range file.Imports {
		name, _ := strconv.Unquote(spec.Path.Value)
		checkImport(t, path, folder, r, name)
	}
}

func checkImport(t *testing.T, path, folder string, r room, name string) {
	t.Helper()
	if ours, ok := strings.CutPrefix(name, module); ok {
		ours = strings.TrimPrefix(ours, "/")
		if !slices.ContainsFunc(r.may, func(p string) bool { return p == "*" || fits(p, ours) }) {
			t.Errorf("%s imports %q, which %q must not: %s", path, ours, folder, r.why)
		}
		return
	}
	if folder == "" && strings.Contains(strings.Split(name, "/")[0], ".") {
		t.Errorf("%s imports %s: the domain uses the standard library only", path, name)
	}
	for library, folders := range libraries {
		if strings.HasPrefix(name, library) && !slices.Contains(folders, folder) && !slices.Contains(folders, filepath.ToSlash(filepath.Dir(folder))) {
			t.Errorf("%s imports %s, which belongs in %v alone", path, name, folders)
		}
	}
}

func roomOf(folder string) (room, bool) {
	for _, r := range house {
		if fits(r.path, folder) {
			return r, true
		}
	}
	return room{}, false
}

func fits(pattern, folder string) bool {
	if prefix, ok := strings.CutSuffix(pattern, "/..."); ok {
		return strings.HasPrefix(folder, prefix+"/")
	}
	return pattern == folder
}

// Time is handed down: only the outermost rooms may read a clock.
func TestNobodyBelowTheEngineReadsAClock(t *testing.T) {
	t.Parallel()
	for _, folder := range []string{".", "rules", "rules/calendar", "rules/lang", "state", "triggers"} {
		files, err := filepath.Glob(filepath.Join(folder, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v, %d files", folder, err, len(files))
		}
		for _, path := range files {
			if !strings.HasSuffix(path, "_test.go") {
				checkClock(t, path)
			}
		}
	}
}
