package directory

import (
	"net"
	"strings"

	"github.com/ssprlab/ssprlab/internal/policy/domain"
	"github.com/ssprlab/ssprlab/internal/secret"
)

// A TicketRequest is what somebody types at a computer of the domain. The
// computer's name and address are in the channel.
type TicketRequest struct {
	Name     string // any form that a bind takes
	Password secret.Text
}

// A Ticket is the answer to a request for a ticket-granting ticket.
type Ticket struct {
	Code              domain.SubCode // domain.LogonOK: granted
	SAMAccountName    string
	UserPrincipalName string // "" when the account has none
}

// Ticket judges a sign-in at a computer of the domain as the key distribution
// centre does, which gives no grace to a previous password, and writes what it
// writes: 4768, 4771 and 4740 (MS-KILE 3.3.5.7; AD reference 12.3, 13.2). It is
// the outcome of an AS exchange, not the exchange: the directory speaks no
// Kerberos, and no ticket is made.
func (dc *DC) Ticket(r Request, q TicketRequest) Ticket {
	dc.forest.comes(r.Now)
	n := dc.findAccount(q.Name)
	var home *DC // to whose realm the client is referred
	var o *object
	if n != nil {
		home, o = dc.logonServer(n)
	}
	if o == nil || o.deleted || o.sid == "" || !o.class.is("user") {
		dc.ticketEvent(r, q, nil, domain.NoSuchUser)
		return Ticket{Code: domain.NoSuchUser}
	}
	v, o := home.validate(n, o, domain.ClearText(q.Password.Reveal()).NTHash(), domain.KerberosLogon, r)
	home.ticketEvent(r, q, o, v.Code)
	k := dc.forest.k
	return Ticket{Code: v.Code, SAMAccountName: o.text(k.sAMAccountName), UserPrincipalName: o.text(k.userPrincipalName)}
}

// What a Windows client asks for with a password (pages "4768(S, F)" and
// "4771(F)" of Microsoft's security auditing reference).
const (
	ticketOptions  = "0x40810010" // forwardable, renewable, canonicalize, renewable-ok
	preauthTime    = "2"          // PA-ENC-TIMESTAMP
	ticketAES256   = "0x12"
	noTicket       = "0xffffffff"
	nullSID        = "S-1-0-0"
	ticketsService = "krbtgt"
)

// ticketEvent records 4768 or 4771. The certificate fields are empty without a
// smart card.
func (dc *DC) ticketEvent(r Request, q TicketRequest, o *object, code domain.SubCode) {
	if dc.forest.flavour.samba() { // whose audit has the same record for every way to log on
		if code == domain.LogonOK {
			dc.loggedOn(r, o)
		} else {
			dc.refused(r, BindRequest{Name: q.Name}, o, code)
		}
		return
	}
	status := code.Kerberos()
	realm := strings.ToUpper(dc.domain.dns)
	ip, port := kerberosPeer(r.Channel.RemoteAddr)
	network := []Field{{"IpAddress", ip}, {"IpPort", port}, {"CertIssuerName", ""}, {"CertSerialNumber", ""}, {"CertThumbprint", ""}}
	name := q.Name
	if o != nil {
		name, realm = o.text(dc.forest.k.sAMAccountName), strings.ToUpper(o.part.domain.dns)
	}
	if status.Preauthentication() {
		dc.emit(r.Now, 4771, taskKerberos, false, append([]Field{
			{"TargetUserName", name},
			{"TargetSid", o.sid.String()},
			{"ServiceName", ticketsService + "/" + realm},
			{"TicketOptions", ticketOptions},
			{"Status", status.String()},
			{"PreAuthType", preauthTime},
		}, network...)...)
		return
	}
	user, service, serviceSID, encryption, preauth := nullSID, ticketsService+"/"+realm, nullSID, noTicket, "-"
	if status == domain.KerberosOK {
		user, service, serviceSID = o.sid.String(), ticketsService, o.part.domain.sid.WithRID(domain.RIDKrbtgt).String()
		encryption, preauth = ticketAES256, preauthTime
	}
	dc.emit(r.Now, 4768, taskKerberos, status == domain.KerberosOK, append([]Field{
		{"TargetUserName", name},
		{"TargetDomainName", realm},
		{"TargetSid", user},
		{"ServiceName", service},
		{"ServiceSid", serviceSID},
		{"TicketOptions", ticketOptions},
		{"Status", status.String()},
		{"TicketEncryptionType", encryption},
		{"PreAuthType", preauth},
	}, network...)...)
}

// kerberosPeer is an address as these events print it: IPv4 inside IPv6.
func kerberosPeer(addr string) (ip, port string) {
	ip, port = hostPort(addr)
	if four := net.ParseIP(ip).To4(); four != nil {
		ip = "::ffff:" + ip
	}
	return ip, port
}
