package ldapwriter

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/go-ldap/ldap/v3"

	"github.com/ssprlab/ssprlab/internal/writeback/agent"
	"github.com/ssprlab/ssprlab/internal/writeback/envelope"
)

// The object identifiers of the policy-hints control (MS-ADTS
// 3.1.1.3.4.1.27 and .28): the present one and its predecessor.
const (
	oidPolicyHints           = "1.2.840.113556.1.4.2239"
	oidPolicyHintsDeprecated = "1.2.840.113556.1.4.2066"
)

// A session is one bound connection and what its root DSE said.
type session struct {
	conn   *ldap.Conn
	raw    net.Conn
	server string
	base   string // where people are looked for
	domain string // head of the server's domain
	hints  string // OID of the policy-hints control, "" when not supported
	used   bool   // has served a write before
}

// close drops the connection. The socket goes first: the client's own Close
// waits for its reader, which may be waiting for the server.
func (s *session) close() {
	_ = s.raw.Close()
	_ = s.conn.Close()
}

// acquire returns an idle session, or opens one. fresh demands a new one.
func (w *Writer) acquire(ctx context.Context, t *trace, fresh bool) (*session, *agent.Result) {
	for !fresh {
		w.mu.Lock()
		n := len(w.idle)
		if n == 0 {
			w.mu.Unlock()
			break
		}
		s := w.idle[n-1]
		w.idle = w.idle[:n-1]
		w.mu.Unlock()
		if !s.conn.IsClosing() {
			s.used = true
			return s, nil
		}
		s.close()
	}
	return w.open(ctx, t)
}

// release keeps a session for the next write.
func (w *Writer) release(s *session) {
	w.mu.Lock()
	keep := !w.closed && len(w.idle) < w.cfg.MaxIdle && !s.conn.IsClosing()
	if keep {
		w.idle = append(w.idle, s)
	}
	w.mu.Unlock()
	if !keep {
		s.close()
	}
}

// open connects to the first server that answers, beginning with the one that
// answered last. A refused bind ends the search: trying the same password on
// every controller would lock the connector account out.
func (w *Writer) open(ctx context.Context, t *trace) (*session, *agent.Result) {
	w.mu.Lock()
	first := w.healthy
	w.mu.Unlock()
	var tried []string
	for i := range w.servers {
		at := (first + i) % len(w.servers)
		s, err := w.connect(ctx, t, w.servers[at])
		if err == nil {
			w.mu.Lock()
			w.healthy = at
			w.mu.Unlock()
			return s, nil
		}
		if refused, ok := errors.AsType[*bindRefused](err); ok {
			return nil, &agent.Result{Verdict: envelope.Configuration, Reason: agent.ServiceAccount, Detail: refused.Error(), Remedy: refused.remedy()}
		}
		w.cfg.Logger.Warn("domain controller not usable", "server", w.servers[at].url, "err", err)
		tried = append(tried, err.Error())
		if ctx.Err() != nil {
			break
		}
	}
	return nil, &agent.Result{
		Verdict: envelope.Unreachable, Reason: agent.NoDomainController,
		Detail: "no domain controller could be used: " + strings.Join(tried, "; "),
		Remedy: "see that a domain controller runs, its address and port are open to the agent, and its certificate is trusted and names the host",
	}
}

// connect opens, protects, binds and asks one server.
func (w *Writer) connect(ctx context.Context, t *trace, srv server) (*session, error) {
	dialing, cancel := context.WithTimeout(ctx, w.cfg.DialTimeout)
	defer cancel()
	raw, err := w.cfg.Dial(dialing, "tcp", srv.address)
	if err != nil {
		return nil, fmt.Errorf("connecting to %s: %w", srv.url, err)
	}
	s, err := w.protect(dialing, srv, raw)
	if err == nil {
		err = w.bind(ctx, t, s)
	}
	if err == nil {
		err = w.readRoot(ctx, t, s)
	}
	if err != nil {
		if s != nil {
			s.close()
		}
		_ = raw.Close()
		return nil, err
	}
	return s, nil
}

// protect puts TLS on a connection. The certificate must be trusted and name
// the host of the URL.
func (w *Writer) protect(ctx context.Context, srv server, raw net.Conn) (*session, error) {
	stop := context.AfterFunc(ctx, func() { _ = raw.Close() })
	defer stop()
	config := &tls.Config{RootCAs: w.cfg.RootCAs, ServerName: srv.host, MinVersion: tls.VersionTLS12}
	if srv.tls {
		secured := tls.Client(raw, config)
		if err := secured.HandshakeContext(ctx); err != nil {
			return nil, fmt.Errorf("securing the connection to %s: %w", srv.url, err)
		}
		s := &session{conn: ldap.NewConn(secured, true), raw: raw, server: srv.url}
		s.conn.Start()
		return s, nil
	}
	s := &session{conn: ldap.NewConn(raw, false), raw: raw, server: srv.url}
	s.conn.Start()
	if w.cfg.Clear {
		return s, nil
	}
	if err := s.conn.StartTLS(config); err != nil {
		return s, fmt.Errorf("securing the connection to %s with StartTLS: %w", srv.url, err)
	}
	return s, nil
}

