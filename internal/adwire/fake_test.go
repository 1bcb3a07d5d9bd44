package adwire_test

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/ssprlab/ssprlab/internal/adwire"
	"github.com/ssprlab/ssprlab/internal/directory"
)

// A fake is a directory small enough to be seen through: it stores what it is
// told, remembers each request, and can be made to take its time.
type fake struct {
	flavour directory.Flavour
	limits  directory.Limits

	// hold, when set, is where operations on the entry "cn=slow" wait: until it is
	// closed or their context ends.
	hold chan struct{}
	// entered receives a word whenever an operation begins to wait.
	entered chan string
	// answer, when set, takes the place of every result of a search.
	answer *directory.Result

	mu       sync.Mutex
	entries  map[string][]directory.Attribute
	requests []directory.Request
	binds    []directory.BindRequest
	searches []directory.SearchRequest
	modifies []directory.ModifyRequest
	adds     []directory.AddRequest
	renames  []directory.ModifyDNRequest
	deletes  []string
	causes   []error // why contexts ended
}

const (
	alice    = "cn=alice,dc=corp,dc=example"
	bob      = "cn=bob,dc=corp,dc=example"
	slow     = "cn=slow"
	password = "Rabbit-hole7"
)

func newFake() *fake {
	return &fake{
		flavour: directory.Flavour{Dialect: directory.Windows2022, Build: "4f7c"},
		limits:  directory.DefaultLimits(),
		entered: make(chan string, 100),
		entries: map[string][]directory.Attribute{
			"": {{Name: "dnsHostName", Values: [][]byte{[]byte("dc1.corp.example")}}},
			alice: {
				{Name: "sAMAccountName", Values: [][]byte{[]byte("alice")}},
				{Name: "objectGUID", Values: [][]byte{{0, 1, 0xff, 0x80}}},
			},
			bob: {{Name: "sAMAccountName", Values: [][]byte{[]byte("bob")}}},
		},
	}
}

var (
	_ directory.Server      = (*fake)(nil)
	_ adwire.ExternalBinder = (*fake)(nil)
)

func (f *fake) Limits() directory.Limits   { return f.limits }
func (f *fake) Flavour() directory.Flavour { return f.flavour }

// note remembers r and waits if the operation is about the slow entry.
func (f *fake) note(ctx context.Context, r directory.Request, op, dn string) {
	f.mu.Lock()
	f.requests = append(f.requests, r)
	f.mu.Unlock()
	if dn == "cn=panic" {
		panic("the fake was asked to")
	}
	if dn != slow {
		return
	}
	f.entered <- op
	select {
	case <-f.hold:
	case <-ctx.Done():
		f.mu.Lock()
		f.causes = append(f.causes, context.Cause(ctx))
		f.mu.Unlock()
	}
}

func (f *fake) Bind(ctx context.Context, r directory.Request, b directory.BindRequest) (directory.Caller, directory.Result) {
	f.note(ctx, r, "bind", b.Name)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.binds = append(f.binds, b)
	switch {
	case b.Password.Empty():
		return directory.Caller{}, directory.Result{}
	case b.Password.Reveal() == password:
		return directory.NamedCaller(b.Name), directory.Result{}
	default:
		return directory.Caller{}, directory.Result{Code: directory.InvalidCredentials, Diagnostic: "80090308: LdapErr: DSID-0C090434, comment: AcceptSecurityContext error, data 52e, v4f7c\x00"}
	}
}

func (f *fake) ExternalBind(ctx context.Context, r directory.Request, authzID string) (directory.Caller, directory.Result) {
	f.note(ctx, r, "external", authzID)
	return directory.NamedCaller(alice), directory.Result{}
}

