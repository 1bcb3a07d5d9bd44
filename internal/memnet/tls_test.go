package memnet_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/memnet"
)

// identity makes a self-signed certificate for dc1.corp.example, valid at the
// time of the caller's bubble.
func identity(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"dc1.corp.example"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key)
	require.NoError(t, err)
	leaf, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}

func TestTLSInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cert, roots := identity(t)
		a, b := dialled(t, memnet.New())
		server := tls.Server(b, &tls.Config{Certificates: []tls.Certificate{cert}})
		go func() {
			_, err := io.Copy(server, server)
			assert.NoError(t, err)
			assert.NoError(t, server.CloseWrite())
		}()

		client := tls.Client(a, &tls.Config{RootCAs: roots, ServerName: "dc1.corp.example"})
		_, err := client.Write(make([]byte, 64<<10))
		require.NoError(t, err)
		require.NoError(t, client.CloseWrite())
		echo, err := io.ReadAll(client)
		require.NoError(t, err)
		assert.Len(t, echo, 64<<10)
	})
}

func TestRefusedCertificateEndsBothSides(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cert, _ := identity(t)
		a, b := dialled(t, memnet.New())
		refused := make(chan error, 1)
		go func() {
			defer b.Close()
			server := tls.Server(b, &tls.Config{Certificates: []tls.Certificate{cert}})
			refused <- func() error {
				if err := server.Handshake(); err != nil {
					return err
				}
				_, err := server.Read(make([]byte, 1)) // TLS 1.3 hears the alert here
				return err
			}()
		}()
		client := tls.Client(a, &tls.Config{RootCAs: x509.NewCertPool(), ServerName: "dc1.corp.example"})
		require.ErrorContains(t, client.Handshake(), "certificate")
		assert.ErrorContains(t, <-refused, "bad certificate")
	})
}
