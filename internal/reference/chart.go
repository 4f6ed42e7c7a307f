package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"regexp"

	"github.com/ifsev/ifsev/internal/daemon"
)

// configurationLine is the one line of the chart's schema that holds the schema of the configuration.
var configurationLine = regexp.MustCompile(`(?m)^    "configuration": \{.*\},$`)

// updateChart writes the schema of the configuration into that of the chart's values, so that helm refuses what the
// daemon would refuse. A file that is right already is not touched.
func updateChart(path string) error {
	before, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	after, err := fillChart(before, daemon.ConfigSchema())
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if bytes.Equal(before, after) {
		return nil
	}
	return os.WriteFile(path, after, 0o644) //nolint:gosec // schemas are for everybody to read
}

// fillChart answers the chart's schema with that of the configuration in its place.
func fillChart(chart, configuration []byte) ([]byte, error) {
	if n := len(configurationLine.FindAll(chart, -1)); n != 1 {
		return nil, fmt.Errorf(`want one line that begins with "configuration" in its $defs, there are %d`, n)
	}
	var line bytes.Buffer
	line.WriteString(`    "configuration": `)
	if err := json.Compact(&line, configuration); err != nil {
		return nil, err
	}
	line.WriteString(",")
	return configurationLine.ReplaceAllLiteral(chart, line.Bytes()), nil
}