func (f *fake) Search(ctx context.Context, r directory.Request, s directory.SearchRequest, _ *directory.Cursors, to directory.Sink) directory.Result {
	f.mu.Lock()
	f.searches = append(f.searches, s)
	f.mu.Unlock()
	if r.Controls.Notification {
		if err := to.Entry(directory.Entry{DN: alice}); err != nil {
			return directory.Result{Code: directory.Other}
		}
	}
	f.note(ctx, r, "search", s.Base)
	if f.answer != nil {
		return *f.answer
	}
	if s.Base == "cn=many" {
		return f.many(r, to)
	}
	f.mu.Lock()
	attrs, ok := f.entries[strings.ToLower(s.Base)]
	f.mu.Unlock()
	if !ok {
		return directory.Result{Code: directory.NoSuchObject, MatchedDN: "dc=corp,dc=example", Diagnostic: "0000208D: NameErr\x00"}
	}
	if err := to.Entry(directory.Entry{DN: s.Base, Attributes: attrs}); err != nil {
		return directory.Result{Code: directory.Other, Diagnostic: err.Error()}
	}
	return directory.Result{}
}

// many answers 1000 entries, in pages if asked; the cookie is the next number.
func (f *fake) many(r directory.Request, to directory.Sink) directory.Result {
	from, until := 0, 1000
	var res directory.Result
	if p := r.Controls.Paged; p != nil {
		_, _ = fmt.Sscan(string(p.Cookie), &from)
		until = min(from+p.Size, 1000)
		res.Controls.Paged = &directory.Paged{}
		if until < 1000 {
			res.Controls.Paged.Cookie = fmt.Append(nil, until)
		}
	}
	for i := from; i < until; i++ {
		e := directory.Entry{DN: fmt.Sprintf("cn=user%04d,cn=many", i), Attributes: []directory.Attribute{{Name: "cn", Values: [][]byte{fmt.Append(nil, i)}}}}
		if err := to.Entry(e); err != nil {
			return directory.Result{Code: directory.Other}
		}
	}
	return res
}

func (f *fake) Modify(ctx context.Context, r directory.Request, m directory.ModifyRequest) directory.Result {
	f.note(ctx, r, "modify", m.DN)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.modifies = append(f.modifies, m)
	for _, c := range m.Changes {
		f.entries[strings.ToLower(m.DN)] = []directory.Attribute{{Name: c.Name, Values: c.Values}}
	}
	return directory.Result{}
}

func (f *fake) Add(ctx context.Context, r directory.Request, a directory.AddRequest) directory.Result {
	f.note(ctx, r, "add", a.DN)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.adds = append(f.adds, a)
	f.entries[strings.ToLower(a.DN)] = a.Attributes
	return directory.Result{}
}

func (f *fake) Delete(ctx context.Context, r directory.Request, dn string) directory.Result {
	f.note(ctx, r, "delete", dn)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.deletes = append(f.deletes, dn)
	return directory.Result{}
}

func (f *fake) ModifyDN(ctx context.Context, r directory.Request, m directory.ModifyDNRequest) directory.Result {
	f.note(ctx, r, "modifyDN", m.DN)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.renames = append(f.renames, m)
	return directory.Result{}
}

func (f *fake) Compare(ctx context.Context, r directory.Request, c directory.CompareRequest) directory.Result {
	f.note(ctx, r, "compare", c.DN)
	if string(c.Value) == "alice" {
		return directory.Result{Code: directory.CompareTrue}
	}
	return directory.Result{Code: directory.CompareFalse}
}

func (f *fake) WhoAmI(_ context.Context, r directory.Request) (string, directory.Result) {
	if r.Caller.Anonymous() {
		return "", directory.Result{}
	}
	return "u:" + r.Caller.DN(), directory.Result{}
}

func (f *fake) Extended(_ context.Context, _ directory.Request, oid string, value []byte) ([]byte, directory.Result) {
	if oid == "1.3.6.1.4.1.1466.101.119.1" { // TTL refresh
		return value, directory.Result{}
	}
	return nil, directory.Result{Code: directory.ProtocolError}
}

// last returns the request of the last operation.
func (f *fake) last() directory.Request {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.requests[len(f.requests)-1]
}
