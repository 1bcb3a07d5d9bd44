package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/control/api"
	"github.com/ssprlab/ssprlab/internal/memnet"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/portal"
	"github.com/ssprlab/ssprlab/internal/rig"
	"github.com/ssprlab/ssprlab/internal/scenario"
	"github.com/ssprlab/ssprlab/internal/secret"
)

// axeFile is the checker, as npm installs it. It is MPL-2.0 and not ours: the
// version is pinned in tools/axe and its files stay out of the repository.
const (
	axeFile   = "../bin/axe/node_modules/axe-core/axe.min.js"
	axeRemedy = "mkdir -p bin/axe && cp tools/axe/*.json bin/axe/ && npm ci --prefix bin/axe"
)

// axeRun asks for the rules of WCAG 2.2, levels A and AA. target-size is part of
// them and has to be asked for by name. What is in a frame is a page of its own.
const axeRun = `axe.run(document, {
	runOnly: {type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
	rules: {"target-size": {enabled: true}},
	resultTypes: ["violations"], preload: false, iframes: false,
}).then(found => found.violations.flatMap(v => v.nodes.map(n => v.id + ": " + n.html.slice(0, 200) + "\n    " + n.failureSummary.replaceAll("\n", "\n    "))))`

// axeScreens are the windows that every page is looked at in.
var axeScreens = []struct {
	name    string
	emulate chromedp.Action[chromedp.Void]
}{
	{"desktop", chromedp.EmulateViewport(1280, 900)},
	{"phone", chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile, chromedp.EmulateTouch)},
}

// A checker is one tab in which pages are judged.
type checker struct {
	ctx context.Context
	axe string
}

func newChecker(browser context.Context, t *testing.T, axe string) *checker {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	require.NoError(t, chromedp.Do(ctx))
	return &checker{ctx: ctx, axe: axe}
}

// theme makes the page light or dark, without the transition in between.
func (c *checker) theme(name string) error {
	_, err := chromedp.Call(c.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: name}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}})
	return err
}

// judge opens a page and returns what is wrong with it, on every screen and in
// both themes, and where it leads to.
func (c *checker) judge(page string) (wrong, links []string, err error) {
	address, err := unboxed(page)
	if err != nil {
		return nil, nil, err
	}
	if err := chromedp.Do(c.ctx, chromedp.Navigate(address), chromedp.Evaluate[chromedp.Void](c.axe)); err != nil {
		return nil, nil, fmt.Errorf("opening %s: %w", page, err)
	}
	for _, screen := range axeScreens {
		if err := chromedp.Do(c.ctx, screen.emulate); err != nil {
			return nil, nil, err
		}
		for _, theme := range []string{"light", "dark"} {
			if err := c.theme(theme); err != nil {
				return nil, nil, err
			}
			found, err := chromedp.Run(c.ctx, chromedp.Evaluate[[]string](axeRun, chromedp.EvalAwaitPromise))
			if err != nil {
				return nil, nil, fmt.Errorf("checking %s, %s, %s: %w", page, screen.name, theme, err)
			}
			for _, f := range found {
				wrong = append(wrong, screen.name+", "+theme+", "+f)
			}
		}
		wide, err := chromedp.Run(c.ctx, chromedp.Evaluate[[]string](tooWide))
		if err != nil {
			return nil, nil, fmt.Errorf("measuring %s, %s: %w", page, screen.name, err)
		}
		if len(wide) > 0 {
			wrong = append(wrong, screen.name+", wider than the window: "+wide[0])
		}
	}
	narrow, err := c.zoomed(page)
	if err != nil {
		return nil, nil, err
	}
	links, err = c.links()
	return append(wrong, narrow...), links, err
}

// unboxed is where a page can be judged: the HTML of a mail without its sandbox,
// in which axe cannot run either.
func unboxed(page string) (string, error) {
	if !strings.HasSuffix(page, "/html") {
		return page, nil
	}
	r, err := http.Get(page)
	if err != nil {
		return "", err
	}
	defer r.Body.Close()
	mail, err := io.ReadAll(r.Body)
	return "data:text/html;charset=utf-8," + url.PathEscape(string(mail)), err
}

