package rig

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/ssprlab/ssprlab/internal/control/api"
)

// Ready is the ready file: where a program serves. It is written in one rename
// when everything serves, so that whoever finds it may connect at once.
type Ready struct {
	Portal       string `json:"portal,omitempty"` // URL
	LDAP         string `json:"ldap,omitempty"`   // URL
	LDAPS        string `json:"ldaps,omitempty"`  // URL
	GC           string `json:"gc,omitempty"`     // URL of the global catalogue
	GCS          string `json:"gcs,omitempty"`    // URL of the global catalogue over TLS
	SMTP         string `json:"smtp,omitempty"`   // host:port
	Relay        string `json:"relay,omitempty"`  // URL
	CA           string `json:"ca,omitempty"`     // path of a PEM file
	ControlToken string `json:"controlToken,omitempty"`
	Lab          string `json:"lab,omitempty"` // ID of the first lab

	// Controllers are all domain controllers; the first one's addresses stand above.
	Controllers []api.Controller `json:"controllers,omitempty"`

	// What an agent in another process needs to write to the embedded directory.
	BaseDN           string `json:"baseDN,omitempty"`
	BindDN           string `json:"bindDN,omitempty"`
	BindPasswordFile string `json:"bindPasswordFile,omitempty"`

	RelaySecretFile string `json:"relaySecretFile,omitempty"` // what portal and agents share
}

// write puts r into the file name.
func (r Ready) write(name string) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("encoding the ready file: %w", err)
	}
	return writeWhole(name, append(text, '\n'), 0o600)
}

// writeWhole replaces a file in one rename.
func writeWhole(name string, text []byte, mode os.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".ready-*")
	if err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Chmod(mode)
	}
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return nil
}

// ReadReady reads a ready file.
func ReadReady(name string) (Ready, error) {
	var r Ready
	text, err := os.ReadFile(name)
	if err != nil {
		return r, fmt.Errorf("reading the ready file: %w", err)
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return r, fmt.Errorf("ready file %s: %w", name, err)
	}
	return r, nil
}
