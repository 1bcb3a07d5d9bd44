package rig

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ssprlab/ssprlab/internal/challenge"
	"github.com/ssprlab/ssprlab/internal/chance"
	"github.com/ssprlab/ssprlab/internal/clock"
	"github.com/ssprlab/ssprlab/internal/device"
	"github.com/ssprlab/ssprlab/internal/directory"
	"github.com/ssprlab/ssprlab/internal/hashsync"
	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/memnet"
	"github.com/ssprlab/ssprlab/internal/notify"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/registration"
	"github.com/ssprlab/ssprlab/internal/reset"
	"github.com/ssprlab/ssprlab/internal/robot"
	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/signin"
	"github.com/ssprlab/ssprlab/internal/tenant"
	"github.com/ssprlab/ssprlab/internal/tokens"
	"github.com/ssprlab/ssprlab/internal/writeback"
	"github.com/ssprlab/ssprlab/internal/writeback/agent"
	"github.com/ssprlab/ssprlab/internal/writeback/relay"
)

// anyLoopback is the address of a listener that may have any port.
const anyLoopback = "127.0.0.1:0"

// A LabConfig says how a lab is put together. The zero value of every field but
// Seed is a whole lab on loopback, on ports of its own.
type LabConfig struct {
	ID       string // "" is "demo"
	Seed     tenant.Seed
	Clock    time.Time // the lab's time at the start; zero: the base clock's
	RandSeed uint64
	Network  memnet.Network   // nil: the operating system's
	Base     func() time.Time // the clock under the lab's clock; nil: time.Now
	Logger   *slog.Logger     // nil: none

	// Addresses to listen on; "" is any port of loopback.
	Listen, LDAPListen, LDAPSListen, SMTPListen string
	// Addresses of the global catalogue, in clear and over TLS; "" is none.
	GCListen, GCSListen string
	// Addresses of further domain controllers, by host name in lower case.
	Controllers map[string]ControllerListen
	Names       []string // further names in the lab's certificates
	HTTPS       bool     // serve pages and control API over TLS, with a certificate of the lab's CA
	LDIF        string   // file of entries and changes that the directory has besides the seed; "": none
	SMTPRelay   string   // host:port that mail is sent to; "": the lab's own mailbox

	Relay       relay.Relay    // nil: one in memory
	RelaySecret secret.Text    // "": drawn
	Foreign     *ForeignConfig // write there instead of to the embedded directory
	NoDirectory bool           // no embedded directory
	NoAgent     bool           // agents run elsewhere
	Keys        agent.KeySource

	Data    *Data        // where the lab is kept; nil: nowhere. The lab closes it
	From    *Picture     // go on from a picture of another lab; nil: begin anew
	Control http.Handler // the control API, served beside the pages; may be nil
}

// A ForeignConfig names a directory outside the process.
type ForeignConfig struct {
	URLs         []string
	BindName     string
	BindPassword secret.Text
	BaseDN       string
	CA           []byte // PEM; nil: the system's roots
	Confirmed    bool   // --foreign-directory: no lab marker is asked for
}

// A Lab is one emulated organisation, running.
type Lab struct {
	Config  LabConfig
	Created time.Time

	Chance  *chance.Source
	Clock   *clock.Clock
	Journal *journal.Journal
	Tenant  *tenant.Store
	Forest  *directory.Forest // nil without an embedded directory

	Mailbox       *device.Mailbox
	Phones        *device.Phones
	Authenticator *device.Authenticator
	Tokens        *device.Tokens
	Workstations  []*device.Workstation
	Robot         *robot.Desk

	Reset        *reset.Service
	TokenDesk    *tokens.Desk
	SignIn       *signin.Service
	Registration *registration.Service
	Writeback    *writeback.Service
	Agents       []*Agent
	HashSync     *hashsync.Service // nil without an embedded directory
	Faults       *Faults
	Protection   *protection

	// Controllers are the domain controllers in the order of the seed; the first
	// one's addresses are the lab's.
	Controllers []*Controller

	CA        []byte // certificate of the lab's CA, PEM
	PortalURL string
	LDAPURL   string
	LDAPSURL  string
	GCURL     string // of the global catalogue; "" without
	GCSURL    string
	SMTPAddr  string

	changing  sync.Mutex  // held while settings are read, changed and written
	ownRelay  relay.Relay // nil: the lab was given one
	plans     []tenant.DirectoryPlan
	authority *authority
	// by the name of the sync server; does not change once it is made
	hashSwitches map[string]*hashSwitch
	closers      []func(context.Context) error
	errs         chan error // faults of listeners
}

