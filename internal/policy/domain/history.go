package domain

// krbtgt keeps some history whatever the policy says (MS-SAMR 3.1.1.8.7).
const krbtgtHistory = 3

// passwords lists an account's hashes, newest first; the current password is
// the first, also when history was switched off while it was set.
func (a Account) passwords() []NTHash {
	if !a.HasPassword || len(a.History) > 0 && a.History[0] == a.Current {
		return a.History
	}
	return append([]NTHash{a.Current}, a.History...)
}

// remembered returns the hashes that a new password may not equal.
func remembered(p Policy, a Account) []NTHash {
	list := a.passwords()
	return list[:min(len(list), max(p.HistoryLength, 0))]
}

// pushed is the history after a write: the new password first, cut to the
// policy's length.
func pushed(p Policy, a Account, newest NTHash) []NTHash {
	n := p.HistoryLength
	if a.RID == RIDKrbtgt {
		n = max(n, krbtgtHistory)
	}
	if n <= 0 {
		return nil
	}
	old := a.passwords()
	old = old[:min(len(old), n-1)]
	return append(append(make([]NTHash, 0, len(old)+1), newest), old...)
}

// A Match says which of an account's passwords a given one is.
type Match uint8

// The matches.
const (
	NoMatch       Match = iota
	CurrentMatch        // the current password
	PreviousMatch       // one back
	TwoBackMatch        // two back
)

// String names the match: "none", "current", "previous", "two back".
func (m Match) String() string {
	return [...]string{"none", "current", "previous", "two back"}[min(m, TwoBackMatch)]
}

// MatchPassword compares a given password with an account's current one and
// the two before it, as far as its history goes.
func MatchPassword(a Account, given Clear) Match { return MatchHash(a, given.NTHash()) }

// MatchHash is [MatchPassword] for a hash.
func MatchHash(a Account, given NTHash) Match {
	if !a.HasPassword {
		return NoMatch
	}
	if given == a.Current {
		return CurrentMatch
	}
	for i, h := range a.passwords() {
		if i > 2 {
			break
		}
		if h == given {
			return CurrentMatch + Match(i)
		}
	}
	return NoMatch
}