// A bindRefused is the directory's "no" to the connector account.
type bindRefused struct {
	name string
	code uint16
	data string // sub-code of AD: "52e", "775", …
	err  error
}

func (b *bindRefused) Error() string {
	if why, ok := bindData[b.data]; ok {
		return fmt.Sprintf("binding as %s was refused: %s (%d, data %s)", b.name, why, b.code, b.data)
	}
	return fmt.Sprintf("binding as %s was refused: %s (%d)", b.name, codeName(b.code), b.code)
}

func (b *bindRefused) Unwrap() error { return b.err }

func (b *bindRefused) remedy() string {
	switch b.data {
	case "52e", "525":
		return "give the agent the connector account's present name and password"
	case "775":
		return "unlock the connector account"
	case "533":
		return "enable the connector account"
	case "532", "773":
		return "set the connector account's password to never expire, and give the agent its present password"
	}
	return "see that the connector account may sign in to the domain controller over this connection"
}

// bindData reads the sub-codes of invalidCredentials (MS-ADTS 5.1.1.1).
var bindData = map[string]string{
	"525": "there is no such account", "52e": "wrong name or password", "530": "not permitted at this hour", "531": "not permitted from this computer",
	"532": "its password has expired", "533": "the account is disabled", "701": "the account has expired", "773": "it must change its password first", "775": "the account is locked out",
}

// bind signs in as the connector account.
func (w *Writer) bind(ctx context.Context, t *trace, s *session) error {
	err := s.run(ctx, w.cfg.BindTimeout, func() error { return s.conn.Bind(w.cfg.BindName, w.cfg.BindPassword.Reveal()) })
	code, diagnostic := answerOf(err)
	t.add(s, "bind", w.cfg.BindName, err, "simple", "password: "+redacted)
	if err == nil {
		return nil
	}
	if code >= ldap.ErrorNetwork {
		return fmt.Errorf("binding to %s: %w", s.server, err)
	}
	if code == ldap.LDAPResultBusy || code == ldap.LDAPResultUnavailable {
		return fmt.Errorf("binding to %s: %w", s.server, err)
	}
	return &bindRefused{w.cfg.BindName, code, dataOf(diagnostic), err}
}

// readRoot reads what the server can do. A controller that has not finished its
// first synchronisation is not used.
func (w *Writer) readRoot(ctx context.Context, t *trace, s *session) error {
	res, err := s.search(ctx, t, w.cfg.BindTimeout, entryRequest("", "defaultNamingContext", "supportedControl", "isSynchronized"))
	if err != nil {
		return fmt.Errorf("reading the root DSE of %s: %w", s.server, err)
	}
	if len(res.Entries) != 1 {
		return fmt.Errorf("reading the root DSE of %s: got %d entries", s.server, len(res.Entries))
	}
	root := res.Entries[0]
	if strings.EqualFold(root.GetEqualFoldAttributeValue("isSynchronized"), "FALSE") {
		return fmt.Errorf("%s has not finished its first synchronisation", s.server)
	}
	s.domain = root.GetEqualFoldAttributeValue("defaultNamingContext")
	if s.base = w.cfg.BaseDN; s.base == "" {
		s.base = s.domain
	}
	if s.base == "" {
		return fmt.Errorf("%s names no domain (defaultNamingContext); set the base DN", s.server)
	}
	controls := root.GetEqualFoldAttributeValues("supportedControl")
	for _, oid := range []string{oidPolicyHints, oidPolicyHintsDeprecated} {
		if slices.Contains(controls, oid) {
			s.hints = oid
			break
		}
	}
	return nil
}

// run performs one request: bounded by limit in the client, and cut off when
// ctx ends.
func (s *session) run(ctx context.Context, limit time.Duration, request func() error) error {
	if err := ctx.Err(); err != nil {
		return ldap.NewError(ldap.ErrorNetwork, err)
	}
	s.conn.SetTimeout(limit)
	stop := context.AfterFunc(ctx, func() { _ = s.raw.Close() })
	defer stop()
	return request()
}

// search performs and records one search.
func (s *session) search(ctx context.Context, t *trace, limit time.Duration, request *ldap.SearchRequest) (res *ldap.SearchResult, err error) {
	err = s.run(ctx, limit, func() (err error) {
		res, err = s.conn.Search(request)
		return err
	})
	t.addSearch(s, request, res, err)
	return res, err
}

// entryRequest reads one entry.
func entryRequest(dn string, attributes ...string) *ldap.SearchRequest {
	return ldap.NewSearchRequest(dn, ldap.ScopeBaseObject, ldap.NeverDerefAliases, 0, 0, false, "(objectClass=*)", attributes, nil)
}
