// Package haterm is "mode haterm": an origin that makes up its answers from the
// query of the request, for demonstrations, tests and benchmarks. HAProxy's
// haterm manual, 3.
//
// The service holds no memory for a connection: bodies of any length are sent
// from blocks that are made once.
package haterm
