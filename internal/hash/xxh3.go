package hash

import (
	"encoding/binary"
	"math/bits"
)

// Sizes of XXH3, in bytes.
const (
	xxh3Stripe = 64   // taken in at once
	xxh3Block  = 1024 // after which the lanes are scrambled
	secretSize = 192
)

// xxh3Mix1 and xxh3Mix2 are XXH3's own multipliers.
const (
	xxh3Mix1 = 0x165667919E3779F9
	xxh3Mix2 = 0x9FB21C651E98DF25
)

// secret is XXH3's default secret, from its specification. Read only.
var secret = [secretSize]byte{
	0xb8, 0xfe, 0x6c, 0x39, 0x23, 0xa4, 0x4b, 0xbe, 0x7c, 0x01, 0x81, 0x2c, 0xf7, 0x21, 0xad, 0x1c,
	0xde, 0xd4, 0x6d, 0xe9, 0x83, 0x90, 0x97, 0xdb, 0x72, 0x40, 0xa4, 0xa4, 0xb7, 0xb3, 0x67, 0x1f,
	0xcb, 0x79, 0xe6, 0x4e, 0xcc, 0xc0, 0xe5, 0x78, 0x82, 0x5a, 0xd0, 0x7d, 0xcc, 0xff, 0x72, 0x21,
	0xb8, 0x08, 0x46, 0x74, 0xf7, 0x43, 0x24, 0x8e, 0xe0, 0x35, 0x90, 0xe6, 0x81, 0x3a, 0x26, 0x4c,
	0x3c, 0x28, 0x52, 0xbb, 0x91, 0xc3, 0x00, 0xcb, 0x88, 0xd0, 0x65, 0x8b, 0x1b, 0x53, 0x2e, 0xa3,
	0x71, 0x64, 0x48, 0x97, 0xa2, 0x0d, 0xf9, 0x4e, 0x38, 0x19, 0xef, 0x46, 0xa9, 0xde, 0xac, 0xd8,
	0xa8, 0xfa, 0x76, 0x3f, 0xe3, 0x9c, 0x34, 0x3f, 0xf9, 0xdc, 0xbb, 0xc7, 0xc7, 0x0b, 0x4f, 0x1d,
	0x8a, 0x51, 0xe0, 0x4b, 0xcd, 0xb4, 0x59, 0x31, 0xc8, 0x9f, 0x7e, 0xc9, 0xd9, 0x78, 0x73, 0x64,
	0xea, 0xc5, 0xac, 0x83, 0x34, 0xd3, 0xeb, 0xc3, 0xc5, 0x81, 0xa0, 0xff, 0xfa, 0x13, 0x63, 0xeb,
	0x17, 0x0d, 0xdd, 0x51, 0xb7, 0xf0, 0xda, 0x49, 0xd3, 0x16, 0x55, 0x26, 0x29, 0xd4, 0x68, 0x9e,
	0x2b, 0x16, 0xbe, 0x58, 0x7d, 0x47, 0xa1, 0xfc, 0x8f, 0xf8, 0xb8, 0xd1, 0x7a, 0xd0, 0x31, 0xce,
	0x45, 0xcb, 0x3a, 0x8f, 0x95, 0x16, 0x04, 0x28, 0xaf, 0xd7, 0xfb, 0xca, 0xbb, 0x4b, 0x40, 0x7e,
}

// XXH3 is the newest 64-bit hash of the family. Keys of different lengths go
// four different ways.
func XXH3(key []byte, seed uint64) uint64 {
	switch n := len(key); {
	case n <= 16:
		return xxh3To16(key, seed)
	case n <= 128:
		return xxh3To128(key, seed)
	case n <= 240:
		return xxh3To240(key, seed)
	}
	return xxh3Long(key, seed)
}

