package logfmt

// CBOR (RFC 8949). Bytes are appended as two hexadecimal digits each unless the
// flags have binary.

func cborBytes(dst, b []byte, opts flags) []byte {
	if opts&binary != 0 {
		return append(dst, b...)
	}
	return appendHexBytes(dst, b)
}

// cborHead appends a major type with its argument (RFC 8949 3).
func cborHead(dst []byte, major byte, n uint64, opts flags) []byte {
	var b [9]byte
	h := b[:1]
	b[0] = major << 5
	switch {
	case n < 24:
		b[0] |= byte(n)
	case n < 1<<8:
		b[0] |= 24
		h = append(h, byte(n))
	case n < 1<<16:
		b[0] |= 25
		h = append(h, byte(n>>8), byte(n))
	case n < 1<<32:
		b[0] |= 26
		h = append(h, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
	default:
		b[0] |= 27
		h = append(h, byte(n>>56), byte(n>>48), byte(n>>40), byte(n>>32), byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
	}
	return cborBytes(dst, h, opts)
}

func cborText(dst, text []byte, opts flags) []byte {
	dst = cborHead(dst, 3, uint64(len(text)), opts)
	return cborBytes(dst, text, opts)
}

// cborEscaped appends text with #XX escapes as a text of indefinite length
// whose chunks are the runs and the escapes.
func cborEscaped(dst, text []byte, opts flags) []byte {
	dst = cborBytes(dst, []byte{0x7F}, opts)
	for len(text) > 0 {
		n := indexByte(text, '#')
		switch {
		case n < 0:
			n = len(text)
		case n == 0:
			n = min(3, len(text))
		}
		dst = cborText(dst, text[:n], opts)
		text = text[n:]
	}
	return cborBytes(dst, []byte{0xFF}, opts)
}

// cbor appends the value in CBOR.
func (v *value) cbor(dst []byte, opts flags) []byte {
	switch v.kind {
	case vNull, vMissing:
		return cborBytes(dst, []byte{0xF6}, opts)
	case vInt:
		if v.n < 0 {
			return cborHead(dst, 1, uint64(-1-v.n), opts)
		}
		return cborHead(dst, 0, uint64(v.n), opts)
	case vBool:
		if v.n != 0 {
			return cborBytes(dst, []byte{0xF5}, opts)
		}
		return cborBytes(dst, []byte{0xF4}, opts)
	case vBin:
		dst = cborBytes(dst, []byte{0x5F}, opts)
		dst = cborHead(dst, 2, uint64(len(v.text)), opts)
		dst = cborBytes(dst, v.text, opts)
		return cborBytes(dst, []byte{0xFF}, opts)
	case vList:
		dst = cborBytes(dst, []byte{0x9F}, opts)
		for _, c := range v.list {
			dst = cborEscaped(dst, c, opts)
		}
		return cborBytes(dst, []byte{0xFF}, opts)
	}
	if v.esc {
		return cborEscaped(dst, v.text, opts)
	}
	return cborText(dst, v.text, opts)
}