// zoomed looks whether the page fits at 200 % and at 400 % zoom of a window of
// 1280 pixels (WCAG 2.2, 1.4.4 and 1.4.10).
func (c *checker) zoomed(page string) (wrong []string, err error) {
	for zoom, width := range map[string]int64{"200 %": 640, "400 %": 320} {
		if err := chromedp.Do(c.ctx, chromedp.EmulateViewport(width, 400)); err != nil {
			return nil, err
		}
		wide, err := chromedp.Run(c.ctx, chromedp.Evaluate[[]string](tooWide))
		if err != nil {
			return nil, fmt.Errorf("measuring %s at %s: %w", page, zoom, err)
		}
		if len(wide) > 0 {
			wrong = append(wrong, "at "+zoom+", wider than the window: "+wide[0])
		}
	}
	return wrong, nil
}

// links lists the pages of the same site that the open page leads to.
func (c *checker) links() ([]string, error) {
	return chromedp.Run(c.ctx, chromedp.Evaluate[[]string](`[...document.querySelectorAll("a[href]")].filter(a => a.origin === location.origin).map(a => a.href)`))
}

// judged reports whether a link leads to a page that is worth a look of its own:
// a page, and not the same one with another question.
func judged(link string) (page string, ok bool) {
	u, err := url.Parse(link)
	if err != nil {
		return "", false
	}
	for _, machine := range []string{"/static/", "/control/", "/v1.0", "/beta", "/healthz", "/readyz", "/metrics", "/signout"} {
		if strings.HasPrefix(u.Path, machine) {
			return "", false
		}
	}
	u.RawQuery, u.Fragment = "", ""
	return u.String(), true
}

// A pageQueue hands every page that was found to one tab.
type pageQueue struct {
	mu    sync.Mutex
	found map[string]bool
	todo  []string
	busy  int
	more  *sync.Cond
}

func newPageQueue(first string) *pageQueue {
	q := &pageQueue{found: map[string]bool{first: true}, todo: []string{first}}
	q.more = sync.NewCond(&q.mu)
	return q
}

// next returns a page, or false when all have been looked at.
func (q *pageQueue) next() (string, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.todo) == 0 {
		if q.busy == 0 {
			return "", false
		}
		q.more.Wait()
	}
	page := q.todo[0]
	q.todo, q.busy = q.todo[1:], q.busy+1
	return page, true
}

// done says which pages the last one leads to.
func (q *pageQueue) done(links []string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, link := range links {
		if page, ok := judged(link); ok && !q.found[page] {
			q.found[page] = true
			q.todo = append(q.todo, page)
		}
	}
	q.busy--
	q.more.Broadcast()
}

// paths lists what was found, in order.
func (q *pageQueue) paths(site string) []string {
	var all []string
	for page := range q.found {
		all = append(all, strings.TrimPrefix(page, site))
	}
	slices.Sort(all)
	return all
}

