package ldapwriter

import (
	"context"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"github.com/ssprlab/ssprlab/internal/writeback/agent"
	"github.com/ssprlab/ssprlab/internal/writeback/envelope"
)

// Bits of userAccountControl (MS-ADTS 2.2.16).
const (
	flagDisabled     = 0x2
	flagLockedOut    = 0x10 // in msDS-User-Account-Control-Computed only
	flagNeverExpires = 0x10000
)

// An account is what the directory says of a person before anything is written.
type account struct {
	dn          string
	uac         int64
	uacReadable bool
	computed    int64
	lockoutTime string
	pwdLastSet  string
	keyVersion  string
	adminCount  bool
}

// stateAttributes is what is read of an account.
var stateAttributes = []string{
	"userAccountControl", "msDS-User-Account-Control-Computed", "lockoutTime", "pwdLastSet", "msDS-KeyVersionNumber", "adminCount",
}

func readAccount(e *ldap.Entry) account {
	a := account{
		dn: e.DN, lockoutTime: e.GetEqualFoldAttributeValue("lockoutTime"), pwdLastSet: e.GetEqualFoldAttributeValue("pwdLastSet"),
		keyVersion: e.GetEqualFoldAttributeValue("msDS-KeyVersionNumber"), adminCount: e.GetEqualFoldAttributeValue("adminCount") == "1",
	}
	a.uac, a.uacReadable = number(e.GetEqualFoldAttributeValue("userAccountControl"))
	a.computed, _ = number(e.GetEqualFoldAttributeValue("msDS-User-Account-Control-Computed"))
	return a
}

func number(text string) (int64, bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil
}

// mayBeLocked reports whether a reset must write lockoutTime to unlock: the
// account shows a lockout, or the connector account cannot see whether it does.
func (a account) mayBeLocked() bool {
	return !a.uacReadable || a.computed&flagLockedOut != 0 || (a.lockoutTime != "" && a.lockoutTime != "0")
}

// anchorFilter finds an account by its immutable ID: mS-DS-ConsistencyGuid
// where the person has one, else objectGUID.
func anchorFilter(anchor string) (string, error) {
	octets, err := base64.StdEncoding.DecodeString(anchor)
	if err != nil || len(octets) == 0 {
		return "", fmt.Errorf("the source anchor %q is not base64 of a GUID", anchor)
	}
	var value strings.Builder
	for _, b := range octets {
		fmt.Fprintf(&value, `\%02x`, b)
	}
	return "(|(mS-DS-ConsistencyGuid=" + value.String() + ")(objectGUID=" + value.String() + "))", nil
}

// find gets a session and the account of a person. Reading twice does no harm,
// so a kept connection that turns out to be dead is replaced and the search
// repeated; that way the write that follows meets a connection that just worked.
func (w *Writer) find(ctx context.Context, t *trace, target agent.Target) (*session, account, *agent.Result) {
	filter, err := anchorFilter(target.SourceAnchor)
	if err != nil {
		return nil, account{}, &agent.Result{Verdict: envelope.NotFound, Detail: err.Error(), Remedy: "synchronise the person again, so that the cloud knows the source anchor"}
	}
	for fresh := false; ; fresh = true {
		s, failed := w.acquire(ctx, t, fresh)
		if failed != nil {
			return nil, account{}, failed
		}
		res, err := s.search(ctx, t, w.cfg.OperationTimeout,
			ldap.NewSearchRequest(s.base, ldap.ScopeWholeSubtree, ldap.NeverDerefAliases, 0, 0, false, filter, stateAttributes, nil))
		if code, _ := answerOf(err); err != nil && code >= ldap.ErrorNetwork && s.used && ctx.Err() == nil {
			s.close()
			continue
		}
		if err != nil {
			s.close()
			r := classify(searching, err)
			return nil, account{}, &r
		}
		switch len(res.Entries) {
		case 1:
			return s, readAccount(res.Entries[0]), nil
		case 0:
			w.release(s)
			return nil, account{}, &agent.Result{
				Verdict: envelope.NotFound,
				Detail:  fmt.Sprintf("no account under %s has the source anchor %s (%s)", s.base, target.SourceAnchor, target.UserPrincipalName),
				Remedy:  "restore the account or synchronise again, and see that the connector account may read it",
			}
		}
		w.release(s)
		return nil, account{}, &agent.Result{
			Verdict: envelope.Ambiguous, Reason: agent.DuplicateAnchor,
			Detail: fmt.Sprintf("%d accounts have the source anchor %s: %s", len(res.Entries), target.SourceAnchor, strings.Join(names(res.Entries), "; ")),
			Remedy: "make mS-DS-ConsistencyGuid unique",
		}
	}
}

func names(entries []*ldap.Entry) []string {
	out := make([]string, len(entries))
	for i, e := range entries {
		out[i] = e.DN
	}
	return out
}
