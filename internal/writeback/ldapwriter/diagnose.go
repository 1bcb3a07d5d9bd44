package ldapwriter

import (
	"context"
	"encoding/binary"

	"github.com/go-ldap/ldap/v3"

	"github.com/ssprlab/ssprlab/internal/writeback/agent"
)

// daclProtected is the bit of a security descriptor's control word that keeps
// inherited entries out (MS-DTYP 2.4.6, SE_DACL_PROTECTED).
const daclProtected = 0x1000

// diagnose says more about a missing right: a protected account, or one that
// does not inherit. It reads only, and leaves r as it is when it finds nothing.
func (w *Writer) diagnose(ctx context.Context, t *trace, s *session, k kind, a account, r agent.Result) agent.Result {
	var res *ldap.SearchResult
	err := s.run(ctx, w.cfg.OperationTimeout, func() (err error) {
		res, err = s.conn.Search(ldap.NewSearchRequest(a.dn, ldap.ScopeBaseObject, ldap.NeverDerefAliases, 0, 0, false, "(objectClass=*)",
			[]string{"adminCount", "nTSecurityDescriptor"}, []ldap.Control{sdFlags{}}))
		return err
	})
	t.addSearch(s, a.dn, "(objectClass=*)", res, err)
	cut := false
	if err == nil && len(res.Entries) == 1 {
		descriptor := res.Entries[0].GetEqualFoldRawAttributeValue("nTSecurityDescriptor")
		cut = len(descriptor) >= 4 && binary.LittleEndian.Uint16(descriptor[2:])&daclProtected != 0
		a.adminCount = a.adminCount || res.Entries[0].GetEqualFoldAttributeValue("adminCount") == "1"
	}
	switch {
	case a.adminCount:
		r.Reason = agent.ProtectedAccount
		r.Detail += "; the account is or was a member of a protected group (adminCount 1), whose access list is that of AdminSDHolder"
		r.Remedy = "take the account out of protected groups, clear adminCount and enable inheritance on it"
	case cut:
		r.Detail += "; inheritance is disabled on the account, so rights granted above it do not arrive"
		r.Remedy = "enable inheritance on the account"
	}
	return r
}
