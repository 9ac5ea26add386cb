// Package htx is the HTTP message that everything between two muxes speaks:
// version-neutral, in wire order, with the bytes of the peer kept as they came.
//
// A Head owns one arena (Buf). The start line and every field are offsets into
// it; an edit appends to the arena and moves the offsets, so nothing is shifted
// and nothing is allocated while the arena has room. The codec of a version
// (wire/h1 ...) fills a Head and writes it out again; rules edit it in between.
//
// A Head belongs to one stream and so to one loop. Slices returned by its
// methods point into the arena: they stay valid until Reset, but an edit of the
// same field does not show through them.
//
// What it deliberately does not do: bodies. They travel as bytes under a Body's
// framing (see Framing) and never pass through the arena.
package htx
