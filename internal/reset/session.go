package reset

// A Session is one reset under way. It is plain data.
type Session struct{ ID string }
