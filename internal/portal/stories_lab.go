package portal

import (
	"time"

	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/policy"
)

// wide makes a lab page of a story: all navigation, this page marked.
func wide(key, here string, build func(f *frame) page) func(f *frame) page {
	return func(f *frame) page {
		f.Key, f.Wide = key, true
		for _, n := range []navItem{
			{Path: "/", Key: "nav.start", Icon: "home"},
			{Path: "/passwordreset", Key: "nav.reset", Icon: "key"},
			{Path: "/lab/mailbox", Key: "nav.mailbox", Icon: "mail"},
			{Path: "/lab/authenticator", Key: "nav.authenticator", Icon: "shield"},
			{Path: "/lab/phone", Key: "nav.phone", Icon: "phone"},
			{Path: "/lab/workstation", Key: "nav.workstation", Icon: "screen"},
			{Path: "/lab/directory", Key: "nav.directory", Icon: "tree"},
			{Path: "/lab/clock", Key: "nav.clock", Icon: "clock"},
			{Path: "/lab/attempts", Key: "nav.attempts", Icon: "search"},
			{Path: "/lab/events", Key: "nav.events", Icon: "list"},
			{Path: "/lab/stories", Key: "nav.stories", Icon: "pages"},
		} {
			n.Current = n.Path == here
			f.Nav = append(f.Nav, n)
		}
		return build(f)
	}
}

