// Package pool owns the connections to servers: dialing, and keeping idle ones
// per thread for the next request (http-reuse, pool-max-conn, max-reuse).
//
// A lb.ServerConn belongs to one thread from Dial to Close. Idle ones wait in
// the server state's list of that thread and hold neither task nor buffer.
package pool
