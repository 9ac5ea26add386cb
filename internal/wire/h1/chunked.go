package h1

// chunked walks the chunked coding (RFC 9112 7.1). With keep, out has the
// coding too, without extensions; otherwise only the payload.
//
// Fast path: as long as nothing is removed, w equals i and nothing moves.
func (b *Body) chunked(p []byte, keep bool) (out []byte, n int, done bool, err Error) {
	i, w := 0, 0 // read and write offsets in p
	for i < len(p) && b.state != finished {
		c := p[i]
		switch b.state {
		case inData:
			k := len(p) - i
			if int64(k) > b.left {
				k = int(b.left)
			}
			if w != i {
				copy(p[w:], p[i:i+k])
			}
			w += k
			i += k
			b.Skip(int64(k))
			continue
		case inTrailer:
			t, k, err := b.trailers(p[i:], keep)
			if err != OK {
				return p[:w], i + k, false, err
			}
			i += k
			if b.state == finished && keep {
				if w == 0 {
					return t, i, true, OK
				}
				w += copy(p[w:], t)
			}
			continue
		}
		emit, err := b.framingByte(c)
		if err != OK {
			return p[:w], i, false, err
		}
		if emit && keep {
			p[w] = c
			w++
		}
		i++
	}
	return p[:w], i, b.state == finished, OK
}

// framingByte takes one byte of the coding; emit tells whether a peer that is
// sent the coding gets it too.
func (b *Body) framingByte(c byte) (emit bool, err Error) {
	switch b.state {
	case inSize:
		switch {
		case class[c]&cHex != 0:
			return true, b.sizeDigit(c)
		case b.digits == 0:
			return false, BadChunk
		case c == '\r':
			b.state = sizeLF
			return true, OK
		case c == ';' || blank(c):
			b.state = inExt
			return false, OK
		}
		return false, BadChunk
	case inExt:
		switch {
		case c == '\r':
			b.state = sizeLF
			return true, OK
		case c < 0x20 && c != '\t' || c == 0x7f:
			return false, BadChunk
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
	b.digits = 0
	return true, OK
}

// sizeDigit adds one digit to the chunk's size.
func (b *Body) sizeDigit(c byte) Error {
	if b.digits++; b.digits > maxDigits || b.left>>(63-4-1) != 0 {
		return BadChunk
	}
	d := c - '0'
	if c >= 'A' {
		d = c | 0x20 - 'a' + 10
	}
	b.left = b.left<<4 | int64(d)
	return OK
}
