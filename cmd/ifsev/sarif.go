package main

import (
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ifsev/ifsev/internal/daemon"
	"github.com/ifsev/ifsev/internal/strictyaml"
)

// The shape of SARIF 2.1.0, as far as a check of files needs it: code hosts show the results beside the lines.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool       sarifTool     `json:"tool"`
		ColumnKind string        `json:"columnKind"`
		Results    []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name           string      `json:"name"`
		Version        string      `json:"semanticVersion,omitempty"`
		InformationURI string      `json:"informationUri"`
		Rules          []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID string `json:"id"`
	}
	sarifResult struct {
		RuleID    string          `json:"ruleId"`
		RuleIndex int             `json:"ruleIndex"`
		Level     string          `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations,omitempty"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifLocation struct {
		Physical sarifPhysical `json:"physicalLocation"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine   int        `json:"startLine"`
		StartColumn int        `json:"startColumn"`
		EndColumn   int        `json:"endColumn"`
		Snippet     *sarifText `json:"snippet,omitempty"`
	}
)

const (
	sarifSchema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
	homepage    = "https://github.com/ifsev/ifsev"
	// plainMistake is the rule of what has no code of its own.
	plainMistake = "mistake"
)

// sarif makes a log of what a check found.
func sarif(r *daemon.Report, version string) sarifLog {
	codes := []string{plainMistake}
	results := []sarifResult{}
	add := func(level string, problems strictyaml.Problems) {
		for _, p := range problems {
			code := p.Code
			if code == "" {
				code = plainMistake
			}
			if !slices.Contains(codes, code) {
				codes = append(codes, code)
			}
			results = append(results, sarifResultOf(p, code, slices.Index(codes, code), level))
		}
	}
	add("error", r.Errors)
	add("warning", r.Warnings)
	driver := sarifDriver{Name: "ifsev", InformationURI: homepage}
	if version != "" && version[0] >= '0' && version[0] <= '9' {
		driver.Version = version
	}
	for _, c := range codes {
		driver.Rules = append(driver.Rules, sarifRule{ID: c})
	}
	return sarifLog{
		Schema: sarifSchema, Version: "2.1.0",
		Runs: []sarifRun{{Tool: sarifTool{driver}, ColumnKind: "unicodeCodePoints", Results: results}},
	}
}

func sarifResultOf(p strictyaml.Problem, code string, index int, level string) sarifResult {
	text := p.Message
	if p.Hint != "" {
		text += "\nHint: " + p.Hint
	}
	result := sarifResult{RuleID: code, RuleIndex: index, Level: level, Message: sarifText{text}}
	if p.File == "" {
		return result
	}
	at := sarifPhysical{Artifact: sarifArtifact{sarifURI(p.File)}}
	if p.Line > 0 {
		column := max(p.Column, 1)
		at.Region = &sarifRegion{StartLine: p.Line, StartColumn: column, EndColumn: column + max(p.Length, 1)}
		if p.Source != "" {
			at.Region.Snippet = &sarifText{p.Source}
		}
	}
	result.Locations = []sarifLocation{{at}}
	return result
}

// sarifURI makes a path a reference to a file: relative ones stay so, which is what code hosts want.
func sarifURI(path string) string {
	u := url.URL{Path: filepath.ToSlash(path)}
	if strings.HasPrefix(u.Path, "/") {
		u.Scheme = "file"
	}
	return u.String()
}
