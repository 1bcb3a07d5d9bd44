package conformance

import (
	"cmp"
	"fmt"
	"strings"
)

// refusal is the text of a refused simple bind (MS-ADTS 5.1.1.1.1 and the
// published output of domain controllers; Samba always names one build).
func refusal(d Dialect, data string) string {
	if d == Samba {
		return "80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data " + data + ", v1db1"
	}
	return "80090308: LdapErr: DSID-*, comment: AcceptSecurityContext error, data " + data + ", v" + cmp.Or(builds[d], "*") + "\x00"
}

// builds are the versions of Windows as diagnostic texts write them: 14393 and
// 20348 in hexadecimal (AD reference 0.5).
var builds = map[Dialect]string{Windows2016: "3839", Windows2022: "4f7c"}

// problems names the problem of each family where a shorthand does not.
var problems = map[string]string{
	"1001": "NO_ATTRIBUTE_OR_VAL", "1002": "INVALID_ATT_SYNTAX", "1003": "UNDEFINED_ATT_TYPE", "1004": "WRONG_MATCH_OPER", "1005": "CONSTRAINT_ATT_TYPE", "1006": "ATT_OR_VALUE_EXISTS",
	"2001": "NO_OBJECT", "2006": "BAD_NAME", "4003": "INSUFF_ACCESS_RIGHTS",
	"5001": "BUSY", "5002": "UNAVAILABLE", "5003": "WILL_NOT_PERFORM", "5008": "ADMIN_LIMIT_EXCEEDED", "5012": "DIR_ERROR",
	"6001": "NAMING_VIOLATION", "6002": "OBJ_CLASS_VIOLATION", "6003": "CANT_ON_NON_LEAF", "6004": "CANT_ON_RDN", "6005": "ENTRY_EXISTS",
}

var usual = map[string]string{"svc": "5003", "sec": "4003", "name": "2001", "upd": "6002", "atr": "1005"}

// template writes out the shorthand for the texts of Windows:
// "svc:0000052D", "svc:CODE:PROBLEM", "atr:CODE:PROBLEM:ATT (NAME)", "ldap:CODE:TEXT",
// "ref:CODE". Everything else is a pattern as it stands.
func template(s string) string {
	parts := strings.SplitN(s, ":", 4)
	if len(parts) < 2 {
		return s
	}
	family, code := parts[0], parts[1]
	problem := usual[family]
	if len(parts) > 2 && parts[2] != "" {
		problem = parts[2]
	}
	where := fmt.Sprintf("problem %s (%s), data *", problem, problems[problem])
	switch family {
	case "svc":
		return code + ": SvcErr: DSID-*, " + where + "\n\x00"
	case "sec":
		return code + ": SecErr: DSID-*, " + where + "\n\x00"
	case "upd":
		return code + ": UpdErr: DSID-*, " + where + "\n\x00"
	case "name":
		return code + ": NameErr: DSID-*, " + where + ", best match of:\n\t'*'\n\x00"
	case "atr":
		att := "*"
		if len(parts) > 3 {
			att = parts[3] + "*"
		}
		return code + ": AtrErr: DSID-*, #1:\n\t0: " + code + ": DSID-*, " + where + ", Att " + att + "\n\x00"
	case "ref":
		return code + ": RefErr: DSID-*, data 0, 1 access points\n\tref 1: '*'\n\x00"
	case "ldap":
		text := "*"
		if len(parts) > 2 {
			text = parts[2]
		}
		return code + ": LdapErr: DSID-*, comment: " + text + ", data *, v*\x00"
	}
	return s
}

// matches compares with a pattern in which * stands for any text, or with the
// first eight characters.
func matches(pattern, text string) bool {
	if len(pattern) == 8 && !strings.Contains(pattern, "*") {
		return strings.HasPrefix(text, pattern)
	}
	return glob(pattern, text)
}

func glob(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == text
	}
	text, ok := strings.CutPrefix(text, parts[0])
	if !ok {
		return false
	}
	for _, part := range parts[1 : len(parts)-1] {
		_, after, found := strings.Cut(text, part)
		if !found {
			return false
		}
		text = after
	}
	return strings.HasSuffix(text, parts[len(parts)-1])
}
