// Package manual writes doc/manual/keywords.md from the tables of words: what
// this build knows, and nothing else.
//
// The page is in the repository, so that it can be read without a build; the
// package's test fails when the tables have moved on:
//
//	go test ./internal/manual -update
//
// It holds no text about any word. A word that should be explained better is
// explained better in its own row.
package manual
