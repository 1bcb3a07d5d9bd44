package policy

import (
	"fmt"
	"strings"
)

// The limits of user names (concept-sspr-policy; reference 6.1).
const (
	maxUserName   = 113
	maxNameBefore = 64
	maxNameAfter  = 48
)

// ValidateUserName checks a user principal name and returns an error that names
// the limit and the remedy.
func ValidateUserName(name string) error {
	before, after, ok := strings.Cut(name, "@")
	switch {
	case !ok || strings.Contains(after, "@") || before == "" || after == "":
		return fmt.Errorf("user name %q: needs a name, one @ and a domain, as in alice@contoso.example", name)
	case len(name) > maxUserName:
		return fmt.Errorf("user name: %d characters, at most %d allowed", len(name), maxUserName)
	case len(before) > maxNameBefore:
		return fmt.Errorf("user name: %d characters before @, at most %d allowed", len(before), maxNameBefore)
	case len(after) > maxNameAfter:
		return fmt.Errorf("user name: %d characters after @, at most %d allowed", len(after), maxNameAfter)
	case strings.HasSuffix(before, "."):
		return fmt.Errorf("user name %q: no period may stand directly before @; remove it", name)
	}
	for _, r := range before + after {
		if !userNameCharacter(r) {
			return fmt.Errorf("user name %q: character %q is not allowed; use letters A to Z, digits and ' . - _ ! # ^ ~", name, r)
		}
	}
	return nil
}

func userNameCharacter(r rune) bool {
	switch {
	case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
		return true
	}
	return strings.ContainsRune("'.-_!#^~", r)
}
