package daemon

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/ifsev/ifsev/internal/format"
	"github.com/ifsev/ifsev/internal/strictyaml"
)

// Layout is a file that is not written in the one layout.
type Layout struct {
	// Path is the file as it was named or found; Before is what is in it, After what it would be.
	Path          string
	Before, After []byte
}

// Layouts reads the files at the paths, of folders the rule files and rule tests in them and below, and answers those
// that the one layout would change, in the order of the paths. Files that are no YAML are in the problems. The error
// says what could not be read.
func Layouts(paths []string) ([]Layout, strictyaml.Problems, error) {
	files, err := layoutFiles(paths)
	if err != nil {
		return nil, nil, err
	}
	var changed []Layout
	var problems strictyaml.Problems
	var errs []error
	for _, file := range files {
		text, err := readRuleFile(file)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		l, wrong, err := LayoutOf(file, []byte(text))
		problems.Add(wrong...)
		errs = append(errs, err)
		if l != nil {
			changed = append(changed, *l)
		}
	}
	return changed, problems, errors.Join(errs...)
}

// LayoutOf answers what the one layout would make of a text; nil where it is right already, and where it is no YAML, of
// which the problems tell.
func LayoutOf(name string, text []byte) (*Layout, strictyaml.Problems, error) {
	after, err := format.Source(name, text)
	var problems strictyaml.Problems
	switch {
	case errors.As(err, &problems):
		return nil, problems, nil
	case err != nil:
		return nil, nil, err
	case string(after) == string(text):
		return nil, nil, nil
	}
	return &Layout{Path: name, Before: text, After: after}, nil, nil
}

// layoutFiles lists rule files and rule tests; one that is reached by several ways, as a link and as itself, once.
func layoutFiles(paths []string) ([]string, error) {
	var files []string
	seen := map[string]bool{}
	for _, path := range paths {
		found, err := filesAt(filepath.Clean(path))
		if err != nil {
			return nil, err
		}
		for _, file := range found {
			real, err := filepath.EvalSymlinks(file)
			if err != nil {
				return nil, fmt.Errorf("%s cannot be read: %w", file, plainError(err))
			}
			if !seen[real] {
				seen[real] = true
				files = append(files, file)
			}
		}
	}
	return files, nil
}

// filesAt lists the files at one path, sorted.
func filesAt(path string) ([]string, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("there is no file or folder %s", path)
	case err != nil:
		return nil, fmt.Errorf("%s cannot be read: %w", path, plainError(err))
	case !info.IsDir():
		return []string{path}, nil
	}
	var files []string
	err = walk(path, 0, func(file string, dir bool) {
		if name := filepath.Base(file); !dir && (isRuleFile(name) || isTestFile(name)) {
			files = append(files, file)
		}
	})
	slices.Sort(files)
	return files, err
}

// Write replaces the file in one step, so that a daemon which watches it never reads half of it, and keeps its
// permissions. What a link points to is replaced, not the link.
func (l *Layout) Write() error {
	if err := l.write(); err != nil {
		return fmt.Errorf("%s cannot be written: %w", l.Path, plainError(err))
	}
	return nil
}

func (l *Layout) write() error {
	target, err := filepath.EvalSymlinks(l.Path)
	if err != nil {
		return err
	}
	info, err := os.Stat(target)
	if err != nil {
		return err
	}
	// A file that is not to be written to is not to be replaced either.
	own, err := os.OpenFile(target, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	if err := own.Close(); err != nil {
		return err
	}
	return replace(target, l.After, info.Mode().Perm())
}

func replace(target string, text []byte, mode fs.FileMode) (err error) {
	made, err := os.CreateTemp(filepath.Dir(target), "."+filepath.Base(target)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(made.Name()) // the error before it is the one to tell
		}
	}()
	_, err = made.Write(text)
	if err = errors.Join(err, made.Chmod(mode), made.Sync(), made.Close()); err != nil {
		return err
	}
	return os.Rename(made.Name(), target)
}