func labStories() []Story {
	return []Story{
		{"start", "the front door", wide("start", "/", func(f *frame) page { return startPage{frame: f, Lab: storyLab} })},
		{"lab", "the index of the lab pages", wide("lab", "", func(f *frame) page { return labPage{f} })},
		{"mailbox", "two messages", wide("mailbox", "/lab/mailbox", func(f *frame) page { return newMailboxPage(f, storyMails, "") })},
		{"mailbox-empty", "no mail yet", wide("mailbox", "/lab/mailbox", func(f *frame) page { return newMailboxPage(f, nil, "") })},
		{"mail", "one message, as a mail program shows it", wide("mail", "/lab/mailbox", func(f *frame) page {
			p := newMailPage(f, storyMails[0], "")
			p.Framed = storyLetterURL
			return p
		})},
		{"mail-text", "its plain text", wide("mail", "/lab/mailbox", func(f *frame) page { return newMailPage(f, storyMails[0], mailAsText) })},
		{"mail-plain", "a message without HTML", wide("mail", "/lab/mailbox", func(f *frame) page { return newMailPage(f, storyMails[1], "") })},
		{"phone", "a call rings, a text arrived", wide("phone", "/lab/phone", func(f *frame) page { return phonePage{frame: f, Lines: storyLines} })},
		{"authenticator", "codes, and a notification that waits", wide("authenticator", "/lab/authenticator", func(f *frame) page {
			return newAuthenticatorPage(f, storyApps, storyPushes)
		})},
		{"authenticator-refused", "a QR code could not be read", wide("authenticator", "/lab/authenticator", func(f *frame) page {
			f.Problem = &problem{Key: "problem.enrol-refused", Field: "image", Args: []any{"detail", "no QR code found in the picture"}}
			return newAuthenticatorPage(f, nil, nil)
		})},
		{"authenticator-tokens", "codes of hardware tokens", wide("authenticator", "/lab/authenticator", func(f *frame) page {
			p := newAuthenticatorPage(f, storyApps, nil)
			p.Desk, p.Tokens = true, storyTokenCodes
			return p
		})},
		{"tokens", "one in each state", wide("tokens", "/lab/authenticator", storyDesk(nil))},
		{"tokens-none", "no token yet", wide("tokens", "/lab/authenticator", func(f *frame) page { return tokensPage{frame: f, Header: storyTokenHeader} })},
		{"tokens-uploaded", "two lines were bad", wide("tokens", "/lab/authenticator", storyDesk(&TokenUpload{Serials: []string{"1234567"}, Failures: []TokenFailure{
			{Line: 3, Field: "upn", Reason: "names nobody of this tenant: correct it, or leave it empty"},
			{Line: 4, Reason: "has 5 fields: write 6"},
		}}))},
		{"tokens-refused", "the file had no header", wide("tokens", "/lab/authenticator", func(f *frame) page {
			f.Problem = &problem{Key: "problem.token-refused", Field: "file", Args: []any{"detail", "csv: does not begin with the header"}}
			return tokensPage{frame: f, Header: storyTokenHeader}
		})},
		{"workstation", "before a sign-in", wide("workstation", "/lab/workstation", storyStation(nil))},
		{"workstation-welcome", "signed in from the cache", wide("workstation", "/lab/workstation", storyStation(&SignInResult{OK: true, Cached: true}))},
		{"workstation-refused", "the old password no longer works", wide("workstation", "/lab/workstation", storyStation(&SignInResult{
			Reason: "The user name or password is incorrect.", Code: "52e", Detail: "the bind was refused: 80090308, data 52e",
		}))},
		{"clock", "the clock runs", wide("clock", "/lab/clock", func(f *frame) page { return clockPage{frame: f, Steps: clockSteps} })},
		{"clock-frozen", "the clock stands still", wide("clock", "/lab/clock", func(f *frame) page {
			f.Clock.Frozen, f.Clock.Offset = true, 25*time.Hour
			return clockPage{frame: f, Steps: clockSteps}
		})},
		{"attempts", "two attempts", wide("attempts", "/lab/attempts", func(f *frame) page {
			return attemptsPage{frame: f, Attempts: []journal.Attempt{storyAttempt, {
				CorrelationID: "0b7d9a6e-11f4-4f0e-8a8e-6d7c1f0f5a02", Kind: policy.Unlock, Started: storyNow.Add(-time.Hour),
				UserPrincipalName: "nora.none@northlight.example", Outcome: journal.Refused, Code: policy.CodeNotConfigured, Cause: "methods",
			}}}
		})},
		{"attempts-none", "nobody tried yet", wide("attempts", "/lab/attempts", func(f *frame) page { return attemptsPage{frame: f} })},
		{"attempt", "refused by the domain, and why", wide("attempt", "/lab/attempts", func(f *frame) page {
			return attemptPage{frame: f, Attempt: storyAttempt}
		})},
		{"events", "all logs", wide("events", "/lab/events", func(f *frame) page { return newEventsPage(f, storyRecords(), "", "") })},
		{"events-none", "nothing logged yet", wide("events", "/lab/events", func(f *frame) page {
			return newEventsPage(f, nil, journal.Security, storySupport)
		})},
		{"directory", "accounts of a domain", wide("directory", "/lab/directory", func(f *frame) page {
			return directoryPage{frame: f, Domains: storyDomains}
		})},
		{"stories", "this index", wide("stories", "/lab/stories", func(f *frame) page {
			return storiesPage{frame: f, Groups: []storyGroup{{"nav.reset", []Story{{Name: "identify", Claim: "who are you, with a picture"}}}}, Spoken: []string{"en"}}
		})},
	}
}

const storyTokenHeader = "upn,serial number,secret key,time interval,manufacturer,model"

// storyDesk is the desk with a token in each state, after an upload or not.
func storyDesk(up *TokenUpload) func(f *frame) page {
	return func(f *frame) page {
		return tokensPage{frame: f, Tokens: storyTokens, Header: storyTokenHeader, Uploaded: up}
	}
}

var storyTokens = []HardwareToken{
	{Serial: "1234567", Maker: "Contoso", Model: "HardwareKey", Seconds: 60, Hash: "SHA-1", State: policy.TokenAssigned, User: "casey.cloud@northlight.example"},
	{Serial: "GALT11420104", Maker: "Contoso", Model: "OTP 110", Seconds: 30, Hash: "SHA-256", State: policy.TokenActivated, User: "alex.hybrid@northlight.example"},
	{Serial: "GALT11420105", Maker: "Contoso", Model: "OTP 110", Seconds: 30, Hash: "SHA-256", State: policy.TokenAvailable},
}

