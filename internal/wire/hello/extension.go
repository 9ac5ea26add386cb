package hello

import "encoding/binary"

// Numbers of extensions, IANA "TLS ExtensionType Values".
const (
	extServerName = 0
	extGroups     = 10
	extSigAlgs    = 13
	extALPN       = 16
	extTicket     = 35
	extKeyShare   = 51
)

// ServerName is the name of the server that the client wants, nil if it says
// none. RFC 6066 3.
func (h *Hello) ServerName() []byte {
	list := h.list(extServerName)
	if len(list) == 0 || list[0] != 0 { // host_name is the only type
		return nil
	}
	name, _, ok := vector16(list[1:])
	if !ok {
		return nil
	}
	return name
}

// Protocol is the first of the protocols that the client offers, nil if it
// offers none. RFC 7301 3.1.
func (h *Hello) Protocol() []byte {
	name, _, ok := vector8(h.list(extALPN))
	if !ok {
		return nil
	}
	return name
}

// Groups are the groups for key exchange, two bytes each. RFC 8446 4.2.7.
func (h *Hello) Groups() []byte { return even(h.list(extGroups)) }

// HasGroups says whether the client names groups, which are elliptic curves to
// RFC 4492 5.1.
func (h *Hello) HasGroups() bool {
	_, ok := h.Extension(extGroups)
	return ok
}

// SignatureAlgorithms are two bytes each. RFC 8446 4.2.3.
func (h *Hello) SignatureAlgorithms() []byte { return even(h.list(extSigAlgs)) }

// AppendKeyShares appends the groups, two bytes each, for which the client sends
// a key. RFC 8446 4.2.8.
func (h *Hello) AppendKeyShares(dst []byte) []byte {
	for list := h.list(extKeyShare); len(list) > 2; {
		_, rest, ok := vector16(list[2:])
		if !ok {
			return dst
		}
		dst = append(dst, list[:2]...)
		list = rest
	}
	return dst
}

// Ticket says whether the client knows session tickets (1) or sends one (2).
// RFC 5077 3.2.
func (h *Hello) Ticket() int {
	body, ok := h.Extension(extTicket)
	switch {
	case !ok:
		return 0
	case len(body) == 0:
		return 1
	}
	return 2
}

// list is the content of an extension that is one list with a length of two
// bytes.
func (h *Hello) list(id uint16) []byte {
	body, _ := h.Extension(id)
	list, _, _ := vector16(body)
	return list
}

// even drops a list that is not made of pairs of bytes.
func even(list []byte) []byte {
	if len(list)%2 != 0 {
		return nil
	}
	return list
}

// SSLv2 is the version in an SSLv2 hello, which old clients send to ask for
// SSLv3 and TLS, too. RFC 5246 E.2.
func SSLv2(b []byte) (version uint16, state State) {
	const head = 11
	if len(b) > 0 && b[0]&0x80 == 0 || len(b) > 2 && b[2] != Client {
		return 0, Not
	}
	if len(b) < head {
		return 0, More
	}
	size := int(b[0]&0x7f)<<8 | int(b[1])
	ciphers, session, challenge := int(binary.BigEndian.Uint16(b[5:])), int(binary.BigEndian.Uint16(b[7:])), int(binary.BigEndian.Uint16(b[9:]))
	if ciphers == 0 || ciphers%3 != 0 || session != 0 && session != 16 || challenge < 16 || challenge > 32 || size != head-2+ciphers+session+challenge {
		return 0, Not
	}
	if len(b) < 2+size {
		return 0, More
	}
	return binary.BigEndian.Uint16(b[3:]), OK
}
