package ldapwriter

import (
	"context"
	"encoding/binary"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"github.com/ssprlab/ssprlab/internal/writeback/agent"
)

// daclProtected is the bit of a security descriptor's control word that keeps
// inherited entries out (MS-DTYP 2.4.6, SE_DACL_PROTECTED).
const daclProtected = 0x1000

// diagnose says more about a missing right: a protected account, or one that
// does not inherit. It reads only, and leaves r as it is when it finds nothing.
func (w *Writer) diagnose(ctx context.Context, t *trace, s *session, a account, m modification, r agent.Result) agent.Result {
	request := entryRequest(a.dn, "adminCount", "nTSecurityDescriptor")
	request.Controls = []ldap.Control{sdFlags{}}
	res, err := s.search(ctx, t, w.cfg.OperationTimeout, request)
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
	case r.Remedy == noWriteRight.remedy:
		r.Remedy = "grant the connector account " + strings.Join(m.writeRights(), " and ") + " on descendant user objects"
	}
	return r
}

// writeRights names the rights to write properties that a request needs.
func (m modification) writeRights() []string {
	var out []string
	for _, c := range m.changes {
		if c.Modification.Type != "unicodePwd" {
			out = append(out, "Write "+c.Modification.Type)
		}
	}
	return out
}
