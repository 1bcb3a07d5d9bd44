package rig

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/ssprlab/ssprlab/internal/device"
	"github.com/ssprlab/ssprlab/internal/directory"
	"github.com/ssprlab/ssprlab/internal/memnet"
	"github.com/ssprlab/ssprlab/internal/policy/domain"
	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/tenant"
)

// joined is the domain of a workstation. The embedded directory answers its
// sign-ins as the key distribution centre would; a foreign one is asked by a
// bind. Binder is nil in a lab without a directory.
func (l *Lab) joined(w tenant.WorkstationSeed) (device.Domain, error) {
	host := strings.ToUpper(w.Name)
	joined := device.Domain{NetBIOS: l.netBIOS(w.Domain)}
	for _, p := range l.plans {
		if p.NetBIOS == joined.NetBIOS {
			host += "." + p.DNSName
		}
	}
	joined.Logged = func(r device.SignInResult) { l.logStation(host, joined.NetBIOS, r) }
	if l.Forest == nil {
		binder, err := l.binder("")
		joined.Binder = binder
		return joined, err
	}
	at := cmp.Or(l.controller(w.Domain, w.Controller), l.Controllers[0])
	centre, _ := l.serverOf(at.DC.Domain(), at.DC).(ticketGranter)
	joined.Binder = ticketBinder{lab: l, centre: centre, station: strings.ToUpper(w.Name), network: l.Config.Network, address: strings.TrimPrefix(at.LDAPURL, "ldap://")}
	joined.CurrentOnly = func(context.Context, device.Identity, secret.Text) (bool, error) {
		return true, nil // or there had been no ticket
	}
	return joined, nil
}

// remember fills a workstation's cache with somebody who has signed in before.
func (l *Lab) remember(w *device.Workstation, user string) {
	for _, u := range l.Config.Seed.Users {
		if u.OnPremises == nil || !strings.EqualFold(user, u.UserPrincipalName) && !strings.EqualFold(user, u.OnPremises.SAMAccountName) {
			continue
		}
		password := u.Password
		if !u.OnPremises.Password.Empty() {
			password = u.OnPremises.Password
		}
		w.Remember(device.Identity{SAMAccountName: u.OnPremises.SAMAccountName, UserPrincipalName: u.UserPrincipalName}, password)
	}
}

// A ticketGranter is a domain controller's key distribution centre.
type ticketGranter interface {
	Ticket(r directory.Request, q directory.TicketRequest) directory.Ticket
}

// A ticketBinder is a domain member's way to sign in: it finds its domain
// controller on the network and has the sign-in judged as a request for a
// ticket. The request itself is a call, because nothing here speaks Kerberos.
type ticketBinder struct {
	lab     *Lab
	centre  ticketGranter
	station string
	network memnet.Network
	address string // of the domain controller
}

var _ device.Binder = ticketBinder{}

// Bind implements [device.Binder].
func (b ticketBinder) Bind(ctx context.Context, user string, password secret.Text) (device.Identity, error) {
	conn, err := b.network.DialContext(ctx, "tcp", b.address)
	if err != nil {
		return device.Identity{}, err
	}
	from := conn.LocalAddr().String()
	if err := conn.Close(); err != nil {
		return device.Identity{}, err
	}
	t := b.centre.Ticket(directory.Request{
		Now: b.lab.Clock.Now(), Channel: directory.Channel{Encrypted: true, RemoteAddr: from, Workstation: b.station},
	}, directory.TicketRequest{Name: user, Password: password})
	if t.Code == domain.NoLogonServers { // as if there were no domain controller
		return device.Identity{}, fmt.Errorf("signing in at %s: a read-only domain controller that knows no password of %s and reaches no other", b.address, user)
	}
	if t.Code != domain.LogonOK {
		return device.Identity{}, &device.BindRefusal{SubCode: t.Code.String()}
	}
	return device.Identity{SAMAccountName: t.SAMAccountName, UserPrincipalName: t.UserPrincipalName}, nil
}

// failureReasons are the FailureReason of 4625 for an NTSTATUS, the sub-status
// before the status (AD reference 13.3).
var failureReasons = map[string]string{
	"C0000064": "%%2313", "C000006A": "%%2313", "C000006F": "%%2311", "C0000070": "%%2312", "C0000071": "%%2309", "C0000072": "%%2310",
	"C0000193": "%%2305", "C0000224": "%%2309", "C0000234": "%%2307", "C000015B": "%%2308",
}

// logStation writes what a workstation's own Security log has of a sign-in: 4624
// or 4625, logon type 2, or 11 from the cache (AD reference 12.1, 12.4, 13.3).
func (l *Lab) logStation(host, netBIOS string, r device.SignInResult) {
	name, _, _ := strings.Cut(host, ".")
	user, realm := r.User, netBIOS
	if d, sam, ok := strings.Cut(user, `\`); ok {
		user, realm = sam, strings.ToUpper(d)
	}
	e := directory.SecurityEvent{Time: l.Clock.Now(), DC: host, Domain: netBIOS, ID: 4625, Success: r.SignedIn}
	add := func(pairs ...string) {
		for i := 0; i < len(pairs); i += 2 {
			e.Fields = append(e.Fields, directory.Field{Name: pairs[i], Value: pairs[i+1]})
		}
	}
	add("SubjectUserSid", "S-1-5-18", "SubjectUserName", name+"$", "SubjectDomainName", netBIOS, "SubjectLogonId", "0x3e7")
	kind := []string{"LogonType", strconv.Itoa(r.LogonType), "LogonProcessName", "User32 ", "AuthenticationPackageName", "Negotiate", "WorkstationName", name}
	if r.SignedIn {
		e.ID = 4624
		add("TargetUserSid", l.sidOf(user, realm), "TargetUserName", user, "TargetDomainName", realm, "TargetLogonId", "0x0")
		add(append(kind, "LogonGuid", "{00000000-0000-0000-0000-000000000000}")...)
	} else {
		add("TargetUserSid", "S-1-0-0", "TargetUserName", user, "TargetDomainName", realm, "Status", ntStatus(r.NTStatus),
			"FailureReason", cmp.Or(failureReasons[r.SubStatus], failureReasons[r.NTStatus], "%%2304"), "SubStatus", ntStatus(cmp.Or(r.SubStatus, "0")))
		add(kind...)
	}
	add("TransmittedServices", "-", "LmPackageName", "-", "KeyLength", "0", "ProcessId", "0x1bc", "ProcessName", `C:\Windows\System32\winlogon.exe`,
		"IpAddress", "127.0.0.1", "IpPort", "0")
	l.logSecurity(e)
}

// sidOf is the SID of an account, NULL SID where no directory can be asked.
func (l *Lab) sidOf(user, realm string) string {
	if l.Forest != nil {
		if d := l.Forest.Domain(realm); d != nil {
			if o, ok := d.DCs()[0].Lookup(l.Clock.Now(), user); ok {
				return o.SID.String()
			}
		}
	}
	return "S-1-0-0"
}

func ntStatus(hex string) string { return "0x" + strings.ToLower(hex) }
