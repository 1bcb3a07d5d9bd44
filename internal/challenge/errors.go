package challenge

type refusal string

func (r refusal) Error() string { return string(r) }

// ErrContactMismatch means that the number typed is not the one on file (1.3).
const ErrContactMismatch = refusal("the number entered is not the one on file")

// ErrNoContact means that nothing is on file for the method.
const ErrNoContact = refusal("no contact on file for this method")
