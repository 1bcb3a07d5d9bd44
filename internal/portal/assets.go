package portal

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"

	"github.com/labstack/echo/v4"
)

// assets names static files so that a browser may keep each version of a file
// for good, and never shows a new page with an old sheet.
type assets struct {
	files    fs.FS
	versions map[string]string // file, first octets of its hash
}

func newAssets(embedded fs.FS) (assets, error) {
	files, err := fs.Sub(embedded, "static")
	if err != nil {
		return assets{}, fmt.Errorf("opening the static files: %w", err)
	}
	a := assets{files: files, versions: map[string]string{}}
	err = fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(files, name)
		sum := sha256.Sum256(b)
		a.versions[name] = hex.EncodeToString(sum[:6])
		return err
	})
	if err != nil {
		return assets{}, fmt.Errorf("reading the static files: %w", err)
	}
	return a, nil
}

// url is the address of a file in its present version. A file that does not
// exist is an error of the template that asks for it.
func (a assets) url(name string) (string, error) {
	v, ok := a.versions[name]
	if !ok {
		return "", fmt.Errorf("no static file %q", name)
	}
	return "/static/" + name + "?v=" + v, nil
}

// serve answers for one file. Only the version that was asked for by name may be
// kept.
func (a assets) serve(c echo.Context) error {
	name := c.Param("*")
	v, ok := a.versions[name]
	if !ok {
		return echo.ErrNotFound
	}
	if c.QueryParam("v") == v {
		c.Response().Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		c.Response().Header().Set("Cache-Control", "no-cache")
	}
	http.ServeFileFS(c.Response(), c.Request(), a.files, name)
	return nil
}
