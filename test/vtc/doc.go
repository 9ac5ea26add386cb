// Package vtc runs the black-box scenarios: each .vtc file below it is one idea
// in the language of varnishtest (Debian's package varnish), and starts the
// program named by HAPROXY_PROGRAM. The first line of a file says in English
// what it shows.
//
//	go test ./test/vtc                      builds cmd/segue and runs all
//	go test ./test/vtc -run /balance        those of one area
//	HAPROXY_PROGRAM=/usr/sbin/haproxy go test ./test/vtc
//
// The last form runs them with another program: a scenario that HAProxy itself
// fails is either wrong or a paragraph of doc/differences.md. The scenarios are
// the project's own.
package vtc
