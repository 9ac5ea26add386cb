// Package acl compiles conditions: named and anonymous ACLs and what follows
// "if" and "unless" (manual 7).
//
// A Table holds the named ACLs of one proxy; several lines of one name are OR-ed.
// Compile turns the words behind a rule into a lb.Cond. An ACL is a fetch with
// converters (package sample) and patterns (package pattern); without patterns to
// compare with, a method such as "found" or "bool" decides.
//
// Results have three values: pass, fail, and missing, when bytes that have not
// arrived yet may still change the answer. Cond.Eval returns true for pass and
// tells fail from missing by Stream.Missing, which it always sets; the caller
// looks at it before it negates ("unless").
//
// Everything here is immutable once compiled; evaluation allocates nothing.
package acl
