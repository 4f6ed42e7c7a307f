package ruletest

import (
	"encoding/xml"
	"io"
	"strings"
)

// The elements of JUnit's XML that CI systems read.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Class   string        `xml:"classname,attr"`
		Name    string        `xml:"name,attr"`
		File    string        `xml:"file,attr"`
		Line    int           `xml:"line,attr"`
		Failure *junitFailure `xml:"failure,omitempty"`
	}
	junitFailure struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

// JUnit writes a report as JUnit's XML: a suite for each file.
func (r *Report) JUnit(out io.Writer) error {
	all := junitSuites{Tests: len(r.Results), Failures: r.Failed()}
	for i := range r.Results {
		res := &r.Results[i]
		if i == 0 || res.File != r.Results[i-1].File {
			all.Suites = append(all.Suites, junitSuite{Name: res.File})
		}
		s := &all.Suites[len(all.Suites)-1]
		c := junitCase{Class: res.File, Name: res.Name, File: res.File, Line: res.Line}
		s.Tests++
		if !res.OK() {
			s.Failures++
			var text strings.Builder
			(&writer{out: &text}).result(res)
			c.Failure = &junitFailure{Message: res.Failures[0].What + ": " + res.Failures[0].Message, Text: text.String()}
		}
		s.Cases = append(s.Cases, c)
	}
	if _, err := io.WriteString(out, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(out)
	enc.Indent("", "  ")
	if err := enc.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(out, "\n")
	return err
}
