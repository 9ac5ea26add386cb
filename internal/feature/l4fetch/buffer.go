package l4fetch

import (
	"errors"
	"strings"

	"segue/internal/lb"
	"segue/internal/sample"
)

// bufferRows are the fetches of bytes that have arrived, for TCP rules.
func bufferRows() []sample.Fetch {
	req, res := sample.UseReqBytes, sample.UseResBytes
	pos := []sample.ArgSpec{{Name: "offset", Type: sample.ArgInt}, {Name: "length", Type: sample.ArgInt}}
	lv := []sample.ArgSpec{{Name: "offset1", Type: sample.ArgInt}, {Name: "length", Type: sample.ArgInt}, optional("offset2", sample.ArgStr)}
	length := func(name string, use sample.Use, text string) sample.Fetch {
		return sample.Fetch{Doc: doc(name, layer6, text), Out: sample.Int, Use: use, Eval: bufferLen}
	}
	block := func(name string, use sample.Use, text string) sample.Fetch {
		return sample.Fetch{Doc: docArgs(name, "offset,length", layer6, text), Args: pos, Out: sample.Bin, Use: use, Eval: payload}
	}
	field := func(name string, use sample.Use, text string) sample.Fetch {
		return sample.Fetch{Doc: docArgs(name, "offset1,length[,offset2]", layer6, text), Args: lv, Out: sample.Bin, Use: use, Check: checkPayloadLV, Eval: payloadLV}
	}
	const (
		blockText = "Bytes of what has arrived; a length of 0 takes all behind the offset."
		fieldText = "Bytes whose length stands at offset1; they begin behind it or at offset2, which a sign makes relative."
	)
	return []sample.Fetch{
		block("payload", req|res, blockText),
		field("payload_lv", req|res, fieldText),
		length("req.len", req, "How many bytes of the request have arrived."),
		block("req.payload", req, blockText),
		field("req.payload_lv", req, fieldText),
		length("req_len", req, "Old name of req.len."),
		length("res.len", res, "How many bytes of the response have arrived."),
		block("res.payload", res, blockText),
		field("res.payload_lv", res, fieldText),
		{Doc: doc("wait_end", layer6, "True when inspect-delay is over or no more bytes will come; waits until then."),
			Out: sample.Bool, Use: sample.UseInternal, Eval: waitEnd},
		{Doc: doc("internal.strm.is_htx", "7.3.7", "True when the stream is one of HTTP."), Out: sample.Bool, Use: sample.UseInternal,
			Eval: boolean(func(s *lb.Stream) bool { return s.Flags&lb.IsTCP == 0 })},
	}
}

// arrived returns the bytes of a TCP stream that rules look at. HTTP messages
// have none: they are no plain bytes.
func arrived(s *lb.Stream) []byte {
	if s.Dir == lb.Response {
		return s.Output
	}
	return s.Input
}

func bufferLen(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	n := len(arrived(s))
	if s.Flags&lb.IsTCP == 0 {
		n = len(s.Head().Buf) + len(s.Pending)
	}
	v.SetInt(int64(n))
	v.Flags |= sample.MayChange
	return true
}

// inspectable is how many bytes a rule may ask for at the most: tune.bufsize.
// What lies in its last part, which tune.maxrewrite keeps free, never arrives.
func inspectable(s *lb.Stream) int { return s.Gen.Conf.Global.Tune.BufSize }

func payload(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
	return slice(s, args[0].Int, args[1].Int, v)
}

// slice takes length bytes at offset, all there are for a length of 0.
func slice(s *lb.Stream, offset, length int64, v *sample.Value) bool {
	if s.Flags&lb.IsTCP == 0 || offset < 0 || length < 0 || offset > int64(inspectable(s)) || length > int64(inspectable(s))-offset {
		return false
	}
	b := arrived(s)
	if offset+length > int64(len(b)) {
		s.Missing = !s.Final
		return false
	}
	b = b[offset:]
	if length > 0 {
		b = b[:length]
	} else {
		v.Flags |= sample.MayChange
	}
	v.Type, v.Bytes = sample.Bin, b
	v.Flags |= sample.Const
	return true
}

// checkPayloadLV reads offset2: "5" is a place, "+5" and "-5" are relative to
// the end of the length.
func checkPayloadLV(args []sample.Arg, _ *sample.Scope) error {
	if args[1].Int <= 0 || args[1].Int > 8 {
		return errors.New("payload length must be > 0")
	}
	if args[2].Str == "" {
		return nil
	}
	n, used := sample.ParseInt([]byte(args[2].Str))
	if used != len(args[2].Str) {
		return errors.New("payload offset2 is not a number")
	}
	args[2].Int = n
	base := args[0].Int + args[1].Int
	if strings.HasPrefix(args[2].Str, "+") || n < 0 {
		if base+n < 0 {
			return errors.New("payload offset2 too negative")
		}
		args[2].Int = base + n
	}
	return nil
}

func payloadLV(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
	if !slice(s, args[0].Int, args[1].Int, v) {
		return false
	}
	length := int64(0)
	for _, c := range v.Bytes {
		length = length<<8 | int64(c)
	}
	if length <= 0 {
		return false
	}
	at := args[0].Int + args[1].Int
	if args[2].Str != "" {
		at = args[2].Int
	}
	return slice(s, at, length, v)
}

func waitEnd(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	if !s.Final {
		s.Missing = true
		return false
	}
	v.SetBool(true)
	return true
}
