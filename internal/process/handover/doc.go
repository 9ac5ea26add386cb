// Package handover passes listening sockets from one process to another over a
// stats socket: HAProxy's "_getsocks", both sides, wire-compatible with 2.6 and
// 3.4 in both directions.
//
// The newcomer connects and sends "_getsocks\n". It gets the number of
// descriptors as a native 32-bit integer, then messages with up to 252
// descriptors each (SCM_RIGHTS) whose payload has one record for each, in the
// same order: one byte length and the name of the network namespace, one byte
// length and the name of the interface, 32 bits of options. After each message
// the newcomer sends four bytes, whose value nobody looks at. The owner gives
// up after one second without them. (Observed with strace; the number 252 is
// MAX_SEND_FD in HAProxy's include/haproxy/compat.h.)
//
// Fetch is the newcomer and takes all sockets or none; Send is the owner. The
// owner keeps its own descriptors: both processes then share the open file
// descriptions and their accept queues.
//
// FetchState and SendState do the same for what outlives a configuration, when
// both are this program: state.go.
package handover
