// Package link turns a conf.Model into a running lb.Generation: it compiles
// rules and formats, resolves names, finds the state of every identity again,
// and checks what can only be checked with everything at hand. Nothing running
// is touched before all of it has succeeded.
//
// Engine owns the threads and the listeners and swaps generations.
package link
