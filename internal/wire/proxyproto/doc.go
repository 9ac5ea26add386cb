// Package proxyproto reads and writes PROXY protocol headers, versions 1 and
// 2: the few bytes that a proxy puts in front of a connection to tell the next
// hop who the client is.
//
// Parse looks at the bytes at hand and says how many of them the header takes;
// AppendV1, AppendV2, AppendV2Unix and Builder write one behind the bytes that
// the caller already has. Nothing here reads a socket, keeps a clock or owns
// memory: what a Header points at are the caller's bytes, and it is valid for
// as long as these are.
//
// The parser is strict on purpose. A header decides whom access rules see, so
// anything that two readers could understand differently is refused: octal
// looking numbers, short dotted forms, out of range ports, addresses of the
// other family, TLVs that do not end where the header ends, wrong checksums.
//
// Section numbers in comments are those of HAProxy's proxy-protocol.txt
// (version 2020/03/05 and later), which is the protocol's specification.
//
// The package does not decide who may send a header, how long to wait for it,
// nor what a receiver limits TLV values to; its callers do.
package proxyproto
