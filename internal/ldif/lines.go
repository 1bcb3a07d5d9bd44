package ldif

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// maxLine bounds one unfolded line: what a domain controller would take in one
// message (MaxReceiveBuffer), in base64.
const maxLine = 14 << 20

// A SyntaxError is a mistake in a file. Its text names the line and the remedy.
type SyntaxError struct {
	Line int
	Text string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Text) }

func wrong(line int, format string, args ...any) error {
	return &SyntaxError{Line: line, Text: fmt.Sprintf(format, args...)}
}

// lines reads logical lines: unfolded, without comments and line ends.
type lines struct {
	r      *bufio.Reader
	number int // of the physical line read last
	start  int // of the logical line read last
	begun  bool
}

// next returns a logical line, empty where a record ends, or io.EOF. The slice
// is the caller's.
func (l *lines) next() ([]byte, error) {
	if err := l.begin(); err != nil {
		return nil, err
	}
	for {
		line, err := l.physical(nil)
		if err != nil {
			return nil, err
		}
		l.start = l.number
		if len(line) > 0 && line[0] == ' ' {
			return nil, wrong(l.number, "begins with a blank but continues nothing: take the blank away, or the empty line above")
		}
		comment := len(line) > 0 && line[0] == '#'
		if len(line) > 0 {
			if line, err = l.unfold(line); err != nil {
				return nil, err
			}
		}
		if !comment {
			return line, nil
		}
	}
}

// begin looks at the first octets, which some editors use for a mark.
func (l *lines) begin() error {
	if l.begun {
		return nil
	}
	l.begun = true
	switch mark, _ := l.r.Peek(3); {
	case bytes.HasPrefix(mark, []byte{0xef, 0xbb, 0xbf}):
		_, err := l.r.Discard(3)
		return err
	case bytes.HasPrefix(mark, []byte{0xff, 0xfe}), bytes.HasPrefix(mark, []byte{0xfe, 0xff}):
		return wrong(1, "the file is UTF-16, as ldifde -u writes it: convert it to UTF-8")
	}
	return nil
}

// unfold appends the lines that begin with a blank.
func (l *lines) unfold(line []byte) ([]byte, error) {
	for {
		if next, _ := l.r.Peek(1); len(next) == 0 || next[0] != ' ' {
			return line, nil
		}
		if _, err := l.r.Discard(1); err != nil {
			return nil, err
		}
		var err error
		if line, err = l.physical(line); err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
	}
}

// physical appends one line of the file to line, without its end.
func (l *lines) physical(line []byte) ([]byte, error) {
	l.number++
	read := false
	for {
		part, err := l.r.ReadSlice('\n')
		line = append(line, part...)
		read = read || len(part) > 0
		if len(line) > maxLine {
			return nil, wrong(l.number, "longer than %d octets, more than a domain controller takes: split the value", maxLine)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF) && !read:
			return line, io.EOF
		case err != nil && !errors.Is(err, io.EOF):
			return nil, fmt.Errorf("reading line %d: %w", l.number, err)
		case err == nil:
			line = line[:len(line)-1]
			line = bytes.TrimSuffix(line, []byte{'\r'})
		}
		return line, nil
	}
}