// TestAccessibility follows every link of a lab in which something has happened,
// on a phone and on a desk, and holds each page and each story against WCAG 2.2.
func TestAccessibility(t *testing.T) {
	axe, err := os.ReadFile(filepath.FromSlash(axeFile))
	if err != nil {
		missing(t, "axe", "axe-core is not installed: "+axeRemedy)
	}
	browser := chromium(t)
	tabs := make([]*checker, 3)
	for i := range tabs {
		tabs[i] = newChecker(browser, t, string(axe))
	}
	t.Run("the checker finds what is wrong", func(t *testing.T) {
		wrong, _, err := tabs[0].judge("data:text/html," + url.PathEscape(axeBad))
		require.NoError(t, err)
		said := strings.Join(wrong, "\n")
		for _, rule := range []string{
			"desktop, light, image-alt", "desktop, light, target-size", "desktop, dark, image-alt", "desktop, dark, target-size",
			"desktop, dark, color-contrast", "phone, light, image-alt", "phone, dark, image-alt", "phone, dark, color-contrast", "phone, wider than the window",
			"at 200 %, wider than the window", "at 400 %, wider than the window",
		} {
			assert.Contains(t, said, rule)
		}
		assert.NotContains(t, said, "light, color-contrast")
		assert.NotContains(t, said, "desktop, wider")
	})
	lab := eventfulLab(t)
	ways := newPageQueue(lab.URL + "/")
	var work sync.WaitGroup
	for _, tab := range tabs {
		work.Go(func() { tab.judgeAll(t, ways) })
	}
	work.Wait()
	paths := ways.paths(lab.URL)
	for _, page := range []string{"/passwordreset", "/lab/mailbox", "/lab/mailbox/1/html", "/lab/attempts", "/lab/stories"} {
		assert.Contains(t, paths, page)
	}
	for _, story := range portal.Stories() {
		assert.Contains(t, paths, "/lab/stories/"+story.Name)
	}
}

// axeBad is a page on which the checker has to find something everywhere.
const axeBad = `<!doctype html><html lang=en><meta name=viewport content="width=device-width"><title>bad</title>
<style>@media (prefers-color-scheme:dark) {p {color: #777; background: #555}} a {display: block; width: 9px; height: 9px; overflow: hidden}</style>
<main><h1>bad</h1><p>grey</p><img src=x><a href=#1>x</a><a href=#2>y</a><div style="width:1000px">wide</div></main>`

// judgeAll looks at pages until none is left.
func (c *checker) judgeAll(t *testing.T, ways *pageQueue) {
	t.Helper()
	for {
		page, ok := ways.next()
		if !ok {
			return
		}
		wrong, links, err := c.judge(page)
		ways.done(links)
		assert.NoError(t, err)
		if len(wrong) > 0 {
			t.Errorf("%s\n%s", page, strings.Join(wrong, "\n"))
		}
	}
}

// eventfulLab is a lab whose pages have something to show: mail, texts, calls,
// codes, a reset, refusals of every part and a locked account.
func eventfulLab(t *testing.T) scenario.World {
	t.Helper()
	lab, end, err := rig.World(memnet.Real, time.Now)(t.Context(), scenario.Start{RandSeed: 1, Clock: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, end()) })
	for _, a := range []api.NewAttempt{
		{Kind: policy.Reset, User: alice, NewPassword: secret.New(newPassword), Proofs: []api.Proof{{Method: policy.Email}}},
		{Kind: policy.Reset, User: alice, NewPassword: secret.New(newPassword + "2"), Proofs: []api.Proof{{Method: policy.MobileSMS}}},
		{Kind: policy.Reset, User: "bob@northlight.example", NewPassword: secret.New(newPassword)},
		{Kind: policy.Reset, User: "erin@northlight.example", NewPassword: secret.New(newPassword)},
		{Kind: policy.Unlock, User: "dave@northlight.example"},
	} {
		_, err := lab.Control.Attempt(t.Context(), a)
		require.NoError(t, err)
	}
	return lab
}

// The test asks for the version that the lock file pins.
func TestAxeIsPinned(t *testing.T) {
	text, err := os.ReadFile("../tools/axe/package.json")
	require.NoError(t, err)
	var pinned struct {
		DevDependencies map[string]string `json:"devDependencies"`
	}
	require.NoError(t, json.Unmarshal(text, &pinned))
	require.Regexp(t, `^\d+\.\d+\.\d+$`, pinned.DevDependencies["axe-core"])
	installed, err := os.ReadFile(filepath.FromSlash("../bin/axe/node_modules/axe-core/package.json"))
	if err != nil {
		missing(t, "axe", "axe-core is not installed: "+axeRemedy)
	}
	var found struct {
		Version string `json:"version"`
	}
	require.NoError(t, json.Unmarshal(installed, &found))
	require.Equal(t, pinned.DevDependencies["axe-core"], found.Version, "bring it up to date: %s", axeRemedy)
}
