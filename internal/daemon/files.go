package daemon

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ifsev/ifsev/rules"
)

// maxRuleFile is how large a rule file may be, in bytes.
const maxRuleFile = 4 << 20

// ReadRules reads the rule files at the paths: a file as it is; of a folder every *.yaml and *.yml in it and in the
// folders below, without tests (*_test.yaml) and without what is hidden (a ConfigMap keeps its versions in ..data).
// They are answered in the order of the paths, those of one folder by name, and behind them the packs they use that lie
// elsewhere. A path that does not exist is an error; a folder without rules is none.
func ReadRules(paths []string) ([]rules.Source, error) {
	var sources []rules.Source
	var errs []error
	seen := map[string]bool{}
	for _, path := range paths {
		files, err := ruleFiles(path)
		errs = append(errs, err)
		for _, file := range files {
			if seen[file] {
				continue // named twice, alone and through its folder
			}
			seen[file] = true
			text, err := readRuleFile(file)
			if err != nil {
				errs = append(errs, err)
				continue
			}
			sources = append(sources, rules.Source{Name: file, Text: text})
		}
	}
	sources, err := withPacks(sources)
	return sources, errors.Join(append(errs, err)...)
}

func readRuleFile(path string) (string, error) {
	info, err := os.Stat(path)
	if err == nil && info.Size() > maxRuleFile {
		return "", fmt.Errorf("the rule file %s is larger than %d bytes: divide it", path, maxRuleFile)
	}
	var text []byte
	if err == nil {
		text, err = os.ReadFile(path)
	}
	if err != nil {
		return "", fmt.Errorf("the rule file %s cannot be read: %w", path, plainError(err))
	}
	return string(text), nil
}

// ruleFiles lists the rule files at one path, cleaned and sorted.
func ruleFiles(path string) ([]string, error) {
	path = filepath.Clean(path)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no rule file or folder %s: name one that exists", path)
	}
	if err != nil {
		return nil, fmt.Errorf("the rules at %s cannot be read: %w", path, plainError(err))
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	var files []string
	err = walk(path, 0, func(file string, dir bool) {
		if !dir && isRuleFile(filepath.Base(file)) {
			files = append(files, file)
		}
	})
	slices.Sort(files)
	return files, err
}

func isRuleFile(name string) bool {
	stem, ext := strings.TrimSuffix(name, filepath.Ext(name)), filepath.Ext(name)
	return (ext == ".yaml" || ext == ".yml") && !strings.HasSuffix(stem, "_test") && !hidden(name)
}

func hidden(name string) bool { return strings.HasPrefix(name, ".") }

// maxFolders is how deep folders are walked: links may lead in a circle.
const maxFolders = 16

// walk visits the folder and what is below it, following links, which is how a ConfigMap shows its files.
func walk(path string, depth int, visit func(path string, dir bool)) error {
	if depth > maxFolders {
		return fmt.Errorf("the folders below %s lie deeper than %d in one another: do links lead in a circle?", path, maxFolders)
	}
	visit(path, true)
	entries, err := os.ReadDir(path)
	if err != nil {
		return fmt.Errorf("the folder %s cannot be read: %w", path, plainError(err))
	}
	for _, entry := range entries {
		if hidden(entry.Name()) {
			continue
		}
		below := filepath.Join(path, entry.Name())
		info, err := os.Stat(below)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue // a link to nothing, or gone meanwhile
		case err != nil:
			return fmt.Errorf("%s cannot be read: %w", below, plainError(err))
		case info.IsDir():
			if err := walk(below, depth+1, visit); err != nil {
				return err
			}
		default:
			visit(below, false)
		}
	}
	return nil
}

// plainError takes the operation and the path off an error that is told with its path already.
func plainError(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}
