package l4fetch

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"math/rand/v2"

	"segue/internal/lb"
	"segue/internal/sample"
)

// randomRows are the fetches of random numbers and unique names.
func randomRows() []sample.Fetch {
	return []sample.Fetch{
		{Doc: docArgs("rand", "[range]", internal, "A random integer from 0 up to, not including, the range (2^32)."),
			Args: []sample.ArgSpec{optional("range", sample.ArgInt)}, Out: sample.Int, Use: sample.UseConst, Eval: random},
		{Doc: doc("unique-id", internal, "The unique ID of the request, made by unique-id-format on first use."),
			Out: sample.Str, Use: sample.UseConst | sample.UseServer4, Eval: uniqueID},
		{Doc: docArgs("uuid", "[version]", internal, "A UUID of version 4 (random) or 7 (time and random), RFC 9562."),
			Args: []sample.ArgSpec{optional("version", sample.ArgInt)}, Out: sample.Str, Use: sample.UseConst, Check: checkUUID, Eval: uuid},
	}
}

func random(_ *lb.Stream, args []sample.Arg, v *sample.Value) bool {
	n := int64(rand.Uint32())
	if args[0].Type == sample.ArgInt {
		n = n * args[0].Int >> 32
	}
	v.SetInt(n)
	return true
}

// uniqueID is made once and kept with the stream.
func uniqueID(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	id := s.UniqueID()
	return len(id) > 0 && text(v, id)
}

func checkUUID(args []sample.Arg, _ *sample.Scope) error {
	switch {
	case args[0].Type == sample.ArgNone:
		args[0].Int = 4
	case args[0].Int != 4 && args[0].Int != 7:
		return errors.New("Unsupported UUID version") //nolint:staticcheck // HAProxy's words
	}
	return nil
}

func uuid(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
	var id [16]byte
	binary.BigEndian.PutUint64(id[:], rand.Uint64())
	binary.BigEndian.PutUint64(id[8:], rand.Uint64())
	if args[0].Int == 7 { // 48 bits of milliseconds in front
		ms := uint64(wall(s) / 1e6)
		binary.BigEndian.PutUint64(id[:], ms<<16|uint64(rand.Uint32N(1<<12)))
	}
	id[6] = id[6]&0x0f | byte(args[0].Int)<<4
	id[8] = id[8]&0x3f | 0x80
	b := sample.Begin(s.Thread)
	for i, part := range [][]byte{id[:4], id[4:6], id[6:8], id[8:10], id[10:]} {
		if i > 0 {
			b = append(b, '-')
		}
		b = hex.AppendEncode(b, part)
	}
	v.SetStr(sample.End(s.Thread, b))
	return true
}
