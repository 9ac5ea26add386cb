// Package logfmt compiles log-format strings (manual 8.2.6): of log lines, and
// of the many rules that take a format.
//
// Compile gives a Format, which is immutable, shared by all threads and appends
// to a slice without allocating. Plain output is the fast path; items with
// quotes, escapes or an encoding (JSON, CBOR) are written plainly first and then
// rewritten in place.
//
// The times of a line come from lb.Stream: loop nanoseconds, -1 for what did not
// happen. Nothing here reads a clock.
//
// What it deliberately does not do: the syslog header (package syslog), deciding
// what is logged and when (package stream).
package logfmt
