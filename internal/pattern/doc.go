// Package pattern matches samples against sets of patterns (manual 7.1) and
// keeps the pattern lists behind ACLs and maps (manual 2.7).
//
// Three nouns:
//
//   - A List holds entries (pattern, value, place of origin) in order, with
//     HAProxy's versions: "prepare", "add @ver", "commit". It lives as long as
//     some generation of the configuration points at it.
//   - A Set is a List seen through one matching method: the compiled form. One
//     List may feed several Sets ("-m str" here, "-m beg" there); a change of
//     the List is seen by all of them.
//   - A Ref is a List under its name and number within one generation; Refs is
//     the table of all of a generation's Refs, where "show map" looks, and the
//     place where a reload finds the lists of the generation before.
//
// Ownership: a List and its Sets share one mutex, taken by writers only.
// Set.Match takes no lock: it loads a pointer to a snapshot that never changes,
// apart from the tombstone in each Entry. It allocates nothing, except where a
// regular expression needs the backtracking engine (see Set.Backtracking).
//
// What the package does not do: it knows no samples (the caller converts to
// Input as Method.Input says), no configuration words apart from the names of
// the methods, and it prints nothing.
package pattern
