package agent

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/ssprlab/ssprlab/internal/writeback/envelope"
)

// A KeySource makes private keys of an agent.
type KeySource interface {
	// Key returns a key pair that is none of not. It may take 150 ms and more.
	Key(not ...*rsa.PrivateKey) (*rsa.PrivateKey, error)
}

// FreshKeys makes a new pair each time.
type FreshKeys struct{}

// Key implements [KeySource].
func (FreshKeys) Key(...*rsa.PrivateKey) (*rsa.PrivateKey, error) {
	k, err := rsa.GenerateKey(rand.Reader, envelope.KeyBits)
	if err != nil {
		return nil, fmt.Errorf("making a key pair: %w", err)
	}
	return k, nil
}

// A KeyPool deals the same few pairs to all agents of a process, because a pair
// costs 150 ms and a lab should cost 5. Labs of one process guard nothing from
// each other; an agent that serves a real directory uses [FreshKeys] or
// [FileKeys]. The zero value is ready; pairs are made when first asked for.
type KeyPool struct {
	mu    sync.Mutex
	pairs []*rsa.PrivateKey
}

var _ KeySource = (*KeyPool)(nil)

// Key implements [KeySource]. Whoever asks first pays for the making; others
// wait for it, on a mutex, so that bubbles of virtual time may share a pool.
func (p *KeyPool) Key(not ...*rsa.PrivateKey) (*rsa.PrivateKey, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, k := range p.pairs {
		if !slices.Contains(not, k) {
			return k, nil
		}
	}
	k, err := FreshKeys{}.Key()
	if err != nil {
		return nil, err
	}
	p.pairs = append(p.pairs, k)
	return k, nil
}

// Warm makes the first pair in the background, so that the first reset of a
// process need not wait for it. Call it outside bubbles of virtual time.
func (p *KeyPool) Warm() { go func() { _, _ = p.Key() }() }

// FileKeys keeps the present pair of one agent in a file (PKCS #8 in PEM, mode
// 0600), so that it survives a restart.
type FileKeys struct{ Path string }

var _ KeySource = FileKeys{}

// Key implements [KeySource]: the pair in the file, unless it is one of not or
// there is none; then a new one, which replaces it in one rename.
func (f FileKeys) Key(not ...*rsa.PrivateKey) (*rsa.PrivateKey, error) {
	kept, err := f.read()
	if err != nil {
		return nil, err
	}
	if kept != nil && !slices.ContainsFunc(not, func(k *rsa.PrivateKey) bool { return k.Equal(kept) }) {
		return kept, nil
	}
	k, err := FreshKeys{}.Key()
	if err != nil {
		return nil, err
	}
	return k, f.write(k)
}

func (f FileKeys) read() (*rsa.PrivateKey, error) {
	text, err := os.ReadFile(f.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the key file: %w", err)
	}
	block, _ := pem.Decode(text)
	if block == nil || block.Type != "PRIVATE KEY" {
		return nil, fmt.Errorf("reading the key file %s: no PEM block PRIVATE KEY; remove the file to have a new pair made", f.Path)
	}
	k, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("reading the key file %s: %w", f.Path, err)
	}
	key, ok := k.(*rsa.PrivateKey)
	if !ok || key.N.BitLen() < envelope.KeyBits {
		return nil, fmt.Errorf("reading the key file %s: want an RSA key of at least %d bits; remove the file to have a new pair made", f.Path, envelope.KeyBits)
	}
	return key, nil
}

func (f FileKeys) write(k *rsa.PrivateKey) error {
	der, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		return fmt.Errorf("writing the key file: %w", err)
	}
	temp, err := os.CreateTemp(filepath.Dir(f.Path), ".key-*") // mode 0600
	if err != nil {
		return fmt.Errorf("writing the key file: %w", err)
	}
	defer func() { _ = os.Remove(temp.Name()) }()
	_, err = temp.Write(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	err = errors.Join(err, temp.Close())
	if err == nil {
		err = os.Rename(temp.Name(), f.Path)
	}
	if err != nil {
		return fmt.Errorf("writing the key file: %w", err)
	}
	return nil
}
