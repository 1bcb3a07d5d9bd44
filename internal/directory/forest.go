package directory

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ssprlab/ssprlab/internal/directory/schema"
	"github.com/ssprlab/ssprlab/internal/directory/security"
)

// A ForestConfig describes a forest to make. Domains[0] is the forest root.
type ForestConfig struct {
	Flavour Flavour
	Domains []DomainConfig
	Now     time.Time
	// Rand gives identifiers; the same octets give the same forest.
	Rand io.Reader
	// Commit is offered every change in order before it is acknowledged, while
	// the directory is locked. An error refuses the operation with busy.
	Commit func(Change) error
	// Flush, when set, is called without a lock before an operation that
	// changed something is acknowledged, so that many may share one fsync.
	Flush func() error
	// KeepLogons, when set, is offered what domain controllers remember of
	// logons: before Flush, and whenever [Forest.SaveLogons] is called.
	KeepLogons func([]Logon)
	// OnEvent receives security events after the operation that caused them.
	OnEvent func(SecurityEvent)
	// OnRequest, when set, is called without a lock before a search or a write:
	// the chance to do what came due by the clock before anything changes.
	OnRequest func()
}

// A DomainConfig describes one domain.
type DomainConfig struct {
	DNSName  string // "corp.northlight.example"
	NetBIOS  string // "NORTHLIGHT"
	Level    int    // functional level; 0 means 7 (Windows Server 2016)
	SID      security.SID
	DCs      []DCConfig // none: one called DC1
	Password string     // of Administrator; empty: it has none
}

// A DCConfig describes one domain controller.
type DCConfig struct {
	Name     string // "DC1"
	ReadOnly bool
	// RequireSigning refuses simple binds in clear (LDAPServerIntegrity 2). It
	// is off unless it is asked for, in the Samba dialect too, whose original
	// has it on.
	RequireSigning bool
	Site           string // "" is Default-First-Site-Name
	// NoGlobalCatalog is for one that is no global catalogue server until its
	// NTDS settings say so.
	NoGlobalCatalog bool
}

// A Forest is every object of every domain, and the replicas' views of them.
// It is safe for concurrent use.
type Forest struct {
	mu      sync.RWMutex
	schema  *schema.Schema
	k       *known
	flavour Flavour
	fold    schema.Folding
	rules   security.Rules
	names   nameRules
	virtual []uint8

	nodes       []*node
	parts       []*partition
	byGUID      map[security.GUID]*node
	bySID       map[security.SID]*node
	indexes     []*index            // by attribute ID; nil: not built
	indexed     []*schema.Attribute // those that have an index
	usn         uint32
	pending     int // lazy containers not yet built
	classes     map[string]*classList
	descriptors map[string]*security.Descriptor
	inherited   map[inheritKey]*security.Descriptor
	shared      map[string]string
	categories  []string // by class ID

	domains  []*Domain
	dsas     []*DC // by number
	root     *Domain
	config   *partition
	schemaNC *partition

	membership atomic.Uint64 // grows with every change of a group
	policies   atomic.Uint64 // grows with every change of a PSO
	heuristics atomic.Pointer[string]
	recycleBin atomic.Bool
	ldap       atomic.Pointer[ldapPolicy]
	settings   atomic.Pointer[map[string]string] // of msDS-Other-Settings
	keeps      atomic.Pointer[lifetimes]
	collected  atomic.Int64    // Unix seconds of the last collection of garbage
	garbage    atomic.Bool     // something may be there to collect
	erased     []security.GUID // objects of the beginning that are gone for good
	tokens     sync.Map        // *node → *cachedToken
	seed       [32]byte
	rand       io.Reader
	created    time.Time

	commit    func(Change) error
	flush     func() error
	unsaved   unsavedLogons
	onEvent   func(SecurityEvent)
	onRequest func()
	watch     watchers
	settled   func(dc *DC, n *node, known *object) // for tests: what a replica knew when everything had arrived
}

