// Package strict reads the files and patches that people write (YAML and JSON)
// into Go values, and tells every mistake at once: unknown keys, keys given
// twice, values of the wrong shape, words outside a closed set, each with its
// path, its line and what would be right.
//
// Decoding writes only what the document names, so decoding into a filled value
// is a merge patch (RFC 7396): null takes a value away, lists are replaced,
// objects and maps are merged. The same walk over Go types writes JSON views
// ([Codec.JSON]) and publishes a JSON Schema ([Codec.Schema]), so a file, a
// patch, a view and the schema can never use different names.
//
// A field is called as its json tag says, else by its Go name in lower camel
// case. Durations are text ("15m", "42d"), times are RFC 3339, secrets are
// taken but never shown.
//
// What does not live here: what the values mean. Checking a seed or settings is
// done by their owners, who ask [Doc.Line] where a value stood.
package strict
