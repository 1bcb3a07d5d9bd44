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
func Verification(c Cloud, m challenge.CodeMail) Mail {
	w := wordsFor(m.Locale)
	return letter{
		Lang: w.lang, Heading: w.codeHeading,
		Paragraphs: []string{fmt.Sprintf(w.codeLead, m.TenantName)},
		Code:       m.Code.Reveal(),
		Closing:    []string{w.codeLife(m.Expires), w.codeIgnore},
		Footer:     w.footer,
	}.mail(sender(c, m.TenantName), fmt.Sprintf(w.codeSubject, m.TenantName), mail.Address{Address: m.To})
}

// WasReset tells a person that their password was reset.
func WasReset(c Cloud, tenantName string, p policy.Person, locale string, to ...mail.Address) Mail {
	w := wordsFor(locale)
	return letter{
		Lang: w.lang, Heading: w.resetHeading,
		Paragraphs: []string{fmt.Sprintf(w.resetLead, tenantName, p.UserPrincipalName)},
		Closing:    []string{w.resetNotYou},
		Footer:     w.footer,
	}.mail(sender(c, tenantName), fmt.Sprintf(w.resetSubject, tenantName), to...)
}

// AdministratorWasReset tells administrators that another one's password was
// reset.
func AdministratorWasReset(c Cloud, tenantName string, p policy.Person, to ...mail.Address) Mail {
	w := wordsFor("")
	return letter{
		Lang: w.lang, Heading: w.adminHeading,
		Paragraphs: []string{fmt.Sprintf(w.adminLead, p.UserPrincipalName, tenantName)},
		Closing:    []string{w.adminNotExpected},
		Footer:     w.footer,
	}.mail(sender(c, tenantName), fmt.Sprintf(w.adminSubject, tenantName), to...)
}

// HelpRequest asks administrators to help a person, and names the correlation
// ID under which the attempt is found.
func HelpRequest(c Cloud, tenantName string, p policy.Person, correlationID string, at time.Time, to ...mail.Address) Mail {
	w := wordsFor("")
	return letter{
		Lang: w.lang, Heading: w.helpHeading,
		Paragraphs: []string{fmt.Sprintf(w.helpLead, tenantName)},
		Facts: []fact{
			{w.account, p.UserPrincipalName},
			{w.name, p.DisplayName},
			{w.when, at.UTC().Format("2006-01-02 15:04:05 UTC")},
			{w.reference, correlationID},
		},
		Closing: []string{w.helpHow},
		Footer:  w.footer,
	}.mail(sender(c, tenantName), fmt.Sprintf(w.helpSubject, tenantName), to...)
}

func (l letter) mail(from mail.Address, subject string, to ...mail.Address) Mail {
	return Mail{From: from, To: to, Subject: subject, Text: l.text(), HTML: l.html()}
}