var storyTokenCodes = []TokenCode{
	{Serial: "GALT11420104", Model: "Contoso OTP 110", User: "alex.hybrid@northlight.example", Code: "004213", Seconds: 17, Period: 30},
	{Serial: "GALT11420105", Model: "Contoso OTP 110", Code: "771902", Seconds: 17, Period: 30},
}

func storyStation(r *SignInResult) func(f *frame) page {
	return func(f *frame) page {
		p := workstationPage{frame: f, Online: true, Chosen: "NL-LAPTOP-01", Result: r, Stations: []WorkstationState{
			{Name: "NL-LAPTOP-01", Domain: "corp.northlight.example", Cached: []string{"alex.hybrid"}},
			{Name: "NL-DESK-02", Domain: "corp.northlight.example"},
		}}
		if r != nil {
			p.User, p.Online = `NORTHLIGHT\alex.hybrid`, !r.Cached
		}
		return p
	}
}

var storyLab = Lab{
	Name: "demo", TenantName: "Northlight", Domain: "northlight.example", Seed: 42,
	Doors: []Door{
		{"control", "Control API", "http://127.0.0.1:8080/control/v1/openapi.json", true},
		{"ldaps", "LDAP over TLS", "ldaps://127.0.0.1:10636", false},
		{"ldap", "LDAP", "ldap://127.0.0.1:10389", false},
		{"dc", "LDAP over TLS, dc02.corp.northlight.example", "ldaps://127.0.0.1:40636", false},
		{"gc", "Global catalogue", "ldaps://127.0.0.1:13269", false},
		{"smtp", "SMTP", "127.0.0.1:10025", false},
	},
	People: []DemoPerson{
		{"alex.hybrid@northlight.example", "Alex Hybrid", "Winter-Coat7", "A synchronised user who is ready: start here.", []string{"email", "phone", "app"}},
		{"casey.cloud@northlight.example", "Casey Cloud", "Summer-Boat9", "Lives in the cloud alone.", []string{"email", "app"}},
		{"nora.none@northlight.example", "Nora None", "Autumn-Leaf3", "Has nothing registered: SSPR_0014.", nil},
		{"adam.admin@northlight.example", "Adam Admin", "Spring-Rain5", "An administrator: always two gates, never questions.", []string{"email", "phone", "app"}},
	},
}

// storyLetterURL is where the frame of a story finds its message.
const storyLetterURL = storiesURL + "/mail/html"

const storyLetter = `<!DOCTYPE html>
<html lang="en"><head><meta name="viewport" content="width=device-width, initial-scale=1"><title>Verify your email address</title></head>
<body style="margin:0;padding:24px;background:#eef1f5;color:#1f2933;font-family:sans-serif">
<h1 style="font-size:21px">Verify your email address</h1>
<p>Thanks for verifying your account.</p>
<p style="font-size:30px;letter-spacing:6px;font-weight:bold">482913</p>
<p>Northlight</p>
</body></html>`

var storyMails = []Mail{
	{
		ID: "2", From: "Microsoft on behalf of Northlight <msonlineservicesteam@microsoftonline.com>", To: "alex@example.net",
		Subject: "Northlight account email verification code", Received: storyNow.Add(-time.Minute), HTML: storyLetter,
		Text: "Verify your email address\n\nThanks for verifying your account.\n\nYour code is: 482913\n\nNorthlight",
	},
	{
		ID: "1", From: "Microsoft on behalf of Northlight <msonlineservicesteam@microsoftonline.com>", To: "casey@example.net",
		Subject: "Your password has been reset", Received: storyNow.Add(-time.Hour), Text: "Your password has been reset.",
	},
}

var storyLines = []PhoneLine{
	{
		Number: "+1 4255550100", Owner: "alex.hybrid@northlight.example",
		Texts: []Text{{Received: storyNow.Add(-time.Minute), Body: "Use verification code 482913 for Northlight authentication."}},
		Calls: []Call{{ID: "c1", Started: storyNow, Ringing: true}, {ID: "c0", Started: storyNow.Add(-time.Hour), Outcome: "missed"}},
	},
	{Number: "+1 4255550142x17", Owner: "alex.hybrid@northlight.example"},
}

