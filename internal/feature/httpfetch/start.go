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

func method(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	h := request(s)
	if h == nil {
		return false
	}
	v.Type, v.Bytes, v.Flags = sample.Meth, h.Bytes(h.Method), sample.Const
	v.Int = int64(h1.Kind(v.Bytes))
	return true
}

func protoHTTP(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	if request(s) == nil {
		return false
	}
	v.SetBool(true)
	return true
}

// versions are what req.ver and res.ver return.
var versions = [][]byte{[]byte("1.0"), []byte("1.1")}

func version(h *htx.Head, v *sample.Value) bool {
	return h != nil && text(v, versions[h.Minor&1])
}

func reqVer(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool { return version(request(s), v) }
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

func serverStatus(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	if s.Status <= 0 || s.Flags&lb.LocalAnswer != 0 {
		return false
	}
	v.SetInt(int64(s.Status))
	return true
}
