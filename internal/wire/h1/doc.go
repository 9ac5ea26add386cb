// Package h1 is the HTTP/1 codec: bytes to htx.Head and back, and the framing
// of bodies.
//
// ParseRequest and ParseResponse take one complete head off the front of a
// buffer, check it, copy it into the Head's arena and say how its body is
// framed. AppendRequest and AppendResponse write a head again, in the version
// of its sender: a peer of HTTP/1.0 is told so, as HAProxy does. A Body follows the bytes of one body: Feed passes them on with
// their framing, Decode takes the framing off.
//
// The parser is strict on purpose. A proxy stands between parsers that may
// disagree, so whatever two of them could read differently is refused, and
// what is forwarded has one reading: chunk extensions are dropped, folded lines
// are joined, lengths that contradict each other end the message. Limits'
// AcceptUnsafe* switches (manual 4.2, "accept-unsafe-violations-in-http-*")
// relax the characters of a target and of a field's value, never the framing.
//
// Nothing here reads a socket, keeps a clock or starts a goroutine. A Head and
// a Body belong to one stream and so to one loop; slices that are returned
// point into the caller's buffer or into the Head's arena.
//
// What the package deliberately does not do: it answers nothing (Error.Status
// only names the status), closes nothing, and adds no field.
package h1
