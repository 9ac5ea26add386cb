// Package segue holds nothing but the tests of the repository's shape: which
// package may import which, how long files and functions are, and what the
// tables of words must say about themselves (arch_test.go, tables_test.go).
//
// The program is in cmd/segue, everything else under internal; doc/design.md
// is the map.
package segue
