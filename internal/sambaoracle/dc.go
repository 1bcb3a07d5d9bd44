package sambaoracle

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A DC is a running domain controller.
type DC struct {
	Address       string // loopback address of its own
	URL           string // ldaps://Address
	Host          string // its DNS name, also in the certificate
	Realm         string // DNS name of the domain, upper case
	BaseDN        string
	AdminName     string // DN of the administrator
	AdminPassword string
	CA            *x509.CertPool
	CAPEM         []byte

	tb     testing.TB
	folder string
	config string // smb.conf
	domain string // NetBIOS name
}

// Start provisions and runs a domain controller until the test ends. It takes
// some seconds.
func Start(tb testing.TB) *DC {
	tb.Helper()
	Require(tb)
	// A short path: Unix sockets below it may have 107 characters.
	folder, err := os.MkdirTemp("", "samba") //nolint:usetesting // t.TempDir names its folder after the test, too long here
	if err != nil {
		tb.Fatalf("making a folder for the domain controller: %v", err)
	}
	tb.Cleanup(func() { _ = os.RemoveAll(folder) })
	d := &DC{
		tb: tb, folder: folder, config: filepath.Join(folder, "etc", "smb.conf"), Address: freeAddress(tb),
		Realm: "ORACLE.SSPRLAB.TEST", domain: "ORACLE", Host: "dc1.oracle.ssprlab.test", BaseDN: "DC=oracle,DC=ssprlab,DC=test",
		AdminPassword: "Adm1n!Passw0rd",
	}
	d.URL, d.AdminName = "ldaps://"+d.Address, "CN=Administrator,CN=Users,"+d.BaseDN
	d.provision()
	d.configure()
	d.run(d.config, d.bind)
	return d
}

// freeAddress picks a loopback address on which nobody serves LDAP.
func freeAddress(tb testing.TB) string {
	tb.Helper()
	pid := os.Getpid()
	for i := range 50 {
		address := fmt.Sprintf("127.%d.%d.%d", 64+(pid>>16)&31, (pid>>8)&255, 2+(pid+i)%250)
		l, err := net.Listen("tcp", net.JoinHostPort(address, "636"))
		if err == nil {
			_ = l.Close()
			return address
		}
	}
	tb.Fatal("finding a loopback address with a free port 636: none of 50 is free")
	return ""
}

// provision makes the domain. The machine's own smb.conf stays out of it.
func (d *DC) provision() {
	d.tb.Helper()
	base := filepath.Join(d.folder, "base.conf")
	if err := os.WriteFile(base, []byte("[global]\n"), 0o600); err != nil {
		d.tb.Fatalf("provisioning the domain controller: %v", err)
	}
	d.command("samba-tool", "domain", "provision", "--configfile="+base, "--targetdir="+d.folder,
		"--realm="+d.Realm, "--domain="+d.domain, "--host-name=DC1", "--host-ip="+d.Address, "--server-role=dc", "--dns-backend=NONE", "--adminpass="+d.AdminPassword,
		"--option=interfaces="+d.Address+"/8")
}

// logLevel has the server write what happens to accounts into its log, as JSON.
const logLevel = "1 auth_json_audit:3 dsdb_password_json_audit:5 dsdb_group_json_audit:5"

// Log is the file of the server's log.
func (d *DC) Log() string { return filepath.Join(d.folder, "log") }

// configure writes the configuration of the server and its certificate.
func (d *DC) configure() {
	d.tb.Helper()
	leaf, key, ca, pool, err := certificate(d.Host, d.Address)
	if err != nil {
		d.tb.Fatalf("making the domain controller's certificate: %v", err)
	}
	d.CA, d.CAPEM = pool, ca
	in := func(name string) string { return filepath.Join(d.folder, name) }
	for _, folder := range []string{"lock", "run", "cache", "ncalrpc"} {
		err = errors.Join(err, os.MkdirAll(in(folder), 0o755))
	}
	err = errors.Join(err,
		os.WriteFile(in("leaf.pem"), leaf, 0o600), os.WriteFile(in("leaf.key"), key, 0o600), os.WriteFile(in("ca.pem"), ca, 0o600),
		os.WriteFile(d.config, []byte(d.settings(d.Address, "run", "no")), 0o600))
	if err != nil {
		d.tb.Fatalf("configuring the domain controller: %v", err)
	}
}

