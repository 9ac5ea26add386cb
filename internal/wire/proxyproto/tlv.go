package proxyproto

import "encoding/binary"

// Types of TLVs, section 2.2. 0xE0 to 0xEF are for applications, 0xF0 to 0xF7
// for experiments, 0xF8 and above reserved.
const (
	TypeALPN      = 0x01 // protocol chosen by ALPN, without length bytes
	TypeAuthority = 0x02 // host name the client asked for, e.g. the SNI: up to 255 bytes
	TypeCRC32C    = 0x03 // checksum of the header
	TypeNoop      = 0x04 // padding
	TypeUniqueID  = 0x05 // opaque, up to 128 bytes
	TypeSSL       = 0x20 // see SSL
	TypeNetNS     = 0x30 // name of the network namespace
)

// Types of the TLVs inside a TypeSSL value, section 2.2.6.
const (
	SubtypeSSLVersion    = 0x21 // "TLSv1.3"
	SubtypeSSLCN         = 0x22 // common name of the client's certificate
	SubtypeSSLCipher     = 0x23 // "ECDHE-RSA-AES128-GCM-SHA256"
	SubtypeSSLSigAlg     = 0x24 // "RSA-SHA256"
	SubtypeSSLKeyAlg     = 0x25 // "RSA2048"
	SubtypeSSLGroup      = 0x26 // "secp256r1"
	SubtypeSSLSigScheme  = 0x27 // "rsa_pss_rsae_sha256"
	SubtypeSSLClientCert = 0x28 // DER
)

// Bits of SSL.Client.
const (
	ClientSSL      = 1 << 0 // the client came over TLS
	ClientCertConn = 1 << 1 // and showed a certificate on this connection
	ClientCertSess = 1 << 2 // or once in the TLS session it belongs to
)

// tlvHead is the length of a TLV's type and length.
const tlvHead = 3

// TLV is one field: a type and a value of at most 65535 bytes.
type TLV struct {
	Type  uint8
	Value []byte
}

// TLVs is a chain of encoded TLVs. It points into the bytes given to Parse.
type TLVs []byte

// All yields the fields in order. A chain that Parse returned is well formed;
// one from elsewhere ends where it stops being so.
func (t TLVs) All(yield func(typ uint8, value []byte) bool) {
	for len(t) >= tlvHead && len(t)-tlvHead >= t.valueLen() {
		typ, value, rest := t.split()
		if !yield(typ, value) {
			return
		}
		t = rest
	}
}

// Get returns the value of the first field of a type.
func (t TLVs) Get(typ uint8) (value []byte, ok bool) {
	for k, v := range t.All {
		if k == typ {
			return v, true
		}
	}
	return nil, false
}

// valueLen is the first field's announced length; t holds at least its head.
func (t TLVs) valueLen() int { return int(binary.BigEndian.Uint16(t[1:])) }

// split takes the first field off a well-formed chain that is not empty.
func (t TLVs) split() (typ uint8, value []byte, rest TLVs) {
	end := tlvHead + t.valueLen()
	return t[0], t[tlvHead:end:end], t[end:]
}

// What a header may hold of a unique ID (section 2.2.5), and of a host name,
// which RFC 1035 bounds.
const (
	maxUniqueID  = 128
	maxAuthority = 255
)

// wellFormed reports whether the fields fill t exactly.
func (t TLVs) wellFormed() bool {
	for len(t) > 0 {
		if len(t) < tlvHead || len(t)-tlvHead < t.valueLen() {
			return false
		}
		_, _, t = t.split()
	}
	return true
}

// tooLong reports whether a field of a well-formed chain exceeds what its type
// may hold.
func (t TLVs) tooLong() bool {
	for typ, value := range t.All {
		if typ == TypeUniqueID && len(value) > maxUniqueID || typ == TypeAuthority && len(value) > maxAuthority {
			return true
		}
	}
	return false
}

// SSL is the value of a TypeSSL field. When writing, fields that are empty are
// left out.
type SSL struct {
	Client uint8  // bits ClientSSL, ClientCertConn, ClientCertSess
	Verify uint32 // 0 if the client's certificate was verified
	Sub    TLVs   // as received; not used when writing

	Version, CN, Cipher, SigAlg, KeyAlg, Group, SigScheme string
	ClientCert                                            []byte // DER
}

// ParseSSL decodes the value of a TypeSSL field as far as its bits, the
// verification's result and the chain of its own fields, which must be well
// formed. The strings stay empty: read them from Sub.
func ParseSSL(value []byte) (s SSL, ok bool) {
	if len(value) < 5 || !TLVs(value[5:]).wellFormed() {
		return SSL{}, false
	}
	return SSL{Client: value[0], Verify: binary.BigEndian.Uint32(value[1:]), Sub: TLVs(value[5:])}, true
}