var storyApps = []App{
	{ID: "a", Person: "alex.hybrid@northlight.example", Issuer: "Northlight", Kind: "Microsoft Authenticator", Code: "482913", Seconds: 17, Period: 30},
	{ID: "b", Person: "alex.hybrid@northlight.example", Issuer: "Northlight", Kind: "Hardware OATH", Code: "004213", Seconds: 47, Period: 60},
	{ID: "c", Person: "casey.cloud@northlight.example", Issuer: "Northlight", Kind: "Microsoft Authenticator"},
}

var storyPushes = []Push{
	{ID: "p1", Person: "alex.hybrid@northlight.example", Sent: storyNow, NumberMatch: true, State: "waiting"},
	{ID: "p0", Person: "casey.cloud@northlight.example", Sent: storyNow.Add(-time.Hour), State: "denied"},
}

var storyDomains = []Domain{{
	Name: "corp.northlight.example", NetBIOS: "NORTHLIGHT", Controllers: []Controller{
		{Host: "dc01.corp.northlight.example", LDAP: "ldap://127.0.0.1:10389", LDAPS: "ldaps://127.0.0.1:10636", PDCEmulator: true},
		{Host: "dc02.corp.northlight.example", LDAP: "ldap://127.0.0.1:40389", LDAPS: "ldaps://127.0.0.1:40636", ReadOnly: true},
	},
	Policy: []policy.Fact{
		{Name: "minPwdLength", Value: "7"},
		{Name: "complexity", Value: "on"},
		{Name: "pwdHistoryLength", Value: "24"},
		{Name: "minPwdAge", Value: "24h0m0s"},
		{Name: "maxPwdAge", Value: "1008h0m0s"},
		{Name: "lockoutThreshold", Value: "0"},
		{Name: "lockoutDuration", Value: "30m0s"},
		{Name: "lockOutObservationWindow", Value: "30m0s"},
	},
	Accounts: []Account{
		{
			Name: "alex.hybrid", UserPrincipalName: "alex.hybrid@northlight.example", DN: "CN=Alex Hybrid,OU=People,DC=corp,DC=northlight,DC=example",
			Enabled: true, PasswordSet: storyNow.Add(-72 * time.Hour), PasswordExpires: storyNow.Add(39 * 24 * time.Hour),
		},
		{
			Name: "lars.locked", UserPrincipalName: "lars.locked@northlight.example", DN: "CN=Lars Locked,OU=People,DC=corp,DC=northlight,DC=example",
			Enabled: true, PasswordSet: storyNow.Add(-72 * time.Hour), BadPasswords: 5, LockedSince: storyNow.Add(-10 * time.Minute),
		},
		{
			Name: "mia.mustchange", UserPrincipalName: "mia.mustchange@northlight.example", DN: "CN=Mia Mustchange,OU=People,DC=corp,DC=northlight,DC=example",
			Enabled: true, MustChange: true, Protected: true,
		},
		{Name: "dora.disabled", UserPrincipalName: "dora.disabled@northlight.example", DN: "CN=Dora Disabled,OU=People,DC=corp,DC=northlight,DC=example"},
	},
}}

var storyEnded = storyNow.Add(93 * time.Second)

