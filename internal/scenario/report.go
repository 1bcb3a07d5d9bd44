package scenario

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
)

// WriteTAP writes results in the Test Anything Protocol, version 14.
func WriteTAP(w io.Writer, results []Result) error {
	_, err := fmt.Fprintf(w, "TAP version 14\n1..%d\n", len(results))
	for i, r := range results {
		if err != nil {
			return err
		}
		verdict, problem := "ok", r.Golden()
		if problem != nil {
			verdict = "not ok"
		}
		_, err = fmt.Fprintf(w, "%s %d - %s: %s\n", verdict, i+1, tapText.Replace(r.Story.Name), tapText.Replace(r.Story.Title))
		if problem != nil && err == nil {
			_, err = fmt.Fprintf(w, "  ---\n  message: |\n%s  ...\n", indent(problem.Error()+"\n"+r.Why))
		}
	}
	return err
}

// tapText keeps a title from being read as a directive ("TAP 14 specification",
// escaping).
var tapText = strings.NewReplacer(`\`, `\\`, `#`, `\#`)

func indent(text string) string {
	var b strings.Builder
	for line := range strings.Lines(strings.TrimRight(text, "\n") + "\n") {
		b.WriteString("    " + line)
	}
	return b.String()
}

type junitSuite struct {
	XMLName  xml.Name    `xml:"testsuite"`
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	Failure *junitFailure `xml:"failure,omitempty"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// WriteJUnit writes results as a JUnit test suite.
func WriteJUnit(w io.Writer, results []Result) error {
	suite := junitSuite{Name: "scenarios", Tests: len(results)}
	for _, r := range results {
		c := junitCase{Class: "scenario", Name: r.Story.Name + ": " + r.Story.Title}
		if problem := r.Golden(); problem != nil {
			suite.Failures++
			c.Failure = &junitFailure{Message: strings.SplitN(problem.Error(), "\n", 2)[0], Text: problem.Error() + "\n" + r.Why}
		}
		suite.Cases = append(suite.Cases, c)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(suite); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}