// NewLab starts a lab. Everything serves when it returns.
func NewLab(ctx context.Context, cfg LabConfig) (*Lab, error) {
	cfg = cfg.withDefaults()
	l := &Lab{Config: cfg, errs: make(chan error, 8)}
	for _, part := range []func(context.Context) error{
		l.openValues, l.openForest, l.openHashSync, l.keep, l.openProtection, l.openDirectory, l.openDevices, l.openWriteback, l.openReset, l.openSignIn, l.openPages,
	} {
		if err := part(ctx); err != nil {
			return nil, errors.Join(err, l.Close(context.WithoutCancel(ctx)))
		}
	}
	return l, nil
}

func (cfg LabConfig) withDefaults() LabConfig {
	if cfg.ID == "" {
		cfg.ID = "demo"
	}
	if cfg.Network == nil {
		cfg.Network = memnet.Real()
	}
	if cfg.Base == nil {
		cfg.Base = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	for _, address := range []*string{&cfg.Listen, &cfg.LDAPListen, &cfg.LDAPSListen, &cfg.SMTPListen} {
		if *address == "" {
			*address = anyLoopback
		}
	}
	if cfg.Keys == nil {
		cfg.Keys = processKeys()
	}
	return cfg
}

// Close ends a lab: what was opened last is closed first.
func (l *Lab) Close(ctx context.Context) error {
	var errs []error
	for _, closer := range slices.Backward(l.closers) {
		if err := closer(ctx); err != nil {
			errs = append(errs, err)
		}
	}
	l.closers = nil
	return errors.Join(errs...)
}

// Failed delivers the fault of a listener that stopped by itself.
func (l *Lab) Failed() <-chan error { return l.errs }

func (l *Lab) onClose(f func(context.Context) error) { l.closers = append(l.closers, f) }

// openValues makes what has no sockets.
func (l *Lab) openValues(context.Context) error {
	if data := l.Config.Data; data != nil {
		l.onClose(func(context.Context) error { return data.store.Close() })
	}
	earlier := l.Config.past()
	first := chance.New(l.Config.RandSeed)
	l.Chance = first
	l.Clock = clock.New(l.Config.Base)
	if !l.Config.Clock.IsZero() {
		l.Clock.Set(l.Config.Clock)
	}
	l.Created = l.Clock.Now()
	if earlier != nil {
		l.Chance, l.Created = earlier.run(first), earlier.born()
		earlier.wind(l)
	}
	l.Journal = journal.New(l.Clock.Now)
	l.Faults = newFaults()
	if l.Config.RelaySecret.Empty() {
		l.Config.RelaySecret = secret.New(chance.GUID(first.Stream("relay secret")))
	}
	var err error
	if earlier != nil {
		err = earlier.restore(l)
	} else if l.Tenant, err = tenant.New(l.Config.Seed, l.Chance, l.Clock.Now); err != nil {
		err = fmt.Errorf("building the tenant: %w", err)
	}
	if err != nil {
		return err
	}
	l.plans = l.Config.Seed.Directories(first, l.Created)
	if l.authority, err = l.openAuthority(); err != nil {
		return err
	}
	l.CA = l.authority.pem()
	if l.Robot, err = robot.NewDesk(l.Clock.Now, l.Chance.Next); err != nil {
		return fmt.Errorf("opening the robot check: %w", err)
	}
	return nil
}

// settle makes cfg listen where this lab does, for a lab that takes its place.
func (l *Lab) settle(cfg *LabConfig) {
	host := func(address, otherwise string) string {
		if _, rest, ok := strings.Cut(address, "://"); ok {
			address = rest
		}
		if address == "" {
			return otherwise
		}
		return address
	}
	cfg.Listen, cfg.SMTPListen = host(l.PortalURL, l.Config.Listen), host(l.SMTPAddr, l.Config.SMTPListen)
	cfg.LDAPListen, cfg.LDAPSListen = host(l.LDAPURL, l.Config.LDAPListen), host(l.LDAPSURL, l.Config.LDAPSListen)
	cfg.GCListen, cfg.GCSListen = host(l.GCURL, l.Config.GCListen), host(l.GCSURL, l.Config.GCSListen)
	cfg.Controllers = map[string]ControllerListen{}
	for _, c := range l.Controllers {
		cfg.Controllers[c.DC.HostName()] = ControllerListen{LDAP: host(c.LDAPURL, ""), LDAPS: host(c.LDAPSURL, "")}
	}
}

// newID draws identifiers of the lab.
func (l *Lab) newID(kind string) string { return chance.GUID(l.Chance.Next(kind)) }

// listen opens a listener; an error names the flag.
func (l *Lab) listen(ctx context.Context, flag, address string) (net.Listener, error) {
	return l.listenAs(ctx, "--"+flag, address)
}

// listenAs opens a listener; an error names who asked for it.
func (l *Lab) listenAs(ctx context.Context, asked, address string) (net.Listener, error) {
	ln, err := l.Config.Network.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w: choose another address, or port 0 for any", asked, address, err)
	}
	return ln, nil
}