// fold multiplies to 128 bits and folds them to 64.
func fold(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

// mix16 mixes 16 bytes of the key with 16 of the secret.
func mix16(key, sec []byte, seed uint64) uint64 {
	return fold(le64(key)^(le64(sec)+seed), le64(key[8:])^(le64(sec[8:])-seed))
}

// xxh3Finish is XXH3's final mixing, xxh64Finish that of XXH64.
func xxh3Finish(h uint64) uint64 {
	h = (h ^ h>>37) * xxh3Mix1
	return h ^ h>>32
}

func xxh64Finish(h uint64) uint64 {
	h = (h ^ h>>33) * p64x2
	h = (h ^ h>>29) * p64x3
	return h ^ h>>32
}

func xxh3To16(key []byte, seed uint64) uint64 {
	n := len(key)
	switch {
	case n > 8:
		lo := le64(key) ^ ((le64(secret[24:]) ^ le64(secret[32:])) + seed)
		hi := le64(key[n-8:]) ^ ((le64(secret[40:]) ^ le64(secret[48:])) - seed)
		return xxh3Finish(uint64(n) + bits.ReverseBytes64(lo) + hi + fold(lo, hi))
	case n >= 4:
		seed ^= uint64(bits.ReverseBytes32(uint32(seed))) << 32
		h := uint64(le32(key[n-4:])) + uint64(le32(key))<<32
		h ^= (le64(secret[8:]) ^ le64(secret[16:])) - seed
		h ^= bits.RotateLeft64(h, 49) ^ bits.RotateLeft64(h, 24)
		h *= xxh3Mix2
		h ^= h>>35 + uint64(n)
		h *= xxh3Mix2
		return h ^ h>>28
	case n > 0:
		h := uint64(key[0])<<16 | uint64(key[n>>1])<<24 | uint64(key[n-1]) | uint64(n)<<8
		return xxh64Finish(h ^ (uint64(le32(secret[:])^le32(secret[4:])) + seed))
	}
	return xxh64Finish(seed ^ le64(secret[56:]) ^ le64(secret[64:]))
}

// xxh3To128 mixes 16 bytes from both ends inwards.
func xxh3To128(key []byte, seed uint64) uint64 {
	n := len(key)
	h := uint64(n) * p64x1
	for i := (n - 1) / 32; i >= 0; i-- {
		h += mix16(key[16*i:], secret[32*i:], seed)
		h += mix16(key[n-16*(i+1):], secret[32*i+16:], seed)
	}
	return xxh3Finish(h)
}

// xxh3To240 mixes 16 bytes after the other; from the ninth on, and for the
// last, the secret is used at odd places.
func xxh3To240(key []byte, seed uint64) uint64 {
	n := len(key)
	h := uint64(n) * p64x1
	for i := range 8 {
		h += mix16(key[16*i:], secret[16*i:], seed)
	}
	h = xxh3Finish(h)
	for i := 8; i < n/16; i++ {
		h += mix16(key[16*i:], secret[16*(i-8)+3:], seed)
	}
	return xxh3Finish(h + mix16(key[n-16:], secret[136-17:], seed))
}

// lanes are the state of XXH3 for long keys.
type lanes [8]uint64

// take takes in one stripe.
func (l *lanes) take(key, sec []byte) {
	key, sec = key[:xxh3Stripe], sec[:xxh3Stripe]
	for i := range l {
		v := le64(key[8*i:])
		k := v ^ le64(sec[8*i:])
		l[i^1] += v
		l[i] += uint64(uint32(k)) * (k >> 32)
	}
}

// scramble ends a block.
func (l *lanes) scramble(sec []byte) {
	for i := range l {
		l[i] = (l[i] ^ l[i]>>47 ^ le64(sec[8*i:])) * p32x1
	}
}

func xxh3Long(key []byte, seed uint64) uint64 {
	sec := secret
	if seed != 0 {
		seedSecret(&sec, seed)
	}
	l := lanes{p32x3, p64x1, p64x2, p64x3, p64x4, p32x2, p64x5, p32x1}
	rest := key
	// The last stripe is taken apart from the others even if it is whole.
	for ; len(rest) > xxh3Block; rest = rest[xxh3Block:] {
		for i := range xxh3Block / xxh3Stripe {
			l.take(rest[i*xxh3Stripe:], sec[8*i:])
		}
		l.scramble(sec[secretSize-xxh3Stripe:])
	}
	for i := range (len(rest) - 1) / xxh3Stripe {
		l.take(rest[i*xxh3Stripe:], sec[8*i:])
	}
	l.take(key[len(key)-xxh3Stripe:], sec[secretSize-xxh3Stripe-7:])
	h := uint64(len(key)) * p64x1
	for i := 0; i < len(l); i += 2 {
		h += fold(l[i]^le64(sec[11+8*i:]), l[i+1]^le64(sec[11+8*i+8:]))
	}
	return xxh3Finish(h)
}

// seedSecret makes the secret that goes with a seed.
func seedSecret(sec *[secretSize]byte, seed uint64) {
	for i := 0; i < secretSize; i += 16 {
		binary.LittleEndian.PutUint64(sec[i:], le64(secret[i:])+seed)
		binary.LittleEndian.PutUint64(sec[i+8:], le64(secret[i+8:])-seed)
	}
}
