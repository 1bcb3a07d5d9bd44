package tenant

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// A ContactKind names one piece of contact data.
type ContactKind string

// The kinds of contact data ("Prepopulate user contact information",
// Microsoft Learn).
const (
	AuthenticationPhone ContactKind = "authenticationPhone"
	AlternatePhone      ContactKind = "alternatePhone"
	OfficePhone         ContactKind = "officePhone"
	MobilePhone         ContactKind = "mobilePhone" // directory attribute
	AuthenticationEmail ContactKind = "authenticationEmail"
	AlternateEmail      ContactKind = "alternateEmail" // the first of otherMails
)

// SetContact sets or, with an empty value, deletes a piece of contact data, for
// the person or for an administrator who fills it in beforehand. Attributes
// that come from AD cannot be set in the cloud. Error Problems.
func (s *Store) SetContact(ctx context.Context, id string, kind ContactKind, value string) error {
	_, err := s.UpdateUser(ctx, id, func(u *User) error {
		if u.Synced() && (kind == OfficePhone || kind == MobilePhone) {
			return Problems{{Path: string(kind), Text: "comes from Active Directory: change telephoneNumber or mobile there and let it synchronise"}}
		}
		switch kind {
		case AuthenticationPhone:
			u.Methods.AuthenticationPhone = value
		case AlternatePhone:
			u.Methods.AlternatePhone = value
		case OfficePhone:
			u.BusinessPhones = oneOrNone(value)
		case MobilePhone:
			u.MobilePhone = value
		case AuthenticationEmail:
			u.Methods.AuthenticationEmail = value
		case AlternateEmail:
			u.OtherMails = append(oneOrNone(value), u.OtherMails[min(1, len(u.OtherMails)):]...)
		default:
			return fmt.Errorf("setting contact data: %q is no kind of it", kind)
		}
		return nil
	})
	return err
}

// noteContacts keeps when contact data was written: from then on it counts until
// it has to be confirmed.
func (u *User) noteContacts(old User, now time.Time) {
	same := u.MobilePhone == old.MobilePhone && u.OfficePhone() == old.OfficePhone() && slices.Equal(u.OtherMails, old.OtherMails) &&
		u.Methods.AuthenticationPhone == old.Methods.AuthenticationPhone && u.Methods.AuthenticationEmail == old.Methods.AuthenticationEmail
	if !same && u.ContactsSetAt.Equal(old.ContactsSetAt) { // else a patch has said when
		u.ContactsSetAt = now
	}
}

func oneOrNone(value string) []string {
	if value == "" {
		return nil
	}
	return []string{value}
}

// MarkRegistered notes that the person went through registration at now, which
// also counts as a confirmation.
func (s *Store) MarkRegistered(ctx context.Context, id string, now time.Time) error {
	_, err := s.UpdateUser(ctx, id, func(u *User) error {
		if u.RegisteredAt.IsZero() {
			u.RegisteredAt = now
		}
		u.ReconfirmedAt = now
		return nil
	})
	return err
}
