package ssprctl

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/ssprlab/ssprlab/internal/rig"
)

// healthTimeout bounds a health check.
const healthTimeout = 2 * time.Second

// doHealth is the health check of containers, whose images have no shell.
func doHealth(ctx context.Context, _ *app, args []string) error {
	if err := need(args, 1, 1, "health URL"); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	target := args[0]
	if file, ok := strings.CutPrefix(target, "file:"); ok {
		_, err := rig.ReadReady(file)
		return err
	}
	u, err := url.Parse(target)
	if err != nil || u.Host == "" {
		return usageError(fmt.Sprintf("%q is no URL: http://host:port, ldap://host:port or file:READY", target))
	}
	if strings.HasPrefix(u.Scheme, "ldap") {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", u.Host)
		if err != nil {
			return err
		}
		return conn.Close()
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(target, "/")+"/readyz", nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", target, resp.Status)
	}
	return nil
}
