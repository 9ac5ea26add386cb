package httpfetch

import (
	"segue/internal/lb"
	"segue/internal/sample"
)

// captureRows are the fetches of what was captured of messages that may be gone.
func captureRows() []sample.Fetch {
	index := []sample.ArgSpec{{Name: "index", Type: sample.ArgInt}}
	meta := sample.UseReqMeta
	return []sample.Fetch{
		{Doc: docArgs("capture.req.hdr", "index", "What the \"capture request header\" line of that number, from 0, captured."),
			Args: index, Out: sample.Str, Use: meta, Eval: captureReq},
		{Doc: doc("capture.req.method", "The method of the request, also in response rules."),
			Out: sample.Str, Use: meta, Eval: captureMethod},
		{Doc: doc("capture.req.uri", "The target of the request without scheme and host, also in response rules."),
			Out: sample.Str, Use: meta, Eval: captureURI},
		{Doc: doc("capture.req.ver", "\"HTTP/1.1\" or the like: the version of the request, also in response rules."),
			Out: sample.Str, Use: meta, Eval: captureReqVer},
		{Doc: docArgs("capture.res.hdr", "index", "What the \"capture response header\" line of that number, from 0, captured."),
			Args: index, Out: sample.Str, Use: sample.UseResMeta, Eval: captureRes},
		{Doc: doc("capture.res.ver", "\"HTTP/1.1\" or the like: the version of the response."),
			Out: sample.Str, Use: meta, Eval: captureResVer},
	}
}

func captured(s *lb.Stream, dir lb.Direction, n int64, v *sample.Value) bool {
	list := s.Captured[dir]
	return n >= 0 && n < int64(len(list)) && text(v, list[n])
}

func captureReq(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
	return captured(s, lb.Request, args[0].Int, v)
}

func captureRes(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
	return captured(s, lb.Response, args[0].Int, v)
}

func captureMethod(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	return s.Req.Method.Len > 0 && text(v, s.Req.Bytes(s.Req.Method))
}

func captureURI(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	return s.Req.Method.Len > 0 && text(v, s.Req.PathQuery())
}

func captureReqVer(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	return s.Req.Method.Len > 0 && text(v, s.Req.Version())
}

func captureResVer(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	return s.Res.Status > 0 && s.Flags&lb.Unparsed == 0 && text(v, s.Res.Version())
}
