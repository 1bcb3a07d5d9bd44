package ssprctl

import (
	"context"
	"errors"

	"github.com/ssprlab/ssprlab/internal/rig"
)

// doLDIF moves entries between files and directories.
func doLDIF(ctx context.Context, a *app, args []string) error {
	err := rig.LDIF(ctx, args, a.stdin, a.stdout, a.stderr)
	if misuse, ok := errors.AsType[rig.UsageError](err); ok {
		return usageError(misuse.Text)
	}
	return err
}
