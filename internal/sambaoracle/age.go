package sambaoracle

import (
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// Age makes the password of an account older than it is, which no LDAP request
// can do: it writes pwdLastSet into the database, past the module that keeps it.
func (d *DC) Age(dn string, by time.Duration) {
	d.tb.Helper()
	at := time.Now().Add(-by).UnixNano()/100 + 116444736000000000
	ldif := fmt.Sprintf("dn: %s\nchangetype: modify\nreplace: pwdLastSet\npwdLastSet: %d\n", dn, at)
	file := filepath.Join(d.folder, "age.ldif")
	if err := os.WriteFile(file, []byte(ldif), 0o600); err != nil {
		d.tb.Fatalf("writing LDIF: %v", err)
	}
	d.command("ldbmodify", "--configfile="+d.config, "--controls=local_oid:1.3.6.1.4.1.7165.4.3.12:0", "-H", d.database(), file)
}
