package httpfetch

import (
	"segue/internal/htx"
	"segue/internal/lb"
	"segue/internal/sample"
	"segue/internal/wire/h1"
)

// startRows are the fetches of the start lines and of what is known of the
// whole transaction.
func startRows() []sample.Fetch {
	return []sample.Fetch{
		{Doc: doc("http_first_req", "True for the first request of a connection."),
			Out: sample.Bool, Use: sample.UseReqMeta, Eval: httpFirstReq},
		{Doc: doc("method", "The method of the request."),
			Out: sample.Meth, Use: sample.UseReqMeta, Eval: method},
		{Doc: doc("req.proto_http", "True when the request is valid HTTP."),
			Out: sample.Bool, Use: sample.UseReqMeta, Eval: protoHTTP},
		{Doc: doc("req.ver", "The version of the request, as \"1.1\"."),
			Out: sample.Str, Use: sample.UseReqMeta, Eval: reqVer},
		{Doc: doc("req_proto_http", "Old name of req.proto_http."),
			Out: sample.Bool, Use: sample.UseReqMeta, Eval: protoHTTP},
		{Doc: doc("req_ver", "Old name of req.ver."),
			Out: sample.Str, Use: sample.UseReqMeta, Eval: reqVer},
		{Doc: doc("res.ver", "The version of the response, as \"1.1\"."),
			Out: sample.Str, Use: sample.UseResMeta, Eval: resVer},
		{Doc: doc("resp_ver", "Old name of res.ver."),
			Out: sample.Str, Use: sample.UseResMeta, Eval: resVer},
		{Doc: doc("server_status", "The status code as the server sent it."),
			Out: sample.Int, Use: sample.UseResMeta, Eval: serverStatus},
		{Doc: doc("status", "The status code of the response."),
			Out: sample.Int, Use: sample.UseResMeta, Eval: status},
		{Doc: doc("txn.status", "The status code of the response as the client gets it."),
			Out: sample.Int, Use: sample.UseResMeta, Eval: status},
	}
}

func httpFirstReq(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	v.SetBool(s.Session == nil || s.Session.Requests <= 1)
	return true
}

// begun is request for the few fetches that also look into a TCP flow whose
// first bytes may be a request: they decide whether it goes on as HTTP. Manual
// 7.3.6. The head of a flow is valid until the next fetch.
func begun(s *lb.Stream) *htx.Head {
	if s.Flags&lb.IsTCP == 0 || s.Gen == nil {
		return request(s)
	}
	h := &s.Thread.Head
	h.Reset()
	t := &s.Gen.Conf.Global.Tune
	lim := h1.Limits{MaxFields: t.MaxHdr, MaxHead: t.BufSize - t.MaxRewrite}
	n, e := h1.ParseRequest(h, s.Input, 0, &lim)
	if e != h1.OK {
		return nil // no byte that may come will make it HTTP
	}
	if n == 0 {
		s.Missing = !s.Final
		return nil
	}
	return h
}

func method(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	h := begun(s)
	if h == nil {
		return false
	}
	v.Type, v.Bytes, v.Flags = sample.Meth, h.Bytes(h.Method), sample.Const
	v.Int = int64(h1.Kind(v.Bytes))
	return true
}

func protoHTTP(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	if begun(s) == nil {
		return false
	}
	v.SetBool(true)
	return true
}

func version(h *htx.Head, v *sample.Value) bool {
	return h != nil && text(v, h.Version()[len("HTTP/"):])
}

func reqVer(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool { return version(begun(s), v) }
func resVer(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool { return version(response(s), v) }

// status is what the client gets: a rule may have changed it, or Segue has
// made the response itself.
func status(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	n := int64(s.Res.Status)
	if n == 0 {
		n = int64(s.Status)
	}
	if n <= 0 {
		s.Missing = !s.Final
		return false
	}
	v.SetInt(n)
	return true
}

// serverStatus is 0 where a server had the request and gave no answer.
func serverStatus(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	v.SetInt(int64(s.ServerStatus))
	return s.ServerStatus != 0 || s.Flags&lb.IsTCP == 0 && s.Server != nil && s.Connected >= 0
}
