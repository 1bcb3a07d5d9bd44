package directory

import (
	"context"
	"slices"
	"time"

	"github.com/ssprlab/ssprlab/internal/secret"
)

// A Channel is what a domain controller knows of the connection that a request
// came in on.
type Channel struct {
	Encrypted     bool   // TLS, from the start or after StartTLS
	GlobalCatalog bool   // ports 3268 and 3269
	URLScheme     string // "ldap" or "ldaps"
	RemoteAddr    string // host:port
	LocalAddr     string // the same of the domain controller
	ClientCert    []byte // DER of a verified TLS client certificate, for SASL EXTERNAL
	Workstation   string // name of the calling computer, where the caller told it
}

// A Request is what every operation is given besides its own fields.
type Request struct {
	Now      time.Time
	Channel  Channel
	Caller   Caller // from the last bind; the zero value is anonymous
	Controls Controls
	told     bool // the PDC emulator has recorded a lockout by this request
}

// Controls is the request controls that a domain controller understands, each
// decoded; nil or false means not sent. adwire answers 12 for unknown critical
// controls before a request gets here.
type Controls struct {
	PolicyHints      *int // Flags of either OID; only 1 has an effect
	PolicyHintsBad   bool // sent, with a value that does not decode
	Paged            *Paged
	Sort             *Sort
	VLV              *VLV
	SDFlags          *int
	ExtendedDN       *int // 0 hex, 1 dashed
	DirSync          *DirSync
	ASQ              *string // source attribute
	SearchOptions    int
	ShowDeleted      bool
	ShowRecycled     bool
	ShowDeactivated  bool
	DomainScope      bool
	PermissiveModify bool
	TreeDelete       bool
	Notification     bool
	RangeNoError     bool
	CriticalSort     bool
	CriticalVLV      bool
	CriticalPaged    bool
	// TreeDeleteLimit is countOfObjectsToDelete of TREE_DELETE_EX; 0: not sent.
	TreeDeleteLimit int
	ExpectedEntries *EntryRange
	Owner           []byte // of SET_OWNER: a SID as octets or text
	InputDN         *string
	ForceUpdate     bool
	Stats           *int // flags of GET_STATS
	UpdateStats     bool
}

// EntryRange is the value of the EXPECTED_ENTRY_COUNT control.
type EntryRange struct{ Min, Max int }

// Paged is the simple paged results control (RFC 2696).
type Paged struct {
	Size   int
	Cookie []byte
}

// Sort is the server-side sorting control (RFC 2891).
type Sort struct{ Keys []SortKey }

// A SortKey is one key of a Sort.
type SortKey struct {
	Attribute    string
	OrderingRule string
	Reverse      bool
}

// VLV is the virtual list view request control.
type VLV struct {
	Before, After int
	Offset, Count int    // by offset
	Target        []byte // by value, when not nil
	ContextID     []byte
}

// DirSync is the directory synchronisation control (MS-ADTS 3.1.1.3.4.1.3).
type DirSync struct {
	Flags    uint32
	MaxBytes int
	Cookie   []byte
}

// A Result ends every operation.
type Result struct {
	Code       Code
	MatchedDN  string
	Diagnostic string // complete, with its final NUL where Windows sends one
	Referrals  []string
	Controls   ResponseControls
}

// ResponseControls is what may accompany a Result.
type ResponseControls struct {
	Paged      *Paged // Size is the estimate, 0 on Windows
	SortResult *SortResult
	VLV        *VLVResult
	DirSync    *DirSync
	ASQResult  *Code
	Stats      *SearchStats
	Update     *UpdateStats
}

// SearchStats is what GET_STATS tells of a search; zero for callers without
// SeDebugPrivilege (MS-ADTS 3.1.1.3.4.1.6).
type SearchStats struct {
	Threads, CallTime, Returned, Visited int // milliseconds, entries
	Filter, Index                        string
}

// UpdateStats is what UPDATE_STATS tells after any operation (MS-ADTS
// 3.1.1.3.4.1.30).
type UpdateStats struct {
	HighestUSN   uint64
	InvocationID [16]byte
}

// SortResult is the value of the sort response control.
type SortResult struct {
	Code      Code
	Attribute string
}

// VLVResult is the value of the VLV response control.
type VLVResult struct {
	Position, Count int
	Code            Code
	ContextID       []byte
}

// A Scope is the scope of a search.
type Scope int

// The scopes of RFC 4511 4.5.1.2.
const (
	BaseObject Scope = iota
	SingleLevel
	WholeSubtree
)

// A SearchRequest is RFC 4511 4.5.1. Filter is the parsed form: see ParseFilter
// and the constructors in filter.go, which adwire uses when it decodes BER.
type SearchRequest struct {
	Base       string
	Scope      Scope
	SizeLimit  int
	TimeLimit  int // seconds
	TypesOnly  bool
	Filter     Filter
	Attributes []string
}

// An Entry is one answer of a search, ready to encode. Values must not be
// changed: they may be shared with the store.
type Entry struct {
	DN         string
	Attributes []Attribute
}

// An Attribute is a name as it goes over the wire and its values.
type Attribute struct {
	Name   string
	Values [][]byte
}

// Clone is a copy for who keeps it.
func (e Entry) Clone() Entry {
	e.Attributes = slices.Clone(e.Attributes)
	for i := range e.Attributes {
		e.Attributes[i].Values = slices.Clone(e.Attributes[i].Values)
	}
	return e
}

