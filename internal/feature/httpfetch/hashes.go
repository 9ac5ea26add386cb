package httpfetch

import (
	"encoding/binary"

	"segue/internal/hash"
	"segue/internal/htx"
	"segue/internal/lb"
	"segue/internal/sample"
)

// hashRows are the fetches of hashes of the target.
func hashRows() []sample.Fetch {
	use := sample.UseReqFields
	return []sample.Fetch{
		{Doc: doc("base32", "The same as base,sdbm(1)."), Out: sample.Int, Use: use, Eval: base32},
		{Doc: doc("base32+src", "base32 and the client's address, in 8 or 20 bytes."), Out: sample.Bin, Use: use, Eval: withSrc(base32)},
		{Doc: doc("url32", "Like base32, with the query string."), Out: sample.Int, Use: use, Eval: url32},
		{Doc: doc("url32+src", "url32 and the client's address, in 8 or 20 bytes."), Out: sample.Bin, Use: use, Eval: withSrc(url32)},
	}
}

func base32(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	return hashTarget(s, v, (*htx.Head).Path)
}

func url32(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	return hashTarget(s, v, (*htx.Head).PathQuery)
}

func hashTarget(s *lb.Stream, v *sample.Value, part func(*htx.Head) []byte) bool {
	h := request(s)
	if h == nil {
		return false
	}
	b := append(sample.Begin(s.Thread), h.Get(htx.Host, "host")...)
	b = append(b, rooted(part(h))...)
	v.SetInt(int64(hash.Avalanche(hash.SDBM(b))))
	return true
}

func withSrc(number evalFunc) evalFunc {
	return func(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
		if !number(s, args, v) {
			return false
		}
		b := binary.BigEndian.AppendUint32(sample.Begin(s.Thread), uint32(v.Int))
		if s.Session != nil {
			switch a := s.Client().Addr(); {
			case a.Is4():
				ip := a.As4()
				b = append(b, ip[:]...)
			case a.Is6():
				ip := a.As16()
				b = append(b, ip[:]...)
			}
		}
		v.Type, v.Bytes = sample.Bin, sample.End(s.Thread, b)
		return true
	}
}
