package rig

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"time"

	"github.com/ssprlab/ssprlab/internal/control"
	"github.com/ssprlab/ssprlab/internal/control/client"
	"github.com/ssprlab/ssprlab/internal/memnet"
	"github.com/ssprlab/ssprlab/internal/scenario"
	"github.com/ssprlab/ssprlab/internal/tenant"
)

// World starts labs of a story's own in this process: on network, over the base
// clock. A memory network inside a test bubble is virtual time; the operating
// system's is loopback.
func World(network func() memnet.Network, base func() time.Time) scenario.Starter {
	return func(ctx context.Context, s scenario.Start) (scenario.World, func() error, error) {
		cfg := LabConfig{Network: network(), Base: base, Clock: s.Clock, RandSeed: s.RandSeed}
		var err error
		if cfg.Seed, err = storySeed(s.Seed); err != nil {
			return scenario.World{}, nil, err
		}
		host := NewHost(cfg)
		cfg.Control = control.New(control.Config{Host: host})
		host.base = cfg
		l, err := NewLab(ctx, cfg)
		if err != nil {
			return scenario.World{}, nil, err
		}
		host.Adopt(l)
		w := l.World()
		return w, func() error {
			w.Control.HTTP.CloseIdleConnections()
			closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
			defer cancel()
			return host.Close(closing)
		}, nil
	}
}

func storySeed(text string) (tenant.Seed, error) {
	if text == "" {
		return tenant.Demo()
	}
	seed, err := tenant.ParseSeed([]byte(text))
	if err != nil {
		return seed, fmt.Errorf("seed.yaml: %w", err)
	}
	return seed, nil
}

// World is the lab as a story sees it.
func (l *Lab) World() scenario.World {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(l.CA)
	web := &http.Client{Transport: &http.Transport{
		DialContext: l.Config.Network.DialContext, TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
	}}
	return scenario.World{
		Control: &client.Client{URL: l.PortalURL, Lab: l.Config.ID, HTTP: web},
		Pages:   web, URL: l.PortalURL, Roots: roots, Host: "127.0.0.1",
		LDAPS: l.LDAPSURL, Dial: l.Config.Network.DialContext,
	}
}