// A Domain is one domain of a forest.
type Domain struct {
	forest   *Forest
	part     *partition
	dns      string
	netbios  string
	sid      security.SID
	level    int
	nextRID  uint32
	dcs      []*DC
	base     security.Base
	defaults map[*schema.Class]*security.Descriptor
	policy   atomic.Pointer[headPolicy]
	psos     atomic.Pointer[psoTable]
	users    *node
	computer *node
	deleted  *node
	system   *node
	builtin  *node
	psc      *node
	zones    []*partition
	holder   *node // AdminSDHolder
	foreign  *node
	swept    atomic.Int64 // Unix seconds of the last protection sweep
	settings atomic.Pointer[Settings]
	primary  atomic.Pointer[DC] // the PDC emulator
}

// Settings are switches of a domain that no attribute holds: registry values of
// its domain controllers.
type Settings struct {
	// HintsSkipMinAge lets a reset with policy hints through although the
	// password is too young.
	HintsSkipMinAge bool
	// PreviousPasswordGrace is OldPasswordAllowedPeriod; 0 means 60 minutes,
	// negative none.
	PreviousPasswordGrace time.Duration
	// AdminSDProtectFrequency is the interval of the protection sweep; 0 means
	// one hour.
	AdminSDProtectFrequency time.Duration
	// AuditDirectoryChanges switches the audit subcategory Directory Service
	// Changes on: 5136 to 5141, for what system ACLs ask for.
	AuditDirectoryChanges bool
	// SecurityLogMaxSize is how many bytes the Security log of each domain
	// controller may have; 0: as it comes.
	SecurityLogMaxSize int64
	// Replication is how changes travel between the domain controllers.
	Replication Replication
}

// A DC is one replica's view of a forest. It implements [Server].
type DC struct {
	forest  *Forest
	domain  *Domain
	name    string
	host    string
	cfg     DCConfig
	guid    security.GUID // objectGUID of its NTDS settings
	logons  logonTable
	dsa     string       // dsServiceName
	server  string       // serverName
	number  uint16       // in the forest, in the order of its configuration
	signed  atomic.Bool  // refuses simple binds in clear
	sid     security.SID // of its account
	filter  atomic.Pointer[PasswordFilter]
	subject []Field // in events, of what it does by itself
	replica
}

var _ Server = (*DC)(nil)

// NewForest makes a forest with its domains and their default objects.
func NewForest(cfg ForestConfig) (*Forest, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	if cfg.Flavour.Dialect == "" {
		cfg.Flavour.Dialect = Windows2022
	}
	samba := cfg.Flavour.samba()
	f := &Forest{
		schema: schema.Default(), k: attributes(), flavour: cfg.Flavour, byGUID: map[security.GUID]*node{}, bySID: map[security.SID]*node{},
		classes: map[string]*classList{}, descriptors: map[string]*security.Descriptor{}, inherited: map[inheritKey]*security.Descriptor{},
		shared: map[string]string{}, rand: cfg.Rand, created: cfg.Now.UTC(),
		rules: security.Rules{SambaObjectACE: samba, KeepOrder: samba},
	}
	if samba {
		f.fold = schema.FoldSamba
	}
	f.names = nameRules{schema: f.schema, oids: !samba, semicolon: !samba}
	f.indexes = make([]*index, len(f.schema.Attributes))
	f.markVirtual()
	if _, err := io.ReadFull(cfg.Rand, f.seed[:]); err != nil {
		return nil, fmt.Errorf("making forest: reading randomness: %w", err)
	}
	if err := f.provision(cfg); err != nil {
		return nil, err
	}
	f.collected.Store(cfg.Now.Unix())
	f.commit, f.flush, f.onEvent, f.onRequest = cfg.Commit, cfg.Flush, cfg.OnEvent, cfg.OnRequest
	f.unsaved.keep = cfg.KeepLogons
	return f, nil
}

