// Package cip reads the header of the NetScaler Client IP insertion protocol:
// the IP and TCP headers of the client's own connection, which a NetScaler
// puts in front of the one that it makes.
//
// Parse looks at the bytes at hand and says how many of them the header takes.
// It reads no socket and owns no memory. The layout is that of HAProxy's
// netscaler-client-ip-insertion-protocol.txt, which knows two versions:
//
//	legacy    4 bytes magic | 4 bytes length | IP header | TCP header
//	standard  4 bytes magic | 4 bytes total  | 2 bytes type | 2 bytes length | IP header | TCP header
//
// The length counts the IP and TCP headers. What begins with the IP version 4
// or 6 where the type would be is a legacy header. The total and the type are
// not looked at: HAProxy takes any, and what senders count in them differs.
package cip
