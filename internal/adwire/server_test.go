package adwire_test

import (
	"context"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-ldap/ldap/v3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/adwire"
	"github.com/ssprlab/ssprlab/internal/adwire/rawclient"
	"github.com/ssprlab/ssprlab/internal/directory"
	"github.com/ssprlab/ssprlab/internal/memnet"
)

func TestUnknownCriticalControlIsRefusedOnEveryOperation(t *testing.T) {
	for name, value := range map[string][]byte{"without value": nil, "with value": []byte("x")} {
		t.Run(name, func(t *testing.T) {
			l := start(t, newFake())
			c := l.raw()
			control := rawControl("1.2.3.4.5", true, value)
			bodies := map[byte]byte{0x60: 0x61, 0x63: 0x65, 0x66: 0x67, 0x68: 0x69, 0x4a: 0x6b, 0x6c: 0x6d, 0x6e: 0x6f, 0x77: 0x78}
			id := 0
			for request, response := range bodies {
				id++
				send(t, c, rawclient.Append(nil, id, request, control, func(b []byte) []byte { return b }))
				tag, r := answer(t, c, id)
				assert.Equal(t, response, tag)
				assert.Equal(t, int(directory.UnavailableCriticalExtension), r.Code)
				assert.Contains(t, r.Diagnostic, "00000057: LdapErr: DSID-0C090850, comment: Error processing control, data 0")
			}
			assert.Empty(t, l.dir.requests, "none of them reached the directory")
		})
	}
}

func TestUnknownCriticalControlOnSamba(t *testing.T) {
	dir := newFake()
	dir.flavour.Dialect = directory.Samba
	c := start(t, dir).raw()
	r, err := c.SetPassword(alice, "x", true)
	require.NoError(t, err)
	assert.Equal(t, rawclient.Result{Code: int(directory.UnavailableCriticalExtension)}, r)
}

func TestBothDirSyncControls(t *testing.T) {
	value := []byte{0x30, 9, 2, 1, 0, 2, 1, 0, 4, 1, 'x'}
	c := start(t, newFake()).raw()
	send(t, c, searchMessage(1, alice, func(b []byte) []byte {
		b = rawControl("1.2.840.113556.1.4.841", true, value)(b)
		return rawControl("1.2.840.113556.1.4.2090", true, value)(b)
	}))
	_, r := answer(t, c, 1)
	assert.Equal(t, int(directory.ProtocolError), r.Code)
}

func TestResponseControls(t *testing.T) {
	dir := newFake()
	dir.answer = &directory.Result{Controls: directory.ResponseControls{
		Paged:      &directory.Paged{Size: 5, Cookie: []byte("next")},
		SortResult: &directory.SortResult{Code: directory.NoSuchAttribute, Attribute: "sn"},
		VLV:        &directory.VLVResult{Position: 3, Count: 400, Code: directory.OffsetRangeError, ContextID: []byte("c")},
		DirSync:    &directory.DirSync{Flags: 1, Cookie: []byte("sync")},
		ASQResult:  new(directory.NoSuchAttribute),
	}}
	l := start(t, dir)
	res, err := l.ldap().Search(search(alice))
	require.NoError(t, err)
	byOID := map[string]ldap.Control{}
	for _, c := range res.Controls {
		byOID[c.GetControlType()] = c
	}
	require.Len(t, byOID, 5)
	paged := byOID[ldap.ControlTypePaging].(*ldap.ControlPaging)
	assert.EqualValues(t, 5, paged.PagingSize)
	assert.Equal(t, "next", string(paged.Cookie))
	sync := byOID[ldap.ControlTypeDirSync].(*ldap.ControlDirSync)
	assert.EqualValues(t, 1, sync.Flags)
	assert.Equal(t, "sync", string(sync.Cookie))
	assert.Contains(t, byOID, "2.16.840.1.113730.3.4.10")
	assert.Contains(t, byOID, "1.2.840.113556.1.4.1504")

	raw := l.raw()
	send(t, raw, searchMessage(1, alice, nil))
	m, err := raw.Receive()
	require.NoError(t, err)
	assert.Contains(t, string(m.Controls), "\x30\x84\x00\x00\x00\x0d\x02\x01\x03\x02\x02\x01\x90\x0a\x01\x3d\x04\x01c", "position, count, result and context of the view")
	assert.Contains(t, string(m.Controls), "\x30\x84\x00\x00\x00\x07\x0a\x01\x10\x80\x02sn", "code and attribute of the sort")
	assert.Contains(t, string(m.Controls), "\x30\x84\x00\x00\x00\x03\x0a\x01\x10", "result of the attribute scoped query")
}

func TestShutdownTellsEveryClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := newFake()
		dir.hold = make(chan struct{})
		l := start(t, dir)
		var clients []*rawclient.Client
		for range 5 {
			c := l.raw()
			r, err := c.BaseSearch(alice)
			require.NoError(t, err)
			require.Equal(t, 1, r.Entries)
			clients = append(clients, c)
		}
		send(t, clients[0], deleteMessage(7, slow, nil))
		time.Sleep(time.Second) // virtual
		done := make(chan error)
		go func() { done <- l.server.Shutdown(t.Context()) }()
		for _, c := range clients[1:] {
			assert.Equal(t, int(directory.Unavailable), notice(t, c).Code)
		}
		_, err := l.net.DialContext(t.Context(), "tcp", ldapAddr)
		require.Error(t, err)
		close(dir.hold)
		_, r := answer(t, clients[0], 7)
		assert.Zero(t, r.Code, "what was running is finished")
		notice(t, clients[0])
		require.NoError(t, <-done)
		assert.Zero(t, l.server.Stats().Connections)
		assert.Empty(t, l.server.Addrs())
	})
}

func TestShutdownCutsOffWhatDoesNotFinish(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := start(t, newFake())
		c := l.raw()
		send(t, c, deleteMessage(1, slow, nil))
		time.Sleep(time.Second) // virtual
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		require.ErrorIs(t, l.server.Shutdown(ctx), context.DeadlineExceeded)
		assert.Zero(t, l.server.Stats().Connections)
	})
}

func TestShutdownDoesNotWaitForAHandshake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := start(t, newFake())
		l.dial(ldapsAddr)
		synctest.Wait()
		begin := time.Now()
		require.NoError(t, l.server.Shutdown(t.Context()))
		assert.Zero(t, time.Since(begin))
	})
}

func TestServeEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir, network := newFake(), memnet.New()
		server := adwire.New(adwire.Config{Directory: dir})
		lis, err := network.Listen(t.Context(), "tcp", "127.0.0.1:0")
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		served := make(chan error)
		go func() { served <- server.Serve(ctx, lis, adwire.Options{}) }()
		conn, err := network.DialContext(t.Context(), "tcp", lis.Addr().String())
		require.NoError(t, err)
		c := rawclient.New(conn)
		_, err = c.BaseSearch(alice)
		require.NoError(t, err)
		assert.Equal(t, []net.Addr{lis.Addr()}, server.Addrs())
		cancel()
		require.NoError(t, <-served)
		notice(t, c)
		synctest.Wait()
		assert.Zero(t, server.Stats().Connections)
	})
}

func TestServesOnRealSockets(t *testing.T) {
	server := adwire.New(adwire.Config{Directory: newFake()})
	lis, err := memnet.Real().Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	served := make(chan error)
	go func() { served <- server.Serve(t.Context(), lis, adwire.Options{}) }()
	c, err := ldap.DialURL("ldap://" + lis.Addr().String())
	require.NoError(t, err)
	defer c.Close()
	require.NoError(t, c.Bind(alice, password))
	_, err = c.Search(search(alice))
	require.NoError(t, err)
	require.NoError(t, server.Shutdown(t.Context()))
	require.NoError(t, <-served)
	require.NoError(t, server.Serve(t.Context(), lis, adwire.Options{}), "a stopped server serves nothing more")
}
