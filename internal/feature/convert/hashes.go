package convert

import (
	"segue/internal/hash"
	"segue/internal/lb"
	"segue/internal/sample"
)

// hashRows are the converters that hash into integers.
func hashRows() []sample.Converter {
	row := func(name, form, text string, f func(b []byte, arg int64) int64) sample.Converter {
		return sample.Converter{Doc: docArgs(name, "["+form+"]", text), Args: []sample.ArgSpec{may(form, sample.ArgInt)},
			In: sample.Bin, Out: sample.Int, Eval: hashed(f)}
	}
	short := func(name, text string, f func([]byte) uint32) sample.Converter {
		return row(name, "avalanche", text+" With 1 as argument its bits are mixed once more.", func(b []byte, arg int64) int64 {
			h := f(b)
			if arg != 0 {
				h = hash.Avalanche(h)
			}
			return int64(h)
		})
	}
	return []sample.Converter{
		short("crc32", "CRC-32 of Ethernet and gzip.", hash.CRC32),
		short("crc32c", "CRC-32C of SCTP (RFC 4960).", hash.CRC32C),
		short("djb2", "The hash djb2.", hash.DJB2),
		short("sdbm", "The hash sdbm.", hash.SDBM),
		short("wt6", "The hash wt6.", hash.WT6),
		row("xxh3", "seed", "The 64-bit hash XXH3.", func(b []byte, seed int64) int64 { return int64(hash.XXH3(b, uint64(seed))) }),
		row("xxh32", "seed", "The 32-bit hash XXH32.", func(b []byte, seed int64) int64 { return int64(hash.XXH32(b, uint32(seed))) }),
		row("xxh64", "seed", "The 64-bit hash XXH64.", func(b []byte, seed int64) int64 { return int64(hash.XXH64(b, uint64(seed))) }),
	}
}

func hashed(f func([]byte, int64) int64) evalFunc {
	return func(_ *lb.Stream, args []sample.Arg, v *sample.Value) bool {
		v.SetInt(f(v.Bytes, args[0].Int))
		return true
	}
}
