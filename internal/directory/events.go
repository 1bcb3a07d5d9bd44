package directory

import (
	"net"
	"strconv"
	"time"

	"github.com/ssprlab/ssprlab/internal/directory/security"
	"github.com/ssprlab/ssprlab/internal/policy/domain"
)

// A SecurityEvent is one record for the Security log of a domain controller.
type SecurityEvent struct {
	Time    time.Time
	DC      string // fully qualified name
	Domain  string // NetBIOS name
	ID      int
	Task    int
	Success bool
	Fields  []Field // EventData, in the order of the event's manifest
	MaxSize int64   // bytes that the log may have; 0: as it comes
}

// A Field is one value of EventData.
type Field struct{ Name, Value string }

// Field returns the value of a field, "" when the event has none of the name.
func (e SecurityEvent) Field(name string) string {
	for _, f := range e.Fields {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

// Tasks of security events.
const (
	taskLogon       = 12544
	taskLockout     = 12546
	taskAccount     = 13824
	taskComputer    = 13825
	taskGroup       = 13826
	taskDistributed = 13827
	taskValidation  = 14336
	taskAuthPolicy  = 13569
	taskDirChanges  = 14081
	taskKerberos    = 14339
	systemLogonText = "0x3e7"
)

func (dc *DC) emit(now time.Time, id, task int, success bool, fields ...Field) {
	f := dc.forest
	if f.onEvent == nil {
		return
	}
	f.onEvent(dc.event(now, id, task, success, fields))
}

func (dc *DC) event(now time.Time, id, task int, success bool, fields []Field) SecurityEvent {
	return SecurityEvent{
		Time: now, DC: dc.HostName(), Domain: dc.domain.netbios, ID: id, Task: task, Success: success, Fields: fields,
		MaxSize: dc.domain.Settings().SecurityLogMaxSize,
	}
}

// subject is the account that acted. It is made once for each, and full: what is
// appended to it is a copy.
func subject(who *identity) []Field {
	who.subjectOnce.Do(func() {
		who.subject = subjectFields(who.User.String(), who.name, who.domain, hexText(who.logon))
	})
	return who.subject
}

func subjectFields(sid, name, domain, logon string) []Field {
	return []Field{{"SubjectUserSid", sid}, {"SubjectUserName", name}, {"SubjectDomainName", domain}, {"SubjectLogonId", logon}}
}

func hexText(n uint64) string {
	var room [18]byte
	return string(strconv.AppendUint(append(room[:0], "0x"...), n, 16))
}

// target appends the account acted upon.
func (dc *DC) target(fields []Field, o *object) []Field {
	realm := o.part.domain.netbios
	if o.sid.Domain() == security.Builtin {
		realm = "Builtin"
	}
	return append(fields, Field{"TargetUserName", o.text(dc.forest.k.sAMAccountName)}, Field{"TargetDomainName", realm}, Field{"TargetSid", o.sid.String()})
}

// self is the domain controller as the one that acted, made once like subject.
func (dc *DC) self() []Field { return dc.subject }

func hostPort(addr string) (ip, port string) {
	ip, port, err := net.SplitHostPort(addr)
	if err != nil || ip == "" {
		return "-", "-"
	}
	return ip, port
}

// logonStatus is Status, SubStatus and FailureReason of event 4625.
func logonStatus(code domain.SubCode) (status, sub, reason string) {
	switch code {
	case domain.NoLogonServers:
		return "0xc000005e", "0x0", "%%2304"
	case domain.InvalidHours:
		return "0xc000006e", "0xc000006f", "%%2311"
	case domain.InvalidWorkstation:
		return "0xc000006e", "0xc0000070", "%%2312"
	case domain.PasswordExpired:
		return "0xc000006e", "0xc0000071", "%%2309"
	case domain.AccountDisabled:
		return "0xc000006e", "0xc0000072", "%%2310"
	case domain.AccountExpired:
		return "0xc0000193", "0x0", "%%2305"
	case domain.PasswordMustChange:
		return "0xc0000224", "0x0", "%%2309"
	case domain.AccountLockedOut:
		return "0xc0000234", "0x0", "%%2307"
	}
	return "0xc000006d", "0xc000006a", "%%2313"
}

// refused records a bind that failed: 4776 and 4625.
func (dc *DC) refused(r Request, b BindRequest, o *object, code domain.SubCode) {
	if dc.forest.onEvent == nil {
		return
	}
	status, sub, reason := logonStatus(code)
	name, realm := b.Name, ""
	if o != nil {
		name, realm = o.text(dc.forest.k.sAMAccountName), o.part.domain.netbios
	} else {
		sub = "0xc0000064"
	}
	validation := sub
	if validation == "0x0" {
		validation = status
	}
	dc.validated(r, name, validation)
	task := taskLogon
	if code == domain.AccountLockedOut {
		task = taskLockout
	}
	who := logonRecord{name: name, domain: realm, kind: dc.logonType(), remote: r.Channel.RemoteAddr, status: status, sub: sub, reason: reason}
	dc.emit(r.Now, 4625, task, false, dc.logonFailureFields(who)...)
}

// validated records 4776, which Samba does not know.
func (dc *DC) validated(r Request, name, status string) {
	if dc.forest.flavour.samba() {
		return
	}
	dc.emit(r.Now, 4776, taskValidation, status == "0x0", Field{"PackageName", "MICROSOFT_AUTHENTICATION_PACKAGE_V1_0"}, Field{"TargetUserName", name}, Field{"Workstation", dc.name}, Field{"Status", status})
}

// A logonRecord is what differs between events 4624 and 4625.
type logonRecord struct {
	name, domain, kind, remote string
	status, sub, reason        string // of a failure
}

func (dc *DC) logonFailureFields(who logonRecord) []Field {
	ip, port := hostPort(who.remote)
	return append(append(make([]Field, 0, 21), dc.self()...), Field{"TargetUserSid", "S-1-0-0"}, Field{"TargetUserName", who.name}, Field{"TargetDomainName", who.domain},
		Field{"Status", who.status}, Field{"FailureReason", who.reason}, Field{"SubStatus", who.sub}, Field{"LogonType", who.kind}, Field{"LogonProcessName", "Advapi  "},
		Field{"AuthenticationPackageName", "MICROSOFT_AUTHENTICATION_PACKAGE_V1_0"}, Field{"WorkstationName", dc.name}, Field{"TransmittedServices", "-"},
		Field{"LmPackageName", "-"}, Field{"KeyLength", "0"}, Field{"ProcessId", "0x2a4"}, Field{"ProcessName", `C:\Windows\System32\lsass.exe`}, Field{"IpAddress", ip}, Field{"IpPort", port})
}

func (dc *DC) logonFields(who logonRecord, o *object) []Field {
	ip, port := hostPort(who.remote)
	return append(append(make([]Field, 0, 21), dc.self()...), Field{"TargetUserSid", o.sid.String()}, Field{"TargetUserName", who.name}, Field{"TargetDomainName", who.domain},
		Field{"TargetLogonId", hexText(0x10000 + uint64(o.node.slot)*16)}, Field{"LogonType", who.kind}, Field{"LogonProcessName", "Advapi  "},
		Field{"AuthenticationPackageName", "MICROSOFT_AUTHENTICATION_PACKAGE_V1_0"}, Field{"WorkstationName", dc.name}, Field{"LogonGuid", "{00000000-0000-0000-0000-000000000000}"},
		Field{"TransmittedServices", "-"}, Field{"LmPackageName", "-"}, Field{"KeyLength", "0"}, Field{"ProcessId", "0x2a4"}, Field{"ProcessName", `C:\Windows\System32\lsass.exe`}, Field{"IpAddress", ip}, Field{"IpPort", port})
}

func (dc *DC) logonType() string {
	if dc.forest.flavour.samba() {
		return "8"
	}
	return "3"
}

// loggedOn records a bind that succeeded: 4776 and 4624.
func (dc *DC) loggedOn(r Request, o *object) {
	if dc.forest.onEvent == nil {
		return
	}
	k := dc.forest.k
	who := logonRecord{name: o.text(k.sAMAccountName), domain: o.part.domain.netbios, kind: dc.logonType(), remote: r.Channel.RemoteAddr}
	dc.validated(r, who.name, "0x0")
	dc.emit(r.Now, 4624, taskLogon, true, dc.logonFields(who, o)...)
}

// lockedOut records 4740 on the domain controller that locked and on the PDC
// emulator, once in each log (AD reference 13.2): TargetDomainName is the name of the calling computer.
func (dc *DC) lockedOut(r Request, o *object) {
	if dc.forest.flavour.samba() {
		return
	}
	fields := append([]Field{{"TargetUserName", o.text(dc.forest.k.sAMAccountName)}, {"TargetDomainName", dc.caller(r.Channel)}, {"TargetSid", o.sid.String()}}, dc.self()...)
	dc.emit(r.Now, 4740, taskAccount, true, fields...)
	if p := dc.pdc(); p != nil && !r.told {
		p.emit(r.Now, 4740, taskAccount, true, fields...)
	}
}

// caller names the computer that a request came from: by what it calls itself,
// else by its address.
func (dc *DC) caller(c Channel) string {
	if c.Workstation != "" {
		return c.Workstation
	}
	if ip, _ := hostPort(c.RemoteAddr); ip != "-" {
		return ip
	}
	return dc.name
}
