package policy

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// banThreshold is the score from which a password is accepted ("How are
// passwords evaluated", concept-password-ban-bad).
const banThreshold = 5

// A ListHit says which banned list a verdict rests on.
type ListHit string

// The lists.
const (
	HitNone   ListHit = ""
	HitGlobal ListHit = "global"
	HitCustom ListHit = "custom"
	HitBoth   ListHit = "both"
)

// BanRules is what a password is evaluated against.
type BanRules struct {
	Global         *BanList
	Custom         *BanList // nil: not enforced
	Terms          []string // further global terms, not compiled
	CustomTerms    []string // further custom terms, not compiled
	Names          []string // first name, last name, tenant name
	ReplaceWindows bool     // one replaced character forgiven inside longer passwords too
}

// A BanVerdict is the outcome of the banned-password evaluation. It tells
// counts, never text: a term that was found is a part of the password.
type BanVerdict struct {
	Evaluated bool
	Name      bool    // contains a name of the person or the tenant
	Fuzzy     bool    // the whole password is within one edit of a term
	Score     int     // points, 0 when Name or Fuzzy decided
	Tokens    int     // occurrences of banned terms, one point each
	Others    int     // characters outside an occurrence, one point each
	Hit       ListHit // list of the terms found
}

// Rejected reports whether the evaluation refuses the password.
func (v BanVerdict) Rejected() bool {
	return v.Evaluated && (v.Name || v.Fuzzy || v.Score < banThreshold)
}

// Reason gives the verdict in the words of JudgePassword. Where both lists
// contributed, the global list, which no administrator can change, is named.
func (v BanVerdict) Reason() PasswordReason {
	switch {
	case !v.Rejected():
		return PasswordAccepted
	case v.Name:
		return PasswordContainsName
	case v.Hit == HitCustom:
		return PasswordBannedCustom
	}
	return PasswordBannedGlobal
}

// Normalise lower-cases text and undoes the substitutions that are published:
// 0 for o, 1 for l, $ for s, @ for a. Banned terms and names are normalised in
// the same way, else a term with a digit could never match (reference 7.2). A
// letter with its accent is one character however it was typed (NFC).
func Normalise(text string) string {
	return strings.Map(func(r rune) rune {
		switch r = unicode.ToLower(r); r {
		case '0':
			return 'o'
		case '1':
			return 'l'
		case '$':
			return 's'
		case '@':
			return 'a'
		}
		return r
	}, norm.NFC.String(text))
}

// normaliseTerm normalises a banned term or a name. Blanks around it are no part
// of it.
func normaliseTerm(term string) string { return Normalise(strings.TrimSpace(term)) }

// Evaluate applies Password Protection to a password: the name check, the fuzzy
// check on the whole password, and the score (concept-password-ban-bad;
// reference 7.2).
func Evaluate(rules BanRules, candidate string) BanVerdict {
	password := Normalise(candidate)
	v := BanVerdict{Evaluated: true}
	if containsName(password, rules.Names) {
		v.Name = true
		return v
	}
	lists := rules.lists(password)
	n := utf8.RuneCountInString(password)
	v.Hit = lists.hit(func(l *BanList) bool { return l.near(password, n, 1) })
	if v.Hit != HitNone {
		v.Fuzzy = true
		return v
	}
	v.Score, v.Tokens, v.Hit = lists.score(password, rules.ReplaceWindows)
	v.Others = v.Score - v.Tokens
	if v.Hit == HitNone && v.Rejected() {
		v.Hit = HitGlobal // too short for five points, whatever it is made of
	}
	return v
}

// minNameLength is the length from which a name counts.
const minNameLength = 4

func containsName(password string, names []string) bool {
	for _, name := range names {
		name = normaliseTerm(name)
		if utf8.RuneCountInString(name) >= minNameLength && strings.Contains(password, name) {
			return true
		}
	}
	return false
}

// banLists are the lists in force, each compiled and sifted.
type banLists struct {
	global, custom []*BanList
}

func (r BanRules) lists(password string) banLists {
	compile := func(terms []string) *BanList {
		if r.ReplaceWindows {
			return NewBanList(terms) // windows may match terms that the password does not contain
		}
		return sift(terms, password)
	}
	l := banLists{global: []*BanList{r.Global}, custom: []*BanList{r.Custom}}
	if len(r.Terms) > 0 {
		l.global = append(l.global, compile(r.Terms))
	}
	if len(r.CustomTerms) > 0 {
		l.custom = append(l.custom, compile(r.CustomTerms))
	}
	return l
}

// hit reports in which lists something holds.
func (l banLists) hit(holds func(*BanList) bool) ListHit {
	in := func(lists []*BanList) bool {
		for _, list := range lists {
			if holds(list) {
				return true
			}
		}
		return false
	}
	return hitOf(in(l.global), in(l.custom))
}

func hitOf(global, custom bool) ListHit {
	switch {
	case global && custom:
		return HitBoth
	case global:
		return HitGlobal
	case custom:
		return HitCustom
	}
	return HitNone
}

