package hash

import (
	"hash/crc32"
	"math/bits"
)

// SDBM is the default of "hash-type": each byte is added to 65599 times what
// came before.
func SDBM(key []byte) uint32 {
	var h uint32
	for _, c := range key {
		h = h*65599 + uint32(c)
	}
	return h
}

// DJB2 is Bernstein's: 33 times what came before, from 5381 on.
func DJB2(key []byte) uint32 {
	h := uint32(5381)
	for _, c := range key {
		h = h*33 + uint32(c)
	}
	return h
}

// WT6 runs two halves that are turned by amounts which depend on the key. Its
// start values, its first turns and which bits choose the next ones are facts
// from HAProxy 3.4's src/hash.c.
func WT6(key []byte) uint32 {
	h0, h1 := uint32(0xa53c965a), uint32(0x5ca6953a)
	turn0, turn1 := 6, 18
	for _, c := range key {
		h0, h1 = ^(h0 ^ uint32(c)), ^(h1 + uint32(c))
		h0, h1 = bits.RotateLeft32(h1, turn0), bits.RotateLeft32(h0, turn1)
		mix := uint16(h0>>16 ^ h1)
		turn0, turn1 = int(mix&31), int(mix>>11)
	}
	return h0 ^ h1
}

// CRC32 is the checksum of Ethernet, gzip and others (IEEE 802.3).
func CRC32(key []byte) uint32 { return crc32.ChecksumIEEE(key) }

// CRC32C is Castagnoli's, RFC 4960 appendix B.
func CRC32C(key []byte) uint32 {
	return crc32.Checksum(key, crc32.MakeTable(crc32.Castagnoli))
}

// Avalanche spreads a change of any bit over all of the result. It is one of
// Bob Jenkins' integer hashes (burtleburtle.net/bob/hash/integer.html) and a
// multiplication by 3221225473; constants and shifts are facts from HAProxy
// 3.4's include/haproxy/intops.h.
func Avalanche(a uint32) uint32 {
	a += 0x7ed55d16 + a<<12
	a ^= 0xc761c23c ^ a>>19
	a += 0x165667b1 + a<<5
	a = a + 0xd3a2646c ^ a<<9
	a += 0xfd7046c5 + a<<3
	a ^= 0xb55a4f09 ^ a>>16
	return a * 3221225473
}
