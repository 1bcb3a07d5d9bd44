// Package branding is company branding as rules: what an organisation may
// change about its pages, within which limits, in which languages, and which
// colours come out of it.
//
// The names are those of Microsoft Graph (resource organizationalBranding and
// its localizations), so that a value can be carried from one to the other.
// Colours of text are no matter of taste: [Palette] derives every shade that
// the pages put on each other from one accent, and what would fall below WCAG
// 2.2 AA is refused where it is set, with the nearest shade that does not.
//
// Everything here is pure. What does not live here: the style sheet and the
// pages (portal), the mails (notify).
package branding
