package ldapwriter

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-ldap/ldap/v3"
)

// Description returns the description of the head of the server's own domain,
// "" when it has none: how a lab tells its own directories from real ones
// before anything is written. Errors say what could not be reached or read.
func (w *Writer) Description(ctx context.Context) (string, error) {
	s, failed := w.acquire(ctx, &trace{}, false)
	if failed != nil {
		return "", errors.New(failed.Detail)
	}
	head, err := w.read(ctx, s, "", "defaultNamingContext")
	if err == nil {
		head, err = w.read(ctx, s, head, "description")
	}
	if err != nil {
		s.close()
		return "", fmt.Errorf("reading the head of the domain: %w", err)
	}
	w.release(s)
	return head, nil
}

// read returns the first value of an attribute of one entry, "" without one.
func (w *Writer) read(ctx context.Context, s *session, dn, attribute string) (value string, err error) {
	err = s.run(ctx, w.cfg.OperationTimeout, func() error {
		res, err := s.conn.Search(ldap.NewSearchRequest(dn, ldap.ScopeBaseObject, ldap.NeverDerefAliases, 0, 0, false, "(objectClass=*)", []string{attribute}, nil))
		if err == nil && len(res.Entries) == 1 {
			value = res.Entries[0].GetAttributeValue(attribute)
		}
		return err
	})
	return value, err
}