func (cfg ForestConfig) check() error {
	switch {
	case cfg.Rand == nil:
		return errors.New("making forest: Rand is nil: give it a stream of the lab's randomness")
	case cfg.Now.IsZero():
		return errors.New("making forest: Now is zero: give it the lab's time")
	case len(cfg.Domains) == 0:
		return errors.New("making forest: no domain: name at least the forest root")
	}
	seen := map[string]bool{}
	for _, d := range cfg.Domains {
		if !strings.Contains(d.DNSName, ".") || strings.ContainsAny(d.DNSName, " ,=\\") {
			return fmt.Errorf("making forest: DNS name %q: want at least two labels such as corp.example", d.DNSName)
		}
		if d.NetBIOS == "" || len(d.NetBIOS) > 15 || strings.ContainsAny(d.NetBIOS, ` ,=\/:*?"<>|.`) {
			return fmt.Errorf("making forest: NetBIOS name %q of %s: want 1 to 15 characters without blanks, dots or \\", d.NetBIOS, d.DNSName)
		}
		for _, name := range []string{strings.ToLower(d.DNSName), strings.ToLower(d.NetBIOS)} {
			if seen[name] {
				return fmt.Errorf("making forest: name %q is used twice: every domain needs names of its own", name)
			}
			seen[name] = true
		}
	}
	return nil
}

// Flavour says whose answers the forest gives.
func (f *Forest) Flavour() Flavour { return f.flavour }

// Domains returns the domains, the forest root first.
func (f *Forest) Domains() []*Domain { return f.domains }

// Domain finds a domain by DNS or NetBIOS name in any case, or returns nil.
func (f *Forest) Domain(name string) *Domain {
	for _, d := range f.domains {
		if strings.EqualFold(d.dns, name) || strings.EqualFold(d.netbios, name) {
			return d
		}
	}
	return nil
}

// DNSName is the domain's DNS name.
func (d *Domain) DNSName() string { return d.dns }

// NetBIOS is the domain's NetBIOS name.
func (d *Domain) NetBIOS() string { return d.netbios }

// SID is the domain's security identifier.
func (d *Domain) SID() security.SID { return d.sid }

// DN is the distinguished name of the domain head.
func (d *Domain) DN() string { return d.part.dn }

// Forest is the forest the domain belongs to.
func (d *Domain) Forest() *Forest { return d.forest }

// DCs returns the domain controllers; the first is the PDC emulator until
// another takes the role.
func (d *Domain) DCs() []*DC { return d.dcs }

// PDC is the domain controller that holds the PDC emulator role.
func (d *Domain) PDC() *DC { return d.primary.Load() }

// DC finds a domain controller by name, or returns nil.
func (d *Domain) DC(name string) *DC {
	for _, dc := range d.dcs {
		if strings.EqualFold(dc.name, name) {
			return dc
		}
	}
	return nil
}

// Settings returns the switches in force.
func (d *Domain) Settings() Settings {
	if s := d.settings.Load(); s != nil {
		return *s
	}
	return Settings{}
}

// SetSettings replaces the switches.
func (d *Domain) SetSettings(s Settings) {
	d.settings.Store(&s)
	d.policy.Store(nil)
	d.psos.Store(nil)
}

// Name is the short name of the domain controller.
func (dc *DC) Name() string { return dc.name }

// HostName is the fully qualified name of the domain controller.
func (dc *DC) HostName() string { return dc.host }

// Site is the site the controller stands in.
func (dc *DC) Site() string { return dc.cfg.Site }

// ReadOnly reports whether the controller takes no writes.
func (dc *DC) ReadOnly() bool { return dc.cfg.ReadOnly }

// RequiresSigning reports whether simple binds in clear are refused.
func (dc *DC) RequiresSigning() bool { return dc.signed.Load() }

// RequireSigning refuses simple binds in clear from now on, or takes them again
// (LDAPServerIntegrity 2 and 1; AD reference 1.1).
func (dc *DC) RequireSigning(on bool) { dc.signed.Store(on) }

// Domain is the domain the controller serves.
func (dc *DC) Domain() *Domain { return dc.domain }

// Flavour implements [Server].
func (dc *DC) Flavour() Flavour { return dc.forest.flavour }

// Limits implements [Server].
func (dc *DC) Limits() Limits {
	return dc.forest.ldapPolicy().wire
}
