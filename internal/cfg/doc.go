// Package cfg turns configuration text into a tree of sections, lines and
// words: chapter 2 of the manual, and nothing of the chapters after it.
//
// Read does what can be done without knowing a directive: it splits lines into
// words, resolves quotes, escapes and environment variables, takes and drops
// conditional blocks, and cuts the rest into sections. What a word means is
// conf's business. Four directives of the global section are executed while
// reading, because lines after them see their effect: setenv, presetenv,
// unsetenv and resetenv. They stay in the tree all the same.
//
// Every word knows its column in the raw line, so that whoever finds fault
// with it can point at it: d.Alertf(line.Pos(i), ...).
//
// The tree owns its strings and never refers to the sources' bytes. It is not
// changed after Read has returned and may be shared.
//
// The package opens no files except through the function that ReadSources is
// given, never prints, and never stops at the first error.
package cfg
