package sambaoracle

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf16"
)

// A User is an account to be made.
type User struct {
	Name     string // sAMAccountName, cn and first part of the UPN
	Password string
	UAC      int // userAccountControl; 0: 512
}

// DN is where a user of this name is made.
func (d *DC) DN(name string) string { return "CN=" + name + ",CN=Users," + d.BaseDN }

// Tool runs samba-tool offline on the domain's database and returns its output.
func (d *DC) Tool(args ...string) string {
	d.tb.Helper()
	return d.command("samba-tool", append(args, "--configfile="+d.config, "-H", d.database())...)
}

func (d *DC) database() string { return filepath.Join(d.folder, "private", "sam.ldb") }

// AddUsers makes accounts, as the system itself: no rule of the domain's policy
// but the password rules stands in the way.
func (d *DC) AddUsers(users ...User) {
	d.tb.Helper()
	var ldif strings.Builder
	for _, u := range users {
		uac := u.UAC
		if uac == 0 {
			uac = 512
		}
		fmt.Fprintf(&ldif, "dn: %s\nobjectClass: user\nsAMAccountName: %s\nuserPrincipalName: %s@%s\nuserAccountControl: %d\nclearTextPassword:: %s\n\n",
			d.DN(u.Name), u.Name, u.Name, strings.ToLower(d.Realm), uac, base64.StdEncoding.EncodeToString(utf16LE(u.Password)))
	}
	d.ldb("ldbadd", ldif.String())
}

// Modify applies LDIF with "changetype: modify" records, as the system itself.
func (d *DC) Modify(ldif string) {
	d.tb.Helper()
	d.ldb("ldbmodify", ldif)
}

func (d *DC) ldb(program, ldif string) {
	d.tb.Helper()
	file := filepath.Join(d.folder, "change.ldif")
	if err := os.WriteFile(file, []byte(ldif), 0o600); err != nil {
		d.tb.Fatalf("writing LDIF: %v", err)
	}
	d.command(program, "--configfile="+d.config, "-H", d.database(), file)
}

func utf16LE(s string) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune(s)) {
		out = binary.LittleEndian.AppendUint16(out, u)
	}
	return out
}

// Attribute reads the first value of an attribute of a user in ldbsearch's text
// form; "" when there is none.
func (d *DC) Attribute(name, attribute string) string {
	d.tb.Helper()
	text := d.command("ldbsearch", "-s", "base", "-b", d.DN(name), "--configfile="+d.config, "-H", d.database(), attribute)
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(strings.TrimRight(line, "\r\n"), attribute+": "); ok {
			return value
		}
	}
	return ""
}

// Anchor returns the source anchor of a user: base64 of objectGUID.
func (d *DC) Anchor(name string) string {
	d.tb.Helper()
	text := d.Attribute(name, "objectGUID")
	b, err := hex.DecodeString(strings.ReplaceAll(text, "-", ""))
	if err != nil || len(b) != 16 {
		d.tb.Fatalf("reading the objectGUID of %s: got %q", name, text)
	}
	// The first three fields are little-endian on the wire.
	b[0], b[1], b[2], b[3] = b[3], b[2], b[1], b[0]
	b[4], b[5], b[6], b[7] = b[5], b[4], b[7], b[6]
	return base64.StdEncoding.EncodeToString(b)
}

// Grant adds access control entries, in SDDL with %s for the SID of the
// trustee, to an object.
func (d *DC) Grant(objectDN, trustee string, entries ...string) {
	d.tb.Helper()
	sid := d.Attribute(trustee, "objectSid")
	var sddl strings.Builder
	for _, e := range entries {
		sddl.WriteString(strings.ReplaceAll(e, "%s", sid))
	}
	d.Tool("dsacl", "set", "--objectdn="+objectDN, "--sddl="+sddl.String())
}

// SignIn tries whether a user can sign in with a password, with a client that is
// not ours.
func (d *DC) SignIn(name, password string) error { return d.bindAs(d.DN(name), password) }