// A Sink receives the answers of a search in order. An error ends the search. An
// entry is the sink's until Entry returns: whoever keeps it keeps a Clone.
type Sink interface {
	Entry(Entry) error
	Reference(urls ...string) error
}

// A WatchingSink is a Sink that is told when a search for notifications has begun
// to watch: no change from then on escapes it.
type WatchingSink interface {
	Sink
	Watching()
}

// A ChangeKind is the operation of one modification (RFC 4511 4.6).
type ChangeKind int

// The kinds of change.
const (
	AddValues ChangeKind = iota
	DeleteValues
	ReplaceValues
	IncrementValue
)

// A ModifyChange is one modification.
type ModifyChange struct {
	Kind   ChangeKind
	Name   string
	Values [][]byte
}

// A ModifyRequest is RFC 4511 4.6.
type ModifyRequest struct {
	DN      string
	Changes []ModifyChange
}

// An AddRequest is RFC 4511 4.7.
type AddRequest struct {
	DN         string
	Attributes []Attribute
}

// A ModifyDNRequest is RFC 4511 4.9. NewSuperior is nil when not sent.
type ModifyDNRequest struct {
	DN           string
	NewRDN       string
	DeleteOldRDN bool
	NewSuperior  *string
}

// A CompareRequest is RFC 4511 4.10.
type CompareRequest struct {
	DN        string
	Attribute string
	Value     []byte
}

// A BindRequest is a simple bind (RFC 4511 4.2). SASL mechanisms are refused or
// carried out by adwire, which hands EXTERNAL over as ExternalBind.
type BindRequest struct {
	Version  int
	Name     string
	Password secret.Text
	FastBind bool // verify only; identity stays anonymous
}

// A Server is what adwire serves: *DC, or a stand-in of a test. Every method
// may be called from several goroutines at once. ctx ends on abandon, and when
// the connection does. Paging cursors belong to cursors, one for a connection.
type Server interface {
	Bind(ctx context.Context, r Request, b BindRequest) (Caller, Result)
	Search(ctx context.Context, r Request, s SearchRequest, cursors *Cursors, to Sink) Result
	Modify(ctx context.Context, r Request, m ModifyRequest) Result
	Add(ctx context.Context, r Request, a AddRequest) Result
	Delete(ctx context.Context, r Request, dn string) Result
	ModifyDN(ctx context.Context, r Request, m ModifyDNRequest) Result
	Compare(ctx context.Context, r Request, c CompareRequest) Result
	WhoAmI(ctx context.Context, r Request) (string, Result)
	// Extended answers for OIDs that adwire does not carry out itself.
	Extended(ctx context.Context, r Request, oid string, value []byte) (response []byte, res Result)
	// Limits tells adwire the LDAP policies in force.
	Limits() Limits
	// Flavour tells adwire how its own refusals (StartTLS, unbound, decoding) read.
	Flavour() Flavour
}

// Limits is the part of lDAPAdminLimits that the connection layer enforces (AD
// reference 1.8).
type Limits struct {
	MaxConnections          int
	MaxReceiveBuffer        int
	MaxPreAuthReceiveBuffer int
	InitRecvTimeout         time.Duration
	MaxConnIdleTime         time.Duration
	MaxQueryDuration        time.Duration
	MaxRequestsPerConn      int // outstanding operations on one connection
	MaxNotificationPerConn  int
}

// DefaultLimits returns the defaults of AD reference 1.8.
func DefaultLimits() Limits {
	return Limits{
		MaxConnections: 5000, MaxReceiveBuffer: 10485760, MaxPreAuthReceiveBuffer: 262144,
		InitRecvTimeout: 120 * time.Second, MaxConnIdleTime: 900 * time.Second, MaxQueryDuration: 120 * time.Second,
		MaxRequestsPerConn: 20, MaxNotificationPerConn: 5,
	}
}

// A Code is an LDAP result code (RFC 4511 appendix A; AD reference 0.4).
type Code int

// The result codes an AD client meets.
const (
	Success                      Code = 0
	OperationsError              Code = 1
	ProtocolError                Code = 2
	TimeLimitExceeded            Code = 3
	SizeLimitExceeded            Code = 4
	CompareFalse                 Code = 5
	CompareTrue                  Code = 6
	AuthMethodNotSupported       Code = 7
	StrongerAuthRequired         Code = 8
	Referral                     Code = 10
	AdminLimitExceeded           Code = 11
	UnavailableCriticalExtension Code = 12
	ConfidentialityRequired      Code = 13
	SaslBindInProgress           Code = 14
	NoSuchAttribute              Code = 16
	UndefinedAttributeType       Code = 17
	InappropriateMatching        Code = 18
	ConstraintViolation          Code = 19
	AttributeOrValueExists       Code = 20
	InvalidAttributeSyntax       Code = 21
	NoSuchObject                 Code = 32
	InvalidDNSyntax              Code = 34
	InappropriateAuthentication  Code = 48
	InvalidCredentials           Code = 49
	InsufficientAccessRights     Code = 50
	Busy                         Code = 51
	Unavailable                  Code = 52
	UnwillingToPerform           Code = 53
	SortControlMissing           Code = 60
	OffsetRangeError             Code = 61
	NamingViolation              Code = 64
	ObjectClassViolation         Code = 65
	NotAllowedOnNonLeaf          Code = 66
	NotAllowedOnRDN              Code = 67
	EntryAlreadyExists           Code = 68
	ObjectClassModsProhibited    Code = 69
	AffectsMultipleDSAs          Code = 71
	Other                        Code = 80
)
