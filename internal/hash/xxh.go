package hash

import (
	"encoding/binary"
	"math/bits"

	"github.com/cespare/xxhash/v2"
)

// Primes of the XXH family (github.com/Cyan4973/xxHash,
// doc/xxhash_spec.md).
const (
	p32x1 = 0x9E3779B1
	p32x2 = 0x85EBCA77
	p32x3 = 0xC2B2AE3D
	p32x4 = 0x27D4EB2F
	p32x5 = 0x165667B1

	p64x1 = 0x9E3779B185EBCA87
	p64x2 = 0xC2B2AE3D27D4EB4F
	p64x3 = 0x165667B19E3779F9
	p64x4 = 0x85EBCA77C2B2AE63
	p64x5 = 0x27D4EB2F165667C5
)

func le32(b []byte) uint32 { return binary.LittleEndian.Uint32(b) }
func le64(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }

// XXH64 is the 64-bit hash of the family.
func XXH64(key []byte, seed uint64) uint64 {
	if seed == 0 {
		return xxhash.Sum64(key)
	}
	var d xxhash.Digest
	d.ResetWithSeed(seed)
	_, _ = d.Write(key) // never fails
	return d.Sum64()
}

// XXH32 is the 32-bit hash of the family.
func XXH32(key []byte, seed uint32) uint32 {
	h := seed + p32x5
	rest := key
	if len(key) >= 16 {
		h, rest = xxh32Stripes(key, seed)
	}
	h += uint32(len(key))
	for ; len(rest) >= 4; rest = rest[4:] {
		h = bits.RotateLeft32(h+le32(rest)*p32x3, 17) * p32x4
	}
	for _, c := range rest {
		h = bits.RotateLeft32(h+uint32(c)*p32x5, 11) * p32x1
	}
	h = (h ^ h>>15) * p32x2
	h = (h ^ h>>13) * p32x3
	return h ^ h>>16
}

// xxh32Stripes takes in whole stripes of 16 bytes, in four lanes.
func xxh32Stripes(key []byte, seed uint32) (h uint32, rest []byte) {
	lanes := [4]uint32{seed, seed, seed, seed}
	lanes[0] += p32x1 // in steps: the constants' sum does not fit at compile time
	lanes[0] += p32x2
	lanes[1] += p32x2
	lanes[3] -= p32x1
	for ; len(key) >= 16; key = key[16:] {
		for i := range lanes {
			lanes[i] = bits.RotateLeft32(lanes[i]+le32(key[4*i:])*p32x2, 13) * p32x1
		}
	}
	return bits.RotateLeft32(lanes[0], 1) + bits.RotateLeft32(lanes[1], 7) +
		bits.RotateLeft32(lanes[2], 12) + bits.RotateLeft32(lanes[3], 18), key
}