// lengths returns the lengths of all terms, longest first.
func (l banLists) lengths() []int {
	var lengths []int
	for _, lists := range [][]*BanList{l.global, l.custom} {
		for _, list := range lists {
			if list != nil {
				lengths = append(lengths, list.lengths...)
			}
		}
	}
	return sortedUnique(lengths)
}

// score finds the segmentation with the fewest points: one for each occurrence
// of a banned term, one for each character outside. Among equals the longest
// term at the earliest place wins, so that the story told is always the same.
func (l banLists) score(password string, windows bool) (points, tokens int, hit ListHit) {
	starts := runeStarts(password)
	n := len(starts) - 1
	lengths := l.lengths()
	best := make([]int, n+1) // fewest points from character i on
	step := make([]int, n+1) // length of the term that begins there, 0 for a single character
	for i := n - 1; i >= 0; i-- {
		best[i] = best[i+1] + 1
		for _, length := range lengths {
			if i+length > n || best[i+length]+1 > best[i] || (best[i+length]+1 == best[i] && step[i] > 0) {
				continue
			}
			if l.hitAt(password[starts[i]:starts[i+length]], length, windows) != HitNone {
				best[i], step[i] = best[i+length]+1, length
			}
		}
	}
	global, custom := false, false
	for i := 0; i < n; i += max(step[i], 1) {
		if step[i] == 0 {
			continue
		}
		tokens++
		h := l.hitAt(password[starts[i]:starts[i+step[i]]], step[i], windows)
		global = global || h != HitCustom
		custom = custom || h != HitGlobal
	}
	return best[0], tokens, hitOf(global, custom)
}

// hitAt tells which lists hold a part of the password.
func (l banLists) hitAt(part string, length int, windows bool) ListHit {
	return l.hit(func(list *BanList) bool {
		return list.has(part) || (windows && list.near(part, length, 0))
	})
}

// runeStarts lists where each character begins, and the end.
func runeStarts(s string) []int {
	starts := make([]int, 0, len(s)+1)
	for i := range s {
		starts = append(starts, i)
	}
	return append(starts, len(s))
}

const cloudBanSource = "concept-password-ban-bad; SSPR reference 7.2"

// cloudBanRules is what the cloud evaluates a password of p against. The custom
// list needs Entra ID P1 or P2 where licences are enforced.
func cloudBanRules(s Settings, p Person) BanRules {
	r := BanRules{
		Names:          []string{p.GivenName, p.Surname, s.TenantName},
		ReplaceWindows: s.Ban.ReplaceWindows,
	}
	r.Global, r.Terms = s.Ban.global()
	if customInForce(s, p) {
		r.Custom, r.CustomTerms = s.Ban.custom()
	}
	return r
}

func (b BanSettings) global() (*BanList, []string) {
	switch {
	case b.GlobalList != nil:
		return b.GlobalList, nil
	case b.Global != nil:
		return nil, b.Global
	}
	return BuiltinBanList(), nil
}

func (b BanSettings) custom() (*BanList, []string) {
	if b.CustomList != nil {
		return b.CustomList, nil
	}
	return nil, b.Custom
}

func customInForce(s Settings, p Person) bool {
	return s.Ban.EnforceCustom && (s.Licences == LicencesLenient || HasPremium(p))
}

// customListState tells the decision record why the custom list counted or not.
func customListState(s Settings, p Person) string {
	switch {
	case !s.Ban.EnforceCustom:
		return "not enforced"
	case !customInForce(s, p):
		return "not applied: the person has neither Entra ID P1 nor P2"
	}
	return "enforced"
}

// checks tells the evaluation as lines of a decision record.
func (v BanVerdict) checks(source, custom string) []Check {
	name := Check{
		Name: CheckPasswordName, Source: source,
		Rule: "does not contain the first, last or tenant name, each of four characters or more",
	}
	if v.Name {
		return []Check{name.fail("contains one of the names", "leave the names out")}
	}
	fuzzy := Check{
		Name: CheckPasswordFuzzy, Source: source,
		Rule:  "is not within one insertion, deletion or replacement of a banned term",
		Input: []Fact{fact("custom list", custom)},
	}
	if v.Fuzzy {
		fuzzy.Input = append(fuzzy.Input, fact("list", v.Hit))
		return []Check{name.pass("contains none"), fuzzy.fail("almost or exactly a banned term ("+string(v.Hit)+" list)", "choose another password")}
	}
	score := Check{
		Name: CheckPasswordScore, Source: source,
		Rule: fmt.Sprintf("scores %d points: one for each banned term in it, one for each other character", banThreshold),
		Input: []Fact{
			fact("points", v.Score), fact("banned terms", v.Tokens), fact("other characters", v.Others),
			fact("custom list", custom),
		},
	}
	if v.Hit != HitNone {
		score.Input = append(score.Input, fact("list", v.Hit))
	}
	if v.Rejected() {
		score = score.fail(fmt.Sprintf("%d banned terms and %d other characters make %d points", v.Tokens, v.Others, v.Score),
			"add "+characters(banThreshold-v.Score)+" that belong to no banned term")
	} else {
		score = score.pass("enough points")
	}
	return []Check{name.pass("contains none"), fuzzy.pass("no banned term is that near"), score}
}
