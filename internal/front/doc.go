// Package front accepts client connections: limits, the rules of tcp-request
// connection and session, the PROXY header; then it runs the connection's
// streams one after the other and leaves it idle in between.
//
// An idle keep-alive connection is a lb.Session and nothing else: no task, no
// stream, no buffer.
package front
