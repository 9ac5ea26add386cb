package proxyproto

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"net/netip"
)

// parseV2 decodes the binary header, section 2.2:
//
//	12 bytes signature | version, command | family, transport | 2 bytes length
//	length bytes: addresses as the family says, then TLVs to the end
func parseV2(b []byte) (h Header, n int, err error) {
	if yes, could := hasPrefix(b, signature); !yes {
		if could {
			return h, 0, nil
		}
		return h, 0, ErrNotHeader
	}
	// The fixed part is judged as it arrives: no need to wait for 64 kB that
	// announce themselves as invalid.
	if len(b) > 12 && b[12]>>4 != 2 {
		return h, 0, ErrNotHeader
	}
	if len(b) > 12 && b[12]&15 > byte(CmdProxy) {
		return h, 0, ErrBadHeader
	}
	if len(b) < fixedV2 {
		return h, 0, nil
	}
	local := Command(b[12]&15) == CmdLocal
	fam, tr := family(b[13]>>4), Transport(b[13]&15)
	known := fam <= famUnix && tr <= Dgram
	if !known && !local {
		return h, 0, ErrBadProtocol
	}
	size := fixedV2 + int(binary.BigEndian.Uint16(b[14:]))
	if !local && size-fixedV2 < fam.addrLen() {
		return h, 0, ErrBadHeader
	}
	if len(b) < size {
		return h, 0, nil
	}
	h = Header{Version: 2, Transport: tr}
	if local || fam == famUnspec || tr == Unspec {
		h.Local, h.Transport = true, Unspec
		err = h.localTLVs(b[:size], fam, known)
	} else {
		h.v2Addrs(b[fixedV2:size], fam)
		err = h.setTLVs(b[:size], fixedV2+fam.addrLen())
	}
	if err != nil {
		return Header{}, 0, err
	}
	return h, size, nil
}

// v2Addrs decodes the address block p, which is long enough for fam.
func (h *Header) v2Addrs(p []byte, fam family) {
	switch fam {
	case famInet:
		h.Src = netip.AddrPortFrom(netip.AddrFrom4([4]byte(p)), binary.BigEndian.Uint16(p[8:]))
		h.Dst = netip.AddrPortFrom(netip.AddrFrom4([4]byte(p[4:])), binary.BigEndian.Uint16(p[10:]))
	case famInet6:
		h.Src = netip.AddrPortFrom(netip.AddrFrom16([16]byte(p)), binary.BigEndian.Uint16(p[32:]))
		h.Dst = netip.AddrPortFrom(netip.AddrFrom16([16]byte(p[16:])), binary.BigEndian.Uint16(p[34:]))
	case famUnix:
		h.SrcPath = trimPath(p[:unixPath])
		h.DstPath = trimPath(p[unixPath:addrsUnix])
	}
}

// trimPath cuts a socket path at its first zero byte. An abstract name starts
// with one and may hold more; it ends before its padding.
func trimPath(p []byte) []byte {
	if p[0] == 0 {
		return p[:len(bytes.TrimRight(p, "\x00"))]
	}
	if i := bytes.IndexByte(p, 0); i >= 0 {
		return p[:i]
	}
	return p
}

// setTLVs checks the chain that starts at off and ends with the header b, then
// keeps it.
func (h *Header) setTLVs(b []byte, off int) error {
	tlvs := TLVs(b[off:])
	if !tlvs.wellFormed() || tlvs.tooLong() {
		return ErrBadHeader
	}
	if err := checkCRC(b, tlvs, off); err != nil {
		return err
	}
	h.TLVs = tlvs
	return nil
}

// localTLVs keeps what can be kept of a block whose addresses do not count.
// "The receiver must accept this connection as valid and must ... discard the
// protocol block including the family", so that bytes which make no chain of
// TLVs are dropped without complaint, as are those of unassigned families. A
// wrong checksum in a chain stays an error.
func (h *Header) localTLVs(b []byte, fam family, known bool) error {
	off := fixedV2 + fam.addrLen()
	if !known || off > len(b) {
		return nil
	}
	err := h.setTLVs(b, off)
	if err == ErrBadHeader {
		return nil
	}
	return err
}

// checkCRC verifies the header's CRC32c if it carries one (section 2.2.3): it
// is computed over the whole header with the field itself taken as zero. Two
// checksums, or one of a wrong size, are refused.
func checkCRC(b []byte, tlvs TLVs, off int) error {
	at := -1
	for rest := tlvs; len(rest) > 0; {
		typ, value, next := rest.split()
		if typ == TypeCRC32C {
			if at >= 0 || len(value) != 4 {
				return ErrBadHeader
			}
			at = off + len(tlvs) - len(next) - 4
		}
		rest = next
	}
	if at >= 0 && crcAround(b, at) != binary.BigEndian.Uint32(b[at:]) {
		return ErrBadChecksum
	}
	return nil
}

// zeroes is never written: a local array would be allocated on each call, as
// the checksum's assembly lets its argument escape.
var zeroes [4]byte

// crcAround is the CRC32c of b with the four bytes at at taken as zero; b is
// not touched.
func crcAround(b []byte, at int) uint32 {
	table := crc32.MakeTable(crc32.Castagnoli) // the standard library's own, not built anew
	crc := crc32.Update(0, table, b[:at])
	crc = crc32.Update(crc, table, zeroes[:])
	return crc32.Update(crc, table, b[at+4:])
}
