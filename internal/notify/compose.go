package notify

import (
	"fmt"
	"net/mail"
	"time"

	"github.com/ssprlab/ssprlab/internal/challenge"
	"github.com/ssprlab/ssprlab/internal/policy"
)

// Verification is the mail that carries a code. It is the one place that writes
// a code down.
func Verification(s policy.Settings, m challenge.CodeMail) Mail {
	w := wordsFor(m.Locale)
	return letter{
		Look: lookOf(s, w.lang), Lang: w.lang, RTL: w.rtl, Wide: w.wide, Heading: w.codeHeading,
		Paragraphs: []string{fmt.Sprintf(w.codeLead, m.TenantName)},
		Code:       m.Code.Reveal(),
		Closing:    []string{w.codeLife(m.Expires), w.codeIgnore},
		Footer:     w.footer,
	}.mail(sender(s), fmt.Sprintf(w.codeSubject, m.TenantName), mail.Address{Address: m.To})
}

// WasReset tells a person that their password was reset.
func WasReset(s policy.Settings, p policy.Person, locale string, to ...mail.Address) Mail {
	w := wordsFor(locale)
	return letter{
		Look: lookOf(s, w.lang), Lang: w.lang, RTL: w.rtl, Wide: w.wide, Heading: w.resetHeading,
		Paragraphs: []string{fmt.Sprintf(w.resetLead, s.TenantName, p.UserPrincipalName)},
		Closing:    []string{w.resetNotYou},
		Footer:     w.footer,
	}.mail(sender(s), fmt.Sprintf(w.resetSubject, s.TenantName), to...)
}

// AdministratorWasReset tells administrators that another one's password was
// reset.
func AdministratorWasReset(s policy.Settings, p policy.Person, locale string, to ...mail.Address) Mail {
	w := wordsFor(locale)
	return letter{
		Look: lookOf(s, w.lang), Lang: w.lang, RTL: w.rtl, Wide: w.wide, Heading: w.adminHeading,
		Paragraphs: []string{fmt.Sprintf(w.adminLead, p.UserPrincipalName, s.TenantName)},
		Closing:    []string{w.adminNotExpected},
		Footer:     w.footer,
	}.mail(sender(s), fmt.Sprintf(w.adminSubject, s.TenantName), to...)
}

// HelpRequest asks administrators to help a person, and names the correlation
// ID under which the attempt is found.
func HelpRequest(s policy.Settings, p policy.Person, correlationID string, at time.Time, locale string, to ...mail.Address) Mail {
	w := wordsFor(locale)
	return letter{
		Look: lookOf(s, w.lang), Lang: w.lang, RTL: w.rtl, Wide: w.wide, Heading: w.helpHeading,
		Paragraphs: []string{fmt.Sprintf(w.helpLead, s.TenantName)},
		Facts: []fact{
			{w.account, p.UserPrincipalName},
			{w.name, p.DisplayName},
			{w.when, at.UTC().Format("2006-01-02 15:04:05 UTC")},
			{w.reference, correlationID},
		},
		Closing: []string{w.helpHow},
		Footer:  w.footer,
	}.mail(sender(s), fmt.Sprintf(w.helpSubject, s.TenantName), to...)
}

// sender is the From field: the service on behalf of the tenant (reference 11.1).
func sender(s policy.Settings) mail.Address {
	return mail.Address{Name: policy.FromName(s), Address: policy.Senders(s.Notify.Cloud)[0]}
}

func (l letter) mail(from mail.Address, subject string, to ...mail.Address) Mail {
	m := Mail{From: from, To: to, Subject: subject, Text: l.text(), HTML: l.html()}
	if l.Look.Logo != nil {
		m.Pictures = []Picture{*l.Look.Logo}
	}
	return m
}
