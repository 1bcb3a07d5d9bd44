package ssprctl

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// doCertificate writes a person's certificate, its key and the lab's CA into a
// folder.
func doCertificate(ctx context.Context, a *app, args []string) error {
	const usage = "usage: ssprctl certificate ACCOUNT [--out DIR]"
	if len(args) == 0 || strings.HasPrefix(args[0], "-") {
		return usageError(usage)
	}
	out := "."
	set := flag.NewFlagSet("certificate", flag.ContinueOnError)
	set.SetOutput(a.stderr)
	set.StringVar(&out, "out", ".", "`DIR` that the files are written to")
	if err := set.Parse(args[1:]); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return usageError(err.Error() + ": " + usage)
	}
	if set.NArg() > 0 {
		return usageError(usage)
	}
	issued, err := a.client.Certificate(ctx, args[0])
	if err != nil {
		return err
	}
	name := fileName(issued.UPN)
	files := map[string]string{
		"certificate": filepath.Join(out, name+".pem"), "key": filepath.Join(out, name+".key"), "ca": filepath.Join(out, "ca.pem"),
	}
	for _, f := range []struct {
		what, text string
		mode       os.FileMode
	}{{"key", issued.Key, 0o600}, {"certificate", issued.Certificate, 0o644}, {"ca", issued.CA, 0o644}} {
		if err := os.WriteFile(files[f.what], []byte(f.text), f.mode); err != nil {
			return fmt.Errorf("writing the %s: %w", f.what, err)
		}
	}
	return a.print(files, func(w io.Writer) {
		fmt.Fprintf(w, "%s is in %s, its key in %s. Over StartTLS:\n\n", issued.UPN, files["certificate"], files["key"])
		fmt.Fprintf(w, "  LDAPTLS_CACERT=%s LDAPTLS_CERT=%s LDAPTLS_KEY=%s \\\n    ldapwhoami -Y EXTERNAL -ZZ -H LDAP_URL\n", files["ca"], files["certificate"], files["key"])
	})
}

// fileName is the name of an account before its @, as a file's.
func fileName(upn string) string {
	name, _, _ := strings.Cut(upn, "@")
	return strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '_'
		}
		return r
	}, strings.TrimLeft(name, "."))
}