// serve runs a server until it is closed.
func (l *Lab) serve(what string, run func() error) {
	go func() {
		err := run()
		if err == nil || errors.Is(err, net.ErrClosed) || errors.Is(err, http.ErrServerClosed) || errors.Is(err, context.Canceled) {
			return
		}
		select {
		case l.errs <- fmt.Errorf("%s: %w", what, err):
		default:
		}
	}()
}

// openForest makes the forest, or takes over that of an earlier start.
func (l *Lab) openForest(ctx context.Context) error {
	if l.Config.NoDirectory || l.Config.Foreign != nil || len(l.plans) == 0 {
		return nil
	}
	var err error
	if l.Forest, err = newForest(l.plans, chance.New(l.Config.RandSeed), l.Created, l.logSecurity, func() { l.tend(context.WithoutCancel(ctx)) }, l.Config.Data, l.Config.past()); err != nil {
		return fmt.Errorf("building the directory: %w", err)
	}
	if l.Config.LDIF != "" {
		return l.importLDIF(ctx, l.Config.LDIF)
	}
	return nil
}

// dialable is the address under which this machine reaches a listener.
func dialable(a net.Addr) string {
	host, port, err := net.SplitHostPort(a.String())
	if err != nil {
		return a.String()
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}

// openDevices gives the people mailboxes, phones, apps and computers.
func (l *Lab) openDevices(ctx context.Context) error {
	l.Mailbox = device.NewMailbox(l.Clock.Now, 0)
	l.Phones = device.NewPhones(l.Clock.Now)
	l.Authenticator = device.NewAuthenticator(l.Clock.Now)
	l.Tokens = device.NewTokens(l.Clock.Now)
	if err := l.openMailbox(ctx); err != nil {
		return err
	}
	if err := l.enrolApps(ctx); err != nil {
		return err
	}
	if err := l.openTokens(ctx); err != nil {
		return err
	}
	return l.openWorkstations()
}

// openMailbox serves the SMTP sink.
func (l *Lab) openMailbox(ctx context.Context) error {
	if l.Config.SMTPListen == noListener {
		return nil
	}
	sink := device.NewSink(l.Mailbox, l.Config.Logger)
	l.onClose(sink.Shutdown)
	ln, err := l.listen(ctx, "smtp-listen", l.Config.SMTPListen)
	if err != nil {
		return err
	}
	l.serve("SMTP", func() error { return sink.Serve(ln) })
	l.SMTPAddr = dialable(ln.Addr())
	return nil
}

// enrolApps puts the tenant's registered apps on the people's phones.
func (l *Lab) enrolApps(ctx context.Context) error {
	users, err := l.Tenant.Users(ctx)
	if err != nil {
		return fmt.Errorf("reading the people: %w", err)
	}
	for _, u := range users {
		for _, app := range u.Authenticators() {
			if app.OATH.Secret.Empty() || app.Inactive || app.IsToken() {
				continue
			}
			uri := app.OATH.URI(l.tenantName(), u.UserPrincipalName)
			if _, err := l.Authenticator.Enrol(u.UserPrincipalName, uri.Reveal()); err != nil {
				return fmt.Errorf("putting the app of %s on the phone: %w", u.UserPrincipalName, err)
			}
		}
	}
	return nil
}

func (l *Lab) tenantName() string { return l.Config.Seed.Tenant.TenantName }

func (l *Lab) openWorkstations() error {
	for _, seed := range l.Config.Seed.Workstations {
		domain, err := l.joined(seed)
		if err != nil || domain.Binder == nil {
			return err
		}
		w := device.NewWorkstation(seed.Name, domain)
		for _, user := range seed.CachedUsers {
			l.remember(w, user)
		}
		l.Workstations = append(l.Workstations, w)
	}
	return nil
}

func (l *Lab) netBIOS(domain string) string {
	for _, p := range l.plans {
		if domain == "" || strings.EqualFold(domain, p.DNSName) || strings.EqualFold(domain, p.NetBIOS) {
			return p.NetBIOS
		}
	}
	return domain
}

// openReset makes the service that carries resets.
func (l *Lab) openReset(context.Context) error {
	addr, network := l.SMTPAddr, l.Config.Network
	if l.Config.SMTPRelay != "" {
		addr, network = l.Config.SMTPRelay, memnet.Real()
	}
	mailer := &notify.Mailer{Addr: addr, Dial: network.DialContext, Now: l.Clock.Now, Stream: l.Chance.Stream}
	notifier := &notify.Notifier{Mailer: mailer, Audience: audience{l.Tenant}, Now: l.Clock.Now}
	l.Reset = &reset.Service{
		Sessions: reset.NewMemorySessions(), People: l.Tenant, Passwords: cloudPasswords{l.Tenant, l.Faults}, OnPremises: protectedWriteback{l.Writeback, l},
		Proofs: &challenge.Service{
			Courier: &device.Courier{
				Mailer: notifier, Phones: l.Phones, Authenticator: l.Authenticator,
				UserOf: func(ctx context.Context, id string) (string, error) {
					p, err := l.Tenant.Person(ctx, id)
					return p.UserPrincipalName, err
				},
			},
			Credentials: l.Tenant, Now: l.Clock.Now, Stream: l.Chance.Stream,
		},
		Notifier: notifier, Journal: l.Journal, Now: l.Clock.Now, NewID: l.newID,
	}
	return nil
}

// cloudPasswords is where the cloud keeps passwords, with the lab's faults in
// front of it.
type cloudPasswords struct {
	*tenant.Store
	faults *Faults
}

// errWriteRefused is what a fault makes of a write.
var errWriteRefused = errors.New("the cloud directory refused the write")

func (c cloudPasswords) SetPassword(ctx context.Context, id string, password secret.Text, mustChange bool, now time.Time) error {
	u, err := c.User(ctx, id)
	if err != nil {
		return err
	}
	if c.faults.writeRefused(u.UserPrincipalName) {
		return errWriteRefused
	}
	return c.Store.SetPassword(ctx, id, password, mustChange, now)
}

// audience is who may get a tenant's mail.
type audience struct{ *tenant.Store }

// Administrators returns everybody who holds a directory role and may sign in.
func (a audience) Administrators(ctx context.Context) ([]policy.Person, error) {
	people, err := a.People(ctx)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(people, func(p policy.Person) bool { return len(p.Roles) == 0 || !p.AccountEnabled }), nil
}
