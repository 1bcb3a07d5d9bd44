package transfer

import (
	"context"
	"errors"

	"github.com/go-ldap/ldap/v3"

	"github.com/ssprlab/ssprlab/internal/ldif"
)

// A Remote is any LDAP server, over a connection that is bound already.
type Remote struct{ Conn *ldap.Conn }

var _ Directory = Remote{}

// Entries implements [Directory].
func (d Remote) Entries(ctx context.Context, q Query, each func(ldif.Record) error) error {
	scope := ldap.ScopeWholeSubtree
	if q.BaseOnly {
		scope = ldap.ScopeBaseObject
	}
	paging := ldap.NewControlPaging(pageSize)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		res, err := d.Conn.Search(ldap.NewSearchRequest(q.Base, scope, ldap.NeverDerefAliases, 0, 0, false, q.filter(), q.Attributes, []ldap.Control{paging}))
		if err != nil {
			return answer(err)
		}
		for _, e := range res.Entries {
			r := ldif.Record{DN: e.DN}
			for _, a := range e.Attributes {
				r.Attributes = append(r.Attributes, ldif.Attribute{Name: a.Name, Values: a.ByteValues})
			}
			if err := each(r); err != nil {
				return err
			}
		}
		more, ok := ldap.FindControl(res.Controls, ldap.ControlTypePaging).(*ldap.ControlPaging)
		if !ok || len(more.Cookie) == 0 {
			return nil
		}
		paging.SetCookie(more.Cookie)
	}
}

// answer reads what the server said.
func answer(err error) error {
	if le, ok := errors.AsType[*ldap.Error](err); ok && le.ResultCode < ldap.ErrorNetwork {
		return &Refused{Code: int(le.ResultCode), Text: le.Err.Error()}
	}
	return err
}

// Do implements [Directory].
func (d Remote) Do(_ context.Context, r ldif.Record) error {
	var controls []ldap.Control
	for _, c := range r.Controls {
		controls = append(controls, ldap.NewControlString(c.OID, c.Critical, string(c.Value)))
	}
	switch r.Kind {
	case ldif.Add:
		add := ldap.NewAddRequest(r.DN, controls)
		for _, a := range r.Attributes {
			add.Attribute(a.Name, texts(a.Values))
		}
		return answer(d.Conn.Add(add))
	case ldif.Delete:
		return answer(d.Conn.Del(ldap.NewDelRequest(r.DN, controls)))
	case ldif.Modify:
		m := ldap.NewModifyRequest(r.DN, controls)
		for _, c := range r.Changes {
			m.Changes = append(m.Changes, ldap.Change{Operation: operations[c.Kind], Modification: ldap.PartialAttribute{Type: c.Name, Vals: texts(c.Values)}})
		}
		return answer(d.Conn.Modify(m))
	case ldif.Rename:
		superior := ""
		if r.NewSuperior != nil {
			superior = *r.NewSuperior
		}
		return answer(d.Conn.ModifyDN(ldap.NewModifyDNWithControlsRequest(r.DN, r.NewRDN, r.DeleteOldRDN, superior, controls)))
	}
	return errors.New("a " + r.Kind.String() + " record is no change")
}

var operations = map[ldif.ChangeKind]uint{
	ldif.AddValues: ldap.AddAttribute, ldif.DeleteValues: ldap.DeleteAttribute, ldif.ReplaceValues: ldap.ReplaceAttribute, ldif.IncrementValue: ldap.IncrementAttribute,
}

func texts(values [][]byte) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = string(v)
	}
	return out
}
