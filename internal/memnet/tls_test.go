package memnet_test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/memnet"
	"github.com/ssprlab/ssprlab/internal/memnet/tlstest"
)

func TestTLSInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cert, roots := tlstest.Identity(t, "dc1.corp.example")
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
		cert, _ := tlstest.Identity(t, "dc1.corp.example")
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
