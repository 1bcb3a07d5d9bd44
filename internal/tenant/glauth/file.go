package glauth

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// file is what a configuration file of glauth v2 may hold (glauth/v2,
// pkg/config). Parts that say how glauth serves, not whom, are read loosely.
type file struct {
	API, Helper, Frontend, LDAP, LDAPS, Tracing   map[string]any
	Debug, Syslog, StructuredLog, WatchConfig     bool
	YubikeyClientID, YubikeySecret, ConfigFile    string
	AwsAccessKeyID, AwsSecretAccessKey, AwsRegion string
	Backend                                       backend
	Backends                                      []backend
	Behaviors                                     behaviors
	Groups                                        []group
	Users                                         []user
}

type backend struct {
	BaseDN, Datastore, NameFormat, GroupFormat, SSHKeyAttr string
	Plugin, PluginHandler, Database                        string
	Servers                                                []string
	Insecure, UseGraphAPI, AnonymousDSE                    bool
	GroupWithSearchCapability                              string
}

type behaviors struct {
	IgnoreCapabilities, LimitFailedBinds         bool
	NumberOfFailedBinds, LegacyVersion           int
	PeriodOfFailedBinds, BlockFailedBindsFor     int // seconds
	PruneSourceTableEvery, PruneSourcesOlderThan int // seconds
}

type capability struct{ Action, Object string }

type user struct {
	Name, GivenName, SN, Mail, LoginShell, HomeDir string
	PassSHA256, PassBcrypt, OTPSecret, Yubikey     string
	PassAppSHA256, PassAppBcrypt                   any // a list, or one hash as text
	PrimaryGroup, UnixID, UIDNumber                int
	OtherGroups                                    []int
	SSHKeys                                        []string
	Disabled                                       bool
	Capabilities                                   []capability
	CustomAttributes                               []map[string]any
}

type group struct {
	Name              string
	UnixID, GIDNumber int
	IncludeGroups     []int
}

// id is the number of a group; unixid is its name in older files.
func (g group) id() int { return firstNumber(g.GIDNumber, g.UnixID) }

func (u user) id() int { return firstNumber(u.UIDNumber, u.UnixID) }

func firstNumber(a, b int) int {
	if a != 0 {
		return a
	}
	return b
}

// read decodes a file strictly: an unknown key is an error with its line.
func read(text []byte) (file, error) {
	var f file
	d := toml.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	err := d.Decode(&f)
	var unknown *toml.StrictMissingError
	if errors.As(err, &unknown) {
		var list []string
		for _, e := range unknown.Errors {
			line, _ := e.Position()
			list = append(list, fmt.Sprintf("line %d: %s: glauth knows no such key: correct or remove it", line, strings.Join(e.Key(), ".")))
		}
		return f, errors.New(strings.Join(list, "\n"))
	}
	var wrong *toml.DecodeError
	if errors.As(err, &wrong) {
		line, _ := wrong.Position()
		return f, fmt.Errorf("line %d: %s: %s", line, strings.Join(wrong.Key(), "."), strings.TrimPrefix(wrong.Error(), "toml: "))
	}
	return f, err
}
