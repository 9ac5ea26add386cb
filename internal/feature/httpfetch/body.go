package httpfetch

import (
	"segue/internal/htx"
	"segue/internal/lb"
	"segue/internal/sample"
	"segue/internal/wire/h1"
)

// bodyRows are the fetches of message bodies: of what has arrived of them, which
// is the whole only after "option http-buffer-request" or "wait-for-body".
func bodyRows() []sample.Fetch {
	req, res := sample.UseReqFields, sample.UseResFields
	param := []sample.ArgSpec{optional("name", sample.ArgStr), optional("flags", sample.ArgStr)}
	return []sample.Fetch{
		{Doc: doc("req.body", "What has arrived of the request's body."), Out: sample.Bin, Use: req, Eval: reqBody},
		{Doc: doc("req.body_len", "How many bytes of the request's body have arrived."), Out: sample.Int, Use: req, Eval: lengthOf(reqBody)},
		{Doc: docArgs("req.body_param", "[name[,i]]", "A parameter of a body that holds form fields; \"i\" ignores the case of the name."),
			Args: param, Out: sample.Bin, Use: req, Eval: reqBodyParam},
		{Doc: doc("req.body_size", "The length of the request's body as announced, or what has arrived when it is chunked."),
			Out: sample.Int, Use: req, Eval: sizeOf(request, reqBody)},
		{Doc: doc("res.body", "What has arrived of the response's body."), Out: sample.Bin, Use: res, Eval: resBody},
		{Doc: doc("res.body_len", "How many bytes of the response's body have arrived."), Out: sample.Int, Use: res, Eval: lengthOf(resBody)},
		{Doc: doc("res.body_size", "The length of the response's body as announced, or what has arrived when it is chunked."),
			Out: sample.Int, Use: res, Eval: sizeOf(response, resBody)},
	}
}

// payload returns the body in raw, which has the framing of h. Chunked bodies
// are put together in the arena.
func payload(s *lb.Stream, h *htx.Head, raw []byte) []byte {
	if h.Framing != htx.Chunked || len(raw) == 0 {
		return raw
	}
	var b h1.Body
	b.Start(htx.Chunked, 0)
	out, _, _, _ := b.Decode(append(sample.Begin(s.Thread), raw...))
	return sample.End(s.Thread, out)
}

func reqBody(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	h := request(s)
	if h == nil {
		return false
	}
	v.Type, v.Bytes = sample.Bin, payload(s, h, s.Pending)
	if !s.ReqBody.Done() {
		v.Flags |= sample.MayChange
	}
	return true
}

// resBody is only there while the response's head is being processed: its first
// bytes wait in the loop's scratch.
func resBody(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	h := response(s)
	if h == nil {
		return false
	}
	var raw []byte
	if s.Session.Flags&lb.IsCheck != 0 {
		v.Type, v.Bytes = sample.Bin, s.Input // decoded
		v.Flags |= sample.MayChange
		return true
	}
	if s.Thread.Loop != nil && s.ResRest < s.ResEnd && s.ResEnd <= len(s.Thread.Scratch) {
		raw = s.Thread.Scratch[s.ResRest:s.ResEnd]
	}
	v.Type, v.Bytes = sample.Bin, payload(s, h, raw)
	if !s.ResBody.Done() {
		v.Flags |= sample.MayChange
	}
	return true
}

func lengthOf(body evalFunc) evalFunc {
	return func(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
		if !body(s, args, v) {
			return false
		}
		v.SetInt(int64(len(v.Bytes)))
		return true
	}
}

func sizeOf(src side, body evalFunc) evalFunc {
	return func(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
		h := src(s)
		if h == nil || !body(s, args, v) {
			return false
		}
		n := int64(len(v.Bytes))
		if h.Framing == htx.Length {
			n = h.ContentLength
		}
		v.SetInt(n)
		return true
	}
}

// reqBodyParam keeps in s.Iter[0] where in the body the next parameter begins.
func reqBodyParam(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
	if !reqBody(s, nil, v) {
		return false
	}
	fold := args[1].Str == "i"
	value, next, ok := findParam(v.Bytes, int(s.Iter[0]), '&', args[0].Str, fold)
	if !ok {
		return false
	}
	if s.Iterate {
		s.Iter[0] = uint32(next)
		if _, _, more := findParam(v.Bytes, next, '&', args[0].Str, fold); more {
			v.Flags |= sample.NotLast
		}
	}
	v.Type, v.Bytes = sample.Str, value
	return true
}
