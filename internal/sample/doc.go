// Package sample compiles and evaluates expressions: a fetch followed by
// converters, "req.hdr(host),lower" (manual 7).
//
// The words themselves are rows of tables in the feature packages. This package
// holds the row types (Fetch, Converter, Alias), the values that flow between
// them (Value), the casts that are inserted where the types of two steps differ,
// and the matrix that says where a fetch can work (Use, Place).
//
// Expressions are compiled while a generation is linked: a Scope says what names
// mean there, so that proxies, servers and pattern files are found once. An Expr
// is immutable afterwards and shared by all threads.
//
// Evaluation runs on the stream's loop, waits for nothing and allocates nothing.
// What a step computes is appended to the thread's arena (Thread.Tmp), which
// works as a stack: see Mark. Slices in it stay valid until the caller releases
// its mark, also when the arena has to grow, because growing leaves the old
// memory to those who point at it.
//
// What it deliberately does not do: variables, log formats and ACLs, which are
// built on it (feature vars, packages logfmt and acl).
package sample