var storyAttempt = journal.Attempt{
	CorrelationID: storySupport, Kind: policy.Reset, UserPrincipalName: "alex.hybrid@northlight.example",
	UserID: "8c1f2f3e-6a5d-4a57-9b0d-0d7f7f1f6a10", Started: storyNow, Ended: &storyEnded, Outcome: journal.Refused,
	Cause: "on-premises-policy", Gates: 1,
	Remedy: "wait until the password is one day old (2026-03-02 23:10:00 UTC), or lower the domain's minimum password age",
	Checks: []policy.Check{
		{Name: "account", Rule: "the user ID belongs to a work or school account of a tenant", Source: "howitworks; SSPR reference 1.4 #1", Verdict: policy.Passed},
		{
			Name: "tenant-switch", Rule: "self-service password reset is not None", Source: "howitworks; SSPR reference 1.4 #3b", Verdict: policy.Passed,
			Input: []policy.Fact{{Name: "scope", Value: "all"}},
		},
		{Name: "group", Rule: "the user is a member of the configured group", Source: "howitworks; SSPR reference 1.4 #4b", Verdict: policy.Skipped, Detail: "the scope is all"},
		{
			Name: "minimum-age", Rule: "a password is at least as old as the domain's minimum age before it changes", Source: "MS-SAMR 3.1.1.8.5", Verdict: policy.Failed,
			Input:  []policy.Fact{{Name: "minPwdAge", Value: "24h"}, {Name: "age", Value: "10h20m"}},
			Detail: "the password is 10h20m old", Remedy: "wait 13h40m",
		},
	},
	Offers: []journal.GateOffers{{Gate: 1, Offers: []policy.Offer{
		{Method: policy.Email, Offered: true, Target: "al****@example.net", Reason: "registered and allowed"},
		{Method: policy.Questions, Reason: "nothing registered"},
	}}},
	Steps: []journal.Step{
		{Time: storyNow.Add(4 * time.Second), What: "proof started", Detail: "email to al****@example.net"},
		{Time: storyNow.Add(61 * time.Second), What: "proof passed", Detail: "email, gate 1 of 1"},
		{Time: storyNow.Add(92 * time.Second), What: "password submitted"},
	},
	Envelope: &journal.Envelope{
		MessageID: "b2f0e0c8", Domain: "corp.northlight.example", Agent: "Microsoft Entra Connect", KeyID: "key-1",
		Algorithms: "RSA-2048 OAEP, AES-256-GCM", Size: 1184, Sealed: storyNow.Add(92 * time.Second), Expires: storyNow.Add(152 * time.Second), Answered: storyEnded,
	},
	LDAP: []journal.Exchange{
		{
			Server: "ldaps://dc01.corp.northlight.example", Operation: "search", DN: "DC=corp,DC=northlight,DC=example",
			Detail: []string{"filter (objectGUID=\\10\\6a…)"}, CodeName: "success", Entries: 1,
		},
		{
			Server: "ldaps://dc01.corp.northlight.example", Operation: "modify", DN: "CN=Alex Hybrid,OU=People,DC=corp,DC=northlight,DC=example",
			Detail: []string{"replace: unicodePwd", "unicodePwd: [redacted]"}, Controls: []string{"1.2.840.113556.1.4.2239 critical 3003020101"},
			Code: 19, CodeName: "constraintViolation", Diagnostic: "0000052D: AtrErr: DSID-03190FBD, #1",
		},
	},
	Events: []journal.EventRef{{Seq: 9, Channel: journal.Application, ID: 33008, Text: "PasswordResetService: on-premises policy violation"}},
}

func storyRecords() []journal.Record {
	return []journal.Record{
		channelRecord(1, journal.Audit, func(r *journal.Record) {
			r.Audit = &journal.AuditRecord{
				Result: "success", ActivityDisplayName: "Self-service password reset flow activity progress",
				ResultReason: "User submitted their user ID", Target: journal.Actor{UserPrincipalName: "alex.hybrid@northlight.example"},
			}
		}),
		channelRecord(2, journal.Application, func(r *journal.Record) {
			r.Event = &journal.Event{Computer: "sync01", Provider: "PasswordResetService", ID: 33008, Level: "Error", Message: "on-premises policy violation"}
		}),
		channelRecord(3, journal.Security, func(r *journal.Record) {
			r.Event = &journal.Event{
				Computer: "dc01", Provider: "Microsoft-Windows-Security-Auditing", ID: 4724, Level: "Failure",
				Name: "An attempt was made to reset an account's password.", Message: "Subject: svc-writeback",
			}
		}),
		channelRecord(4, journal.SignIn, func(r *journal.Record) {
			r.CorrelationID = ""
			r.SignIn = &journal.SignInRecord{
				User: journal.Actor{UserPrincipalName: "alex.hybrid@northlight.example"}, App: "My Apps",
				ErrorCode: 50126, Reason: "Invalid username or password.",
			}
		}),
	}
}
