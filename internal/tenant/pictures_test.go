package tenant_test

import (
	"bytes"
	"image"
	"image/png"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/policy/branding"
	"github.com/ssprlab/ssprlab/internal/tenant"
)

func pictures(t *testing.T) (fstest.MapFS, string) {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, image.NewGray(image.Rect(0, 0, 24, 24))))
	file := &fstest.MapFile{Data: b.Bytes()}
	return fstest.MapFS{
		"logo.png": file, "ö.logo.png": file, "pictures/logo two.png": file, "notes.txt": {Data: []byte("no picture")},
		"large.png": {Data: make([]byte, branding.MaxImage+1)},
	}, branding.URI(b.Bytes())
}

func TestPicturesOfASeedAreFilesNextToIt(t *testing.T) {
	files, uri := pictures(t)
	for name, branded := range map[string]string{
		"plain":     "  branding:\n    bannerLogo: logo.png # ours\n    squareLogo: pictures/logo two.png\n",
		"quoted":    "  branding:\n    bannerLogo: \"logo.png\"\n    squareLogo: 'logo.png'\n",
		"alike":     "  branding: {bannerLogo: logo.png, squareLogo: ö.logo.png}\n",
		"in a line": "  branding: {bannerLogo: logo.png, squareLogo: logo.png}\n",
	} {
		t.Run(name, func(t *testing.T) {
			text := "tenant:\n  tenantName: T\n  initialDomain: t.example\n" + branded + "groups: []\n"
			out, err := tenant.InlinePictures([]byte(text), files)
			require.NoError(t, err)
			assert.Equal(t, strings.Count(text, "\n"), strings.Count(string(out), "\n"), "lines stay where they are")
			seed, err := tenant.ParseSeed(out)
			require.NoError(t, err, "%s", out)
			assert.Equal(t, uri, seed.Tenant.Branding.BannerLogo)
			assert.Equal(t, uri, seed.Tenant.Branding.SquareLogo)
			again, err := tenant.InlinePictures(out, nil)
			require.NoError(t, err)
			assert.Equal(t, string(out), string(again), "needs no files any more")
		})
	}
}

func TestPicturesOfAPatchAndOfLanguages(t *testing.T) {
	files, uri := pictures(t)
	out, err := tenant.InlinePictures([]byte(`{"branding":{"favicon":null,"localizations":{"de-DE":{"bannerLogo":"logo.png"}}},"tenantName":"logo.png"}`), files)
	require.NoError(t, err)
	assert.JSONEq(t, `{"branding":{"favicon":null,"localizations":{"de-DE":{"bannerLogo":"`+uri+`"}}},"tenantName":"logo.png"}`, string(out))
}

func TestPicturesThatAreNotThere(t *testing.T) {
	files, _ := pictures(t)
	for name, want := range map[string]string{
		"none.png":      "cannot be read (file does not exist)",
		"../logo.png":   "leads out of the folder",
		"/etc/hostname": "leads out of the folder",
		"large.png":     "larger than the 300 KB",
	} {
		_, err := tenant.InlinePictures([]byte("tenant:\n  branding:\n    bannerLogo: "+name+"\n"), files)
		require.ErrorContains(t, err, want)
		require.ErrorContains(t, err, "branding.bannerLogo")
		require.ErrorContains(t, err, "3", "the line")
	}
	out, err := tenant.InlinePictures([]byte("tenant: {tenantName: T, initialDomain: t.example, branding: {favicon: notes.txt}}"), files)
	require.NoError(t, err)
	_, err = tenant.ParseSeed(out)
	require.ErrorContains(t, err, "tenant.branding.favicon: is neither PNG nor JPEG")

	broken := []byte("tenant: [")
	out, err = tenant.InlinePictures(broken, files)
	require.NoError(t, err, "the reader of the seed says what is wrong")
	assert.Equal(t, broken, out)
}

// What a patch sets is what the tenant shows, and null takes it away.
func TestBrandingIsPatched(t *testing.T) {
	_, uri := pictures(t)
	s := demo(t)
	ctx := t.Context()
	out, err := s.PatchTenant(ctx, []byte(`{"branding":{"accentColor":"#0B6470","bannerLogo":"`+uri+`","localizations":{"de":{"signInPageText":"Hallo"}},
		"loginPageLayoutConfiguration":{"layoutTemplateType":"verticalSplit"},"loginPageTextVisibilitySettings":{"hideTermsOfUse":true}}}`))
	require.NoError(t, err)
	for _, says := range []string{`"accentColor":"#0B6470"`, `"signInPageText":"Hallo"`, `"isFooterShown":true`, `"hideTermsOfUse":true`, uri} {
		assert.Contains(t, string(out), says)
	}
	_, err = s.PatchTenant(ctx, []byte(`{"branding":{"accentColor":"#ffd100"}}`))
	require.ErrorContains(t, err, "branding.accentColor: #ffd100 has a contrast of")
	_, err = s.PatchTenant(ctx, []byte(`{"branding":{"accentColour":"#000000"}}`))
	require.ErrorContains(t, err, "accentColor")

	kept, err := s.Settings(ctx)
	require.NoError(t, err)
	assert.Equal(t, "#0B6470", kept.Branding.AccentColor, "refused patches change nothing")
	_, err = s.PatchTenant(ctx, []byte(`{"branding":null}`))
	require.NoError(t, err)
	kept, err = s.Settings(ctx)
	require.NoError(t, err)
	assert.Equal(t, branding.Branding{}, kept.Branding)
}

// The example of the documentation is one, and every picture of it is in use.
func TestTheExampleSeedIsBranded(t *testing.T) {
	files := branding.ExampleFiles()
	text, err := fs.ReadFile(files, "seed.yaml")
	require.NoError(t, err)
	inlined, err := tenant.InlinePictures(text, files)
	require.NoError(t, err)
	seed, err := tenant.ParseSeed(inlined)
	require.NoError(t, err)
	assert.Equal(t, branding.Example().BannerLogo, seed.Tenant.Branding.BannerLogo)
	pictures, err := fs.Glob(files, "*.[pj][np]g")
	require.NoError(t, err)
	require.Len(t, pictures, 5)
	for _, p := range pictures {
		assert.Contains(t, string(text), ": "+p)
	}
}
