// Package listen makes listening sockets and tells them apart.
//
// A Spec says what a bind line asks for, an Identity which socket that is: two
// Specs with one Identity share one open file description, whatever else they
// say. Making a socket has three steps, so that nothing is visible before all
// of a configuration's sockets could be made:
//
//	Open    socket, options, bind   (a unix socket under a temporary name)
//	Listen  listen
//	Publish rename the unix socket to its name
//
// Discard undoes Open and Listen. A socket that exists already, inherited or
// taken over, is adopted and gets its options by Tune; it is never closed and bound again,
// because what waits in its accept queue would be reset.
//
// SO_REUSEADDR is set on every TCP socket. SO_REUSEPORT is set too, although
// one file description per listener does not need it: an old process without
// -x, ours or HAProxy's, keeps its socket until the new one has bound the same
// address, and the kernel allows that only when both have the option. "-dR" and
// "noreuseport" (Spec.NoReusePort) leave it out.
//
// The caller owns the descriptors; all of them are close-on-exec and
// non-blocking.
package listen