// settings is the text of smb.conf; strong is whether a bind needs TLS.
func (d *DC) settings(address, run, strong string) string {
	return strings.NewReplacer("@", d.folder).Replace(fmt.Sprintf(`[global]
	netbios name = DC1
	workgroup = %s
	realm = %s
	server role = active directory domain controller
	server services = ldap
	interfaces = %s/8
	bind interfaces only = yes
	private dir = @/private
	state directory = @/state
	cache directory = @/cache
	lock directory = @/lock
	pid directory = @/%s
	ncalrpc dir = @/ncalrpc
	binddns dir = @/bind-dns
	log file = @/log
	tls certfile = @/leaf.pem
	tls keyfile = @/leaf.key
	tls cafile = @/ca.pem
	ldap server require strong auth = %s
	log level = %s
`, d.domain, d.Realm, address, run, strong, logLevel))
}

// Strict starts a second server of the same database that takes no password in
// clear, as Samba does by default, and returns its address.
func (d *DC) Strict() string {
	d.tb.Helper()
	address := freeAddress(d.tb)
	config := filepath.Join(d.folder, "etc", "strict.conf")
	err := errors.Join(os.MkdirAll(filepath.Join(d.folder, "run-strict"), 0o755), os.WriteFile(config, []byte(d.settings(address, "run-strict", "yes")), 0o600))
	if err != nil {
		d.tb.Fatalf("configuring the second server: %v", err)
	}
	d.run(config, func() error {
		c, err := net.DialTimeout("tcp", net.JoinHostPort(address, "636"), 10*time.Second)
		if err == nil {
			err = c.Close()
		}
		return err
	})
	return address
}

// run starts a server and waits until it is alive.
func (d *DC) run(config string, alive func() error) {
	d.tb.Helper()
	var out bytes.Buffer
	cmd := exec.Command("samba", "-s", config, "-F", "--no-process-group")
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.Env = environment()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		d.tb.Fatalf("starting the domain controller: %v", err)
	}
	var exit error // readable once ended is closed
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		exit = cmd.Wait()
	}()
	d.tb.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(10 * time.Second):
		}
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // what is left of its children
	})
	deadline := time.Now().Add(60 * time.Second)
	for {
		err := alive()
		if err == nil {
			return
		}
		select {
		case <-ended:
			d.tb.Fatalf("the domain controller ended: %v\n%s", exit, d.logs(&out))
		case <-time.After(100 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			d.tb.Fatalf("the domain controller did not answer within a minute: %v\n%s", err, d.logs(&out))
		}
	}
}

// bind tries whether the administrator can sign in.
func (d *DC) bind() error { return d.bindAs(d.AdminName, d.AdminPassword) }

// bindAs signs in over TLS with OpenLDAP's client.
func (d *DC) bindAs(dn, password string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "ldapsearch", "-x", "-LLL", "-H", d.URL, "-D", dn, "-w", password, "-s", "base", "-b", d.BaseDN, "dn")
	cmd.Env = append(environment(), "LDAPTLS_CACERT="+filepath.Join(d.folder, "ca.pem"), "LDAPTLS_REQCERT=demand")
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("binding as %s: %w: %s", dn, err, text)
	}
	return nil
}

func (d *DC) logs(out *bytes.Buffer) string {
	text, _ := os.ReadFile(filepath.Join(d.folder, "log"))
	if len(text) > 4000 {
		text = text[len(text)-4000:]
	}
	return out.String() + string(text)
}

// environment keeps Samba's databases from waiting for the disk: nothing of
// them outlives the test.
func environment() []string { return append(os.Environ(), "TDB_NO_FSYNC=1") }

// command runs a program of Samba and returns what it wrote.
func (d *DC) command(name string, args ...string) string {
	d.tb.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = environment()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		d.tb.Fatalf("running %s %s: %v\n%s%s", name, args[0], err, out.String(), errs.String())
	}
	return out.String()
}
