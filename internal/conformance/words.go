package conformance

import (
	"errors"
	"strconv"
	"strings"
)

// split cuts a line into words. Single quotes keep everything; double quotes keep
// spaces and know the escapes of Go.
func split(line string) ([]string, error) {
	var words []string
	var word strings.Builder
	inside := false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; c {
		case ' ', '\t':
			if inside {
				words = append(words, word.String())
				word.Reset()
				inside = false
			}
		case '\'':
			end := strings.IndexByte(line[i+1:], '\'')
			if end < 0 {
				return nil, errors.New("a single quote is not closed")
			}
			word.WriteString(line[i+1 : i+1+end])
			i += end + 1
			inside = true
		case '"':
			quoted, err := strconv.QuotedPrefix(line[i:])
			if err != nil {
				return nil, errors.New("a double quote is not closed, or an escape in it is unknown")
			}
			text, err := strconv.Unquote(quoted)
			if err != nil {
				return nil, err
			}
			word.WriteString(text)
			i += len(quoted) - 1
			inside = true
		default:
			word.WriteByte(c)
			inside = true
		}
	}
	if inside {
		words = append(words, word.String())
	}
	return words, nil
}
