package reset

// A Refusal is a "no" that has no session to be shown in.
type Refusal string

func (r Refusal) Error() string { return string(r) }

// The refusals of the first page.
const (
	// ErrNoSuchPerson: no account has this user ID (port People).
	ErrNoSuchPerson = Refusal("no such person")
	// ErrUnknownUser: the account could not be verified; the page says no more (1.4 #1).
	ErrUnknownUser = Refusal("the account could not be verified")
	// ErrPersonalAccount: consumer recovery is the place to go (11.4).
	ErrPersonalAccount = Refusal("personal Microsoft account")
	// ErrNoCookies: the browser keeps no cookies.
	ErrNoCookies = Refusal("the browser keeps no cookies")
	// ErrNoSession: no session has this ID (port SessionStore).
	ErrNoSession = Refusal("no such session")
)

// errNotNow: the input does not fit the step of the session. It never leaves
// the package; the view says what the session needs instead.
const errNotNow = Refusal("the input does not fit the step")
