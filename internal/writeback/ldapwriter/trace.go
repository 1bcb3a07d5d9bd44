package ldapwriter

import (
	"errors"
	"fmt"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/secret"
)

// redacted stands for a password in every record.
const redacted = secret.Redacted

// A trace records the requests of one write. Nothing that is added to it names
// a password, and what a server says is searched for them all the same.
type trace struct {
	exchanges []journal.Exchange
	secrets   []secret.Text
}

// add records a request and how it ended.
func (t *trace) add(s *session, operation, dn string, err error, detail ...string) *journal.Exchange {
	code, diagnostic := answerOf(err)
	t.exchanges = append(t.exchanges, journal.Exchange{
		Server: s.server, Operation: operation, DN: dn, Detail: detail,
		Code: int(code), CodeName: codeName(code), Diagnostic: t.mask(diagnostic),
	})
	return &t.exchanges[len(t.exchanges)-1]
}

// addSearch records a search.
func (t *trace) addSearch(s *session, request *ldap.SearchRequest, res *ldap.SearchResult, err error) {
	e := t.add(s, "search", request.BaseDN, err, "filter: "+request.Filter, "attributes: "+strings.Join(request.Attributes, " "))
	for _, c := range request.Controls {
		e.Controls = append(e.Controls, c.String())
	}
	if res != nil {
		e.Entries = len(res.Entries)
	}
}

// mask takes passwords out of a server's text.
func (t *trace) mask(text string) string {
	for _, s := range t.secrets {
		if len(s.Reveal()) >= 4 {
			text = strings.ReplaceAll(text, s.Reveal(), redacted)
		}
	}
	return text
}

// answerOf takes an error of the client apart: the result code, 200 and above
// for faults of the client itself, and the diagnostic text without the line
// feed and NUL at its end.
func answerOf(err error) (code uint16, diagnostic string) {
	if err == nil {
		return ldap.LDAPResultSuccess, ""
	}
	le, ok := errors.AsType[*ldap.Error](err)
	if !ok {
		return ldap.ErrorNetwork, err.Error()
	}
	if le.Err == nil {
		return le.ResultCode, ""
	}
	return le.ResultCode, strings.TrimRight(le.Err.Error(), "\x00\r\n")
}

// prefixOf returns the eight hexadecimal digits in front of a diagnostic, which
// are its only contract, in upper case; "" when there are none.
func prefixOf(diagnostic string) string {
	head, _, found := strings.Cut(diagnostic, ":")
	if !found || len(head) != 8 || strings.Trim(head, "0123456789abcdefABCDEF") != "" {
		return ""
	}
	return strings.ToUpper(head)
}

// dataOf returns the sub-code of a refused bind: "52e" of "…, data 52e, v4f7c".
func dataOf(diagnostic string) string {
	_, rest, found := strings.Cut(diagnostic, ", data ")
	if !found {
		return ""
	}
	data, _, _ := strings.Cut(rest, ",")
	return strings.ToLower(strings.TrimSpace(data))
}

// codeName spells a result code as RFC 4511 does.
func codeName(code uint16) string {
	if name, ok := codeNames[code]; ok {
		return name
	}
	if code >= ldap.ErrorNetwork {
		return "no answer"
	}
	return fmt.Sprintf("code %d", code)
}

var codeNames = map[uint16]string{
	0: "success", 1: "operationsError", 2: "protocolError", 3: "timeLimitExceeded", 4: "sizeLimitExceeded", 7: "authMethodNotSupported",
	8: "strongerAuthRequired", 10: "referral", 11: "adminLimitExceeded", 12: "unavailableCriticalExtension", 13: "confidentialityRequired",
	16: "noSuchAttribute", 17: "undefinedAttributeType", 18: "inappropriateMatching", 19: "constraintViolation", 20: "attributeOrValueExists",
	21: "invalidAttributeSyntax", 32: "noSuchObject", 34: "invalidDNSyntax", 48: "inappropriateAuthentication", 49: "invalidCredentials",
	50: "insufficientAccessRights", 51: "busy", 52: "unavailable", 53: "unwillingToPerform", 64: "namingViolation", 65: "objectClassViolation",
	66: "notAllowedOnNonLeaf", 67: "notAllowedOnRDN", 68: "entryAlreadyExists", 71: "affectsMultipleDSAs", 80: "other",
}
