package notify

import (
	"fmt"
	"time"

	"golang.org/x/text/language"
)

// words is what the mails say in one language. The %s are the tenant's name
// unless the field says otherwise. The subject of the verification mail is the
// documented one (reference 11.1); all other wording is ours.
type words struct {
	lang string
	rtl  bool // written from right to left
	wide bool // labels are of characters that are two columns wide

	codeSubject, codeHeading, codeLead string
	codeLife                           func(d time.Duration) string
	codeIgnore                         string

	resetSubject, resetHeading, resetLead string // resetLead: tenant, account
	resetNotYou                           string

	adminSubject, adminHeading, adminLead string // adminLead: account, tenant
	adminNotExpected                      string

	helpSubject, helpHeading, helpLead, helpHow string
	account, name, when, reference              string // labels of facts

	footer string
}

// life says how long a code is valid: in minutes where they come out even.
func life(minutes, seconds string) func(time.Duration) string {
	return func(d time.Duration) string {
		if d > time.Minute && d%time.Minute == 0 {
			return fmt.Sprintf(minutes, d/time.Minute)
		}
		return fmt.Sprintf(seconds, d/time.Second)
	}
}

var english = words{
	lang: "en",

	codeSubject: "%s account email verification code",
	codeHeading: "Verify your email address",
	codeLead:    "Use this code to prove that the address belongs to your %s account.",
	codeLife:    life("The code is valid for %d minutes and can be used once.", "The code is valid for %d seconds and can be used once."),
	codeIgnore:  "If you did not ask for it, you can ignore this message: somebody may have typed your user ID by mistake.",

	resetSubject: "Your %s password has been reset",
	resetHeading: "Your password has been reset",
	resetLead:    "The password of your %[1]s account %[2]s was reset with self-service password reset.",
	resetNotYou:  "If this was not you, contact your administrator at once.",

	adminSubject:     "An administrator of %s has reset their password",
	adminHeading:     "An administrator has reset their password",
	adminLead:        "The administrator %[1]s of %[2]s has reset the password of their own account with self-service password reset.",
	adminNotExpected: "If you did not expect this, check with that person and review the audit log.",

	helpSubject: "Request to reset a password in %s",
	helpHeading: "Somebody needs help with their password",
	helpLead:    "The following person of %s could not reset their password and asks an administrator for help.",
	helpHow:     "Make sure that the request comes from this person before you reset the password. The reference finds the attempt in the audit log.",

	account: "Account", name: "Name", when: "Asked at", reference: "Reference",

	footer: "Sent by ssprlab, an emulator used for tests and training. It does not come from Microsoft.",
}

// catalogue holds the languages, the fallback first.
var catalogue = []words{english, german, french, spanish, japanese, arabic}

var matcher = language.NewMatcher(tagsOf(catalogue))

func tagsOf(list []words) []language.Tag {
	var tags []language.Tag
	for _, w := range list {
		tags = append(tags, language.Make(w.lang))
	}
	return tags
}

// wordsFor picks the language of the catalogue that suits a locale such as
// "de-AT" best.
func wordsFor(locale string) words {
	_, at, _ := matcher.Match(language.Make(locale))
	return catalogue[at]
}
