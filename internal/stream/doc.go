// Package stream is the life of one request, from its head to its log line.
//
// Serve is the page to read first: rules, choice of a backend, then a bounded
// loop of pick - connect - exchange, or an answer of our own; finish logs and
// counts exactly once, whatever happened. TCP is the same life without heads.
//
// Everything here runs in the stream's task on the loop of its client
// connection. Outcomes are values (a lb.Reply and the termination state of
// manual 8.5), never errors that travel.
package stream
