package rig

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/ssprlab/ssprlab/internal/device"
	"github.com/ssprlab/ssprlab/internal/portal"
	"github.com/ssprlab/ssprlab/internal/secret"
)

// The adapters in this file show the devices to the pages in the pages' words.

type mailboxPage struct{ *device.Mailbox }

func (m mailboxPage) Mails(_ context.Context, to string) ([]portal.Mail, error) {
	var list []portal.Mail
	for _, mail := range slices.Backward(m.List(to, 0)) {
		list = append(list, mailOf(mail))
	}
	return list, nil
}

func mailOf(m device.Mail) portal.Mail {
	return portal.Mail{
		ID: strconv.FormatInt(m.Seq, 10), From: m.From, To: m.To, Subject: m.Subject,
		Received: m.Received, Text: m.Text,
	}
}

func (m mailboxPage) Mail(_ context.Context, id string) (portal.Mail, bool, error) {
	seq, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return portal.Mail{}, false, nil // what is no number is the ID of no mail
	}
	mail, ok := m.Get(seq)
	shown := mailOf(mail)
	shown.HTML = mail.Page()
	return shown, ok, nil
}

func (m mailboxPage) Changed(ctx context.Context, after uint64) uint64 {
	return m.AwaitChange(ctx, after)
}

type phonePage struct{ l *Lab }

func (p phonePage) Phones(ctx context.Context) ([]portal.PhoneLine, error) {
	people, err := p.l.Tenant.People(ctx)
	if err != nil {
		return nil, err
	}
	var lines []portal.PhoneLine
	seen := map[string]bool{}
	add := func(number, owner string) {
		if key := digits(number); number != "" && !seen[key] {
			seen[key] = true
			lines = append(lines, p.line(number, owner))
		}
	}
	for _, person := range people {
		c := person.Contacts
		for _, number := range []string{c.AuthenticationPhone, c.MobilePhone, c.AlternatePhone, c.OfficePhone} {
			add(number, person.UserPrincipalName)
		}
	}
	for _, number := range p.l.Phones.Numbers() {
		add(number, "")
	}
	return lines, nil
}

func digits(number string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, strings.SplitN(number, "x", 2)[0])
}

func (p phonePage) line(number, owner string) portal.PhoneLine {
	line := portal.PhoneLine{Number: number, Owner: owner}
	for _, t := range slices.Backward(p.l.Phones.Texts(number, 0)) {
		line.Texts = append(line.Texts, portal.Text{Received: t.Received, Body: t.Body})
	}
	outcomes := map[device.CallState]string{device.Confirmed: "confirmed", device.HungUp: "hung-up", device.Missed: "missed"}
	for _, c := range slices.Backward(p.l.Phones.Calls(number, 0)) {
		line.Calls = append(line.Calls, portal.Call{ID: c.ID, Started: c.Began, Ringing: c.State == device.Ringing, Outcome: outcomes[c.State]})
	}
	return line
}

func (p phonePage) AnswerCall(_ context.Context, callID string, confirm bool) error {
	if confirm {
		return p.l.Phones.Press(callID, "#")
	}
	return p.l.Phones.HangUp(callID)
}

func (p phonePage) Changed(ctx context.Context, after uint64) uint64 {
	return p.l.Phones.AwaitChange(ctx, after)
}

type authenticatorPage struct{ l *Lab }

func (a authenticatorPage) Apps(context.Context) ([]portal.App, error) {
	var list []portal.App
	for _, user := range a.l.Authenticator.Users() {
		for _, c := range a.l.Authenticator.Codes(user) {
			list = append(list, portal.App{
				ID: c.ID, Person: user, Issuer: c.Issuer, Kind: c.Name, Code: c.Code, Seconds: c.SecondsLeft, Period: c.Period,
			})
		}
	}
	return list, nil
}

func (a authenticatorPage) Pushes(context.Context) ([]portal.Push, error) {
	states := map[device.PushState]string{
		device.Pending: "waiting", device.Approved: "approved", device.Denied: "denied", device.WrongNumber: "denied", device.Lapsed: "expired",
	}
	var list []portal.Push
	for _, user := range a.l.Authenticator.Users() {
		for _, p := range a.l.Authenticator.Pushes(user, 0) {
			list = append(list, portal.Push{ID: p.ID, Person: user, Sent: p.Sent, NumberMatch: p.NumberMatch, State: states[p.State]})
		}
	}
	slices.SortStableFunc(list, func(x, y portal.Push) int { return y.Sent.Compare(x.Sent) })
	return list, nil
}

func (a authenticatorPage) AnswerPush(_ context.Context, pushID string, approve bool, number int) error {
	if approve {
		return a.l.Authenticator.Approve(pushID, number)
	}
	return a.l.Authenticator.Deny(pushID)
}

func (a authenticatorPage) Enrol(_ context.Context, person, uri string) error {
	_, err := a.l.Authenticator.Enrol(person, uri)
	return err
}

func (a authenticatorPage) EnrolImage(_ context.Context, person string, image []byte) error {
	_, err := a.l.Authenticator.Scan(person, image)
	return err
}

// Changed watches pushes and enrolments; codes change by themselves.
func (a authenticatorPage) Changed(ctx context.Context, after uint64) uint64 {
	return a.l.Authenticator.AwaitChange(ctx, after)
}

type workstationPage struct{ l *Lab }

func (w workstationPage) Workstations(context.Context) ([]portal.WorkstationState, error) {
	var list []portal.WorkstationState
	for i, one := range w.l.Workstations {
		list = append(list, portal.WorkstationState{Name: one.Name(), Domain: w.l.netBIOS(w.l.Config.Seed.Workstations[i].Domain), Cached: one.Cached()})
	}
	return list, nil
}

func (w workstationPage) SignIn(ctx context.Context, name, user string, password secret.Text, online bool) (portal.SignInResult, error) {
	for _, one := range w.l.Workstations {
		if one.Name() != name {
			continue
		}
		r := one.SignIn(ctx, user, password, !online)
		code := r.SubCode
		if code == "" && r.NTStatus != "00000000" {
			code = "0x" + r.NTStatus
		}
		return portal.SignInResult{OK: r.SignedIn, Cached: r.Source == device.FromCache, Reason: r.Message, Code: code, Detail: r.Note}, nil
	}
	return portal.SignInResult{}, errors.New("no workstation is called " + strconv.Quote(name))
}
