// Package hash computes the hashes that the language offers, bit for bit as
// HAProxy does: a load balancer that takes over from another must send each
// client to the same server, and a map or a stick table that was filled by
// the other must be found again.
//
// SDBM, DJB2, WT6 and CRC32 are the functions of "hash-type" (manual 4.2) and,
// with CRC32C and the XXH family, converters (7.3.1). Avalanche is the mixing
// that "hash-type ... avalanche" and the converters' argument put behind a
// 32-bit hash; on its own it places servers on a consistent hash's ring.
//
// None of them is safe against someone who chooses the keys.
//
// testdata/observed.csv holds what HAProxy answered for keys of all lengths
// that a function treats differently.
package hash
