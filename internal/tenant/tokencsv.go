package tenant

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/tenant/strict"
)

// Limits of an uploaded file. The documentation knows none.
const (
	MaxTokenFile  = 1 << 20 // octets
	MaxTokenLines = 5000    // tokens
)

// tokenHeader is the first line of an uploaded file
// (how-to-mfa-upload-oath-tokens).
var tokenHeader = []string{fieldUPN, fieldSerial, fieldSecret, fieldInterval, fieldMaker, fieldModel}

// TokenHeader is the first line of an uploaded file.
func TokenHeader() string { return strings.Join(tokenHeader, ",") }

// A TokenFailure is what is wrong with a line of an uploaded file. It repeats
// nothing of the line.
type TokenFailure struct {
	Line   int    // of the file, the header being 1
	Field  string // as the header names it, "" for the line as a whole
	Reason string // what is wrong, and what to do
}

// A TokenUpload is what came of an uploaded file.
type TokenUpload struct {
	Tokens   []Token        // put into the tenant, in the order of the file
	Failures []TokenFailure // in the order of the file
}

// UploadTokens puts the tokens of a CSV file into the tenant
// (how-to-mfa-upload-oath-tokens): each good line is a token assigned to its
// user, or in the inventory when the line names none; a bad line is told and
// changes nothing. Error Problems when the file as a whole is refused.
func (s *Store) UploadTokens(_ context.Context, file []byte, now time.Time) (TokenUpload, error) {
	lines, failures, err := parseTokens(file)
	if err != nil {
		return TokenUpload{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.settings.Paid {
		return TokenUpload{}, Problems{{Text: "the tenant has no Microsoft Entra ID Premium licence, which uploading hardware tokens needs: set paid"}}
	}
	up := TokenUpload{Failures: failures}
	for _, l := range lines {
		t, err := s.addToken(l.token, now)
		problems, ok := errors.AsType[Problems](err)
		if err != nil && !ok {
			return up, err
		}
		for _, p := range problems {
			up.Failures = append(up.Failures, TokenFailure{Line: l.number, Field: p.Path, Reason: p.Text})
		}
		if err == nil {
			up.Tokens = append(up.Tokens, t)
		}
	}
	slices.SortStableFunc(up.Failures, func(a, b TokenFailure) int { return a.Line - b.Line })
	return up, nil
}

// A tokenLine is a line of the file that has the form of one.
type tokenLine struct {
	number int
	token  NewToken
}

// parseTokens reads a file: the lines that have the form, and those that have
// not. The error is about the file as a whole.
func parseTokens(file []byte) ([]tokenLine, []TokenFailure, error) {
	if len(file) > MaxTokenFile {
		return nil, nil, badFile("is larger than %d octets: split it", MaxTokenFile)
	}
	file = bytes.TrimPrefix(file, []byte("\ufeff"))
	if !utf8.Valid(file) {
		return nil, nil, badFile("is no UTF-8 text: save it as CSV in UTF-8")
	}
	r := csv.NewReader(bytes.NewReader(file))
	r.FieldsPerRecord, r.TrimLeadingSpace = -1, true
	header, err := r.Read()
	if err != nil || !slices.EqualFunc(header, tokenHeader, func(got, want string) bool { return strings.EqualFold(strings.TrimSpace(got), want) }) {
		return nil, nil, badFile("does not begin with the header: write %q as the first line", strings.Join(tokenHeader, ","))
	}
	var lines []tokenLine
	var failures []TokenFailure
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if len(lines)+len(failures) == MaxTokenLines {
			return nil, nil, badFile("holds more than %d tokens: split it", MaxTokenLines)
		}
		if broken, ok := errors.AsType[*csv.ParseError](err); ok {
			failures = append(failures, TokenFailure{Line: broken.StartLine, Reason: "is no line of a CSV file: look at its quotation marks"})
			continue
		}
		if err != nil {
			return nil, nil, fmt.Errorf("reading the file: %w", err)
		}
		number, _ := r.FieldPos(0)
		if len(record) != len(tokenHeader) {
			failures = append(failures, TokenFailure{Line: number, Reason: fmt.Sprintf("has %d fields: write %d", len(record), len(tokenHeader))})
			continue
		}
		lines = append(lines, tokenLine{number, tokenFrom(record)})
	}
	return lines, failures, nil
}

func badFile(format string, args ...any) error {
	return Problems{strict.Problem{Path: "csv", Text: fmt.Sprintf(format, args...)}}
}

// tokenFrom turns a line into a token. What is no number of seconds becomes an
// interval that no token has. Codes of uploaded tokens are made with SHA-1: the
// file has no column for it.
func tokenFrom(record []string) NewToken {
	seconds, err := strconv.Atoi(strings.TrimSpace(record[3]))
	if err != nil || seconds < 1 || seconds > 3600 {
		seconds = 1
	}
	return NewToken{
		User: record[0], SerialNumber: record[1], Manufacturer: record[4], Model: record[5],
		OATH: OATH{Secret: secret.New(strings.TrimSpace(record[2])), Period: time.Duration(seconds) * time.Second, Algorithm: SHA1},
	}
}
