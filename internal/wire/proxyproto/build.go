package proxyproto

import (
	"encoding/binary"
	"net/netip"
)

// AppendV2 appends a version 2 header for a TCP connection. With CmdLocal, or
// if an address is not set, it is a LOCAL header without addresses. A TLV of
// TypeCRC32C stands for the checksum, whatever its value. TLVs that would not
// fit in the header's 65535 bytes are left out.
func AppendV2(b []byte, cmd Command, src, dst netip.AddrPort, tlvs ...TLV) []byte {
	w := Begin(b, cmd, Stream, src, dst)
	for _, t := range tlvs {
		w.TLV(t.Type, t.Value)
	}
	return w.End()
}

// AppendV2Unix is AppendV2 for a unix stream socket. Paths longer than 108
// bytes are cut; an abstract name starts with a zero byte.
func AppendV2Unix(b []byte, cmd Command, src, dst string, tlvs ...TLV) []byte {
	w := BeginUnix(b, cmd, Stream, src, dst)
	for _, t := range tlvs {
		w.TLV(t.Type, t.Value)
	}
	return w.End()
}

// Builder writes a version 2 header field by field, for values that are
// formatted while the header grows. Make one with Begin or BeginUnix, add
// fields in the order in which they shall appear, finish with End. It is a
// plain value that lives on its user's stack.
type Builder struct {
	b     []byte
	start int // where the header begins in b
	crc   int // where the checksum goes in b; 0 if there is none
}

// Begin starts a header behind b. Mixed families become IPv6.
func Begin(b []byte, cmd Command, tr Transport, src, dst netip.AddrPort) Builder {
	sa, da, ok := sameFamily(src.Addr(), dst.Addr())
	if cmd == CmdLocal || !ok {
		return begin(b, CmdLocal, famUnspec, Unspec)
	}
	var w Builder
	if sa.Is4() {
		w = begin(b, cmd, famInet, tr)
		s, d := sa.As4(), da.As4()
		w.b = append(append(w.b, s[:]...), d[:]...)
	} else {
		w = begin(b, cmd, famInet6, tr)
		s, d := sa.As16(), da.As16()
		w.b = append(append(w.b, s[:]...), d[:]...)
	}
	w.b = binary.BigEndian.AppendUint16(w.b, src.Port())
	w.b = binary.BigEndian.AppendUint16(w.b, dst.Port())
	return w
}

// BeginUnix starts a header for a unix socket behind b.
func BeginUnix(b []byte, cmd Command, tr Transport, src, dst string) Builder {
	if cmd == CmdLocal {
		return begin(b, CmdLocal, famUnspec, Unspec)
	}
	w := begin(b, cmd, famUnix, tr)
	var addrs [addrsUnix]byte
	copy(addrs[:unixPath], src)
	copy(addrs[unixPath:], dst)
	w.b = append(w.b, addrs[:]...)
	return w
}

// begin writes the fixed part, its length still zero.
func begin(b []byte, cmd Command, fam family, tr Transport) Builder {
	w := Builder{start: len(b)}
	b = append(b, signature...)
	w.b = append(b, 2<<4|byte(cmd), byte(fam)<<4|byte(tr), 0, 0)
	return w
}

// room is how many bytes the header may still grow by.
func (w *Builder) room() int { return maxBlock + fixedV2 - (len(w.b) - w.start) }

// TLV adds a field, unless it does not fit. TypeCRC32C makes room for the
// checksum, once; its value is not looked at.
func (w *Builder) TLV(typ uint8, value []byte) {
	switch {
	case typ == TypeCRC32C:
		w.CRC32C()
	case w.room() >= tlvHead+len(value):
		w.b = appendTLV(w.b, typ, value)
	}
}

// CRC32C adds the checksum, which End computes over the whole header.
func (w *Builder) CRC32C() {
	if w.crc > 0 || w.room() < tlvHead+4 {
		return
	}
	w.crc = len(w.b) + tlvHead
	w.b = append(w.b, TypeCRC32C, 0, 4, 0, 0, 0, 0)
}

// SSL adds a TypeSSL field with what is set in s, in the order of HAProxy 3.4:
// version, common name, key, signature, cipher, then the newer fields. If all
// of it does not fit, it is left out as a whole.
func (w *Builder) SSL(s *SSL) {
	at := len(w.b)
	w.b = append(w.b, TypeSSL, 0, 0, s.Client)
	w.b = binary.BigEndian.AppendUint32(w.b, s.Verify)
	w.sub(SubtypeSSLVersion, s.Version)
	w.sub(SubtypeSSLCN, s.CN)
	w.sub(SubtypeSSLKeyAlg, s.KeyAlg)
	w.sub(SubtypeSSLSigAlg, s.SigAlg)
	w.sub(SubtypeSSLCipher, s.Cipher)
	w.sub(SubtypeSSLGroup, s.Group)
	w.sub(SubtypeSSLSigScheme, s.SigScheme)
	if len(s.ClientCert) > 0 && len(s.ClientCert) <= maxBlock {
		w.b = appendTLV(w.b, SubtypeSSLClientCert, s.ClientCert)
	}
	if w.room() < 0 {
		w.b = w.b[:at]
		return
	}
	binary.BigEndian.PutUint16(w.b[at+1:], uint16(len(w.b)-at-tlvHead))
}

// sub adds one of SSL's own fields.
func (w *Builder) sub(typ uint8, value string) {
	if value != "" && len(value) <= maxBlock {
		w.b = appendTLV(w.b, typ, value)
	}
}

func appendTLV[S []byte | string](b []byte, typ uint8, value S) []byte {
	b = append(b, typ, byte(len(value)>>8), byte(len(value)))
	return append(b, value...)
}

// End fills in the length and the checksum, and returns what Begin was given
// with the header behind it.
func (w *Builder) End() []byte {
	hdr := w.b[w.start:]
	binary.BigEndian.PutUint16(hdr[14:], uint16(len(hdr)-fixedV2))
	if w.crc > 0 {
		binary.BigEndian.PutUint32(w.b[w.crc:], crcAround(hdr, w.crc-w.start))
	}
	return w.b
}
