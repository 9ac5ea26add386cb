package h1

import "segue/internal/htx"

// chunked walks the chunked coding (RFC 9112 7.1). With keep, out has the
// coding too, without extensions and leading zeros; otherwise only the payload.
//
// Fast path: as long as nothing is removed, w equals i and nothing moves; nor
// does the payload of a single chunk (BenchmarkBody).
func (b *Body) chunked(p []byte, keep bool) (out []byte, n int, done bool, err Error) {
	i := 0          // read offset in p
	base, w := 0, 0 // out is p[base:w]
	for i < len(p) && b.state != finished {
		switch b.state {
		case inData:
			k := len(p) - i
			if int64(k) > b.left {
				k = int(b.left)
			}
			if !keep && w == base {
				base, w = i, i
			} else if w != i {
				copy(p[w:], p[i:i+k])
			}
			w += k
			i += k
			b.Skip(int64(k))
		case inTrailer:
			t, k, err := b.trailers(p[i:], keep)
			i += k
			if err != OK {
				return p[base:w], i, false, err
			}
			switch {
			case !keep || b.state != finished:
			case w+len(ZeroChunk)+len(t) <= i:
				w += copy(p[w:], ZeroChunk)
				w += copy(p[w:], t)
			default: // the last chunk came in an earlier piece
				return append([]byte(ZeroChunk), t...), i, true, OK
			}
		default:
			c := p[i]
			emit, err := b.framingByte(c)
			if err != OK {
				return p[base:w], i, false, err
			}
			if emit && keep {
				p[w] = c
				w++
			}
			i++
		}
	}
	return p[base:w], i, b.state == finished, OK
}

// CheckChunks looks for an error in p, the beginning of a chunked body, and leaves
// it as it is; at is where it shows. Trailers are not looked at.
func CheckChunks(p []byte) (at int, err Error) {
	b := Body{framing: htx.Chunked}
	for at < len(p) {
		switch b.state {
		case inData:
			k := min(int64(len(p)-at), b.left)
			b.Skip(k)
			at += int(k)
		case inTrailer, finished:
			return at, OK
		default:
			if _, err := b.framingByte(p[at]); err != OK {
				return at, err
			}
			at++
		}
	}
	return at, OK
}

// framingByte takes one byte of the coding; emit tells whether a peer that is
// sent the coding gets it too. No byte is emitted that did not come, so out
// never outgrows what was consumed. The last chunk is not emitted: it goes out
// with what ends the body, so that none that was cut there looks whole. A bare LF ends no line here, other than in
// a head: recipients disagree about it, and about what follows it.
func (b *Body) framingByte(c byte) (emit bool, err Error) {
	switch b.state {
	case inSize:
		switch {
		case class[c]&cHex != 0:
			return b.sizeDigit(c)
		case !b.sized:
			return false, BadChunk
		case c == '\r':
			b.state = sizeLF
			return b.left != 0, OK
		case c == ';':
			b.state = inExt
			return false, OK
		case blank(c):
			b.state = inBlank
			return false, OK
		}
		return false, BadChunk
	case inBlank, inExt:
		switch {
		case c == '\r':
			b.state = sizeLF
			return b.left != 0, OK
		case c == ';':
			b.state = inExt
		case c == '"' && b.state == inExt:
			b.state = inQuote
		case b.state == inBlank && !blank(c), c < 0x20 && c != '\t', c == 0x7f:
			return false, BadChunk
		}
		return false, OK
	case inQuote, inEscape:
		// A quote that the line does not close is read differently by others.
		switch {
		case c < 0x20 && c != '\t', c == 0x7f:
			return false, BadChunk
		case b.state == inEscape:
			b.state = inQuote
		case c == '"':
			b.state = inExt
		case c == '\\':
			b.state = inEscape
		}
		return false, OK
	case dataCR:
		if c != '\r' {
			return false, BadChunk
		}
		b.state = dataLF
		return true, OK
	}
	// sizeLF, dataLF
	if c != '\n' {
		return false, BadChunk
	}
	switch {
	case b.state == dataLF:
		b.state = inSize
	case b.left == 0:
		b.state = inTrailer
	default:
		b.state = inData
	}
	b.sized = false
	return b.state != inTrailer, OK
}

// sizeDigit adds one digit to the chunk's size. Zeros in front of it are swallowed:
// a peer gets the shortest form, and one that reads few digits the same size.
func (b *Body) sizeDigit(c byte) (emit bool, err Error) {
	d := int64(c - '0')
	if c >= 'A' {
		d = int64(c|0x20-'a') + 10
	}
	if b.left > maxChunk>>4 {
		return false, BadChunk
	}
	emit = b.left != 0 || d != 0
	b.sized = true
	b.left = b.left<<4 | d
	return emit, OK
}
