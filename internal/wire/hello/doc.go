// Package hello reads the hello messages of TLS in bytes that merely pass
// through: what a client offers before anything is encrypted.
//
//	state := h.Parse(received, nil)
//	if state == hello.OK && h.Type == hello.Client { name := h.ServerName() }
//
// Parse looks at the bytes at hand and says whether they hold a whole handshake
// message, may become one, or are something else. It reads no socket; the results
// are slices of the input, or of the memory given for joining a message that
// comes in several records. Nothing is allocated where that memory suffices.
//
// What it deliberately does not do: judge what is offered, or read SSLv2 beyond
// the version of its hello.
package hello
