package logfmt

import (
	"errors"
	"net/netip"

	"segue/internal/conf"
	"segue/internal/htx"
	"segue/internal/keyword"
	"segue/internal/lb"
	"segue/internal/sample"
)

// words is a vocabulary of a few fetches for tests.
type words map[string]*sample.Fetch

func (w words) Fetch(name string) *sample.Fetch       { return w[name] }
func (words) Converter(name string) *sample.Converter { return nil }
func (words) Alias(string) *sample.Alias              { return nil }
func (words) AliasNames() []string                    { return nil }
func (words) ConverterNames() []string                { return nil }
func (w words) FetchNames() []string {
	var names []string
	for n := range w {
		names = append(names, n)
	}
	return names
}

func vocabulary() words {
	one := []sample.ArgSpec{{Name: "v", Type: sample.ArgStr}}
	num := []sample.ArgSpec{{Name: "v", Type: sample.ArgInt}}
	row := func(name string, args []sample.ArgSpec, out sample.Type, use sample.Use, eval func(*lb.Stream, []sample.Arg, *sample.Value) bool) *sample.Fetch {
		return &sample.Fetch{Doc: keyword.Doc{Name: name}, Args: args, Out: out, Use: use, Eval: eval}
	}
	return words{
		"str": row("str", one, sample.Str, sample.UseConst, func(s *lb.Stream, a []sample.Arg, v *sample.Value) bool {
			v.SetString(s.Thread, a[0].Str)
			return true
		}),
		"bin": row("bin", nil, sample.Bin, sample.UseConst, func(_ *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
			v.Type, v.Bytes = sample.Bin, []byte("ab\xff\x00")
			return true
		}),
		"int": row("int", num, sample.Int, sample.UseConst, func(_ *lb.Stream, a []sample.Arg, v *sample.Value) bool {
			v.SetInt(a[0].Int)
			return true
		}),
		"bool": row("bool", num, sample.Bool, sample.UseConst, func(_ *lb.Stream, a []sample.Arg, v *sample.Value) bool {
			v.SetBool(a[0].Int != 0)
			return true
		}),
		"none": row("none", nil, sample.Str, sample.UseConst, func(*lb.Stream, []sample.Arg, *sample.Value) bool { return false }),
		"src": row("src", nil, sample.Addr, sample.UseClient4, func(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
			v.SetAddr(s.Session.Src.Addr())
			return true
		}),
		"path": row("path", nil, sample.Str, sample.UseReqFields, func(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
			v.SetStr(s.Req.Path())
			return true
		}),
	}
}

func scope() *sample.Scope { return &sample.Scope{Words: vocabulary()} }

// stream is a finished request: received in 1 ms, queued 2, connected in 3,
// answered in 4, 10 ms of data, at 2026-11-21 09:02:27.918 UTC.
func stream() *lb.Stream {
	const t = int64(1e9)
	px := &lb.Proxy{Name: "f1", Conf: &conf.Proxy{Kind: "frontend"}, Front: &lb.ProxyState{}}
	px.Captures[0] = []lb.Capture{{Name: "host", Len: 20}, {Name: "x-q", Len: 20}}
	px.Captures[1] = []lb.Capture{{Name: "server", Len: 20}}
	back := &lb.Proxy{Name: "b", Conf: &conf.Proxy{Kind: "backend"}, Back: &lb.ProxyState{}}
	px.Front.Cur.Store(4)
	back.Back.Cur.Store(3)
	srv := &lb.Server{Name: "s", Proxy: back, State: &lb.ServerState{}}
	addr := netip.MustParseAddrPort("127.0.0.1:25580")
	srv.State.Addr.Store(&addr)
	srv.State.Cur.Store(2)
	th := &lb.Thread{Process: &lb.Process{PID: 17843}}
	th.Process.Conns.Store(5)
	s := &lb.Stream{
		Session: &lb.Session{Thread: th, Accepted: t, Requests: 1, Handshake: 0, Flags: lb.DstSet,
			Src: netip.MustParseAddrPort("127.0.0.1:35500"), Dst: netip.MustParseAddrPort("127.0.0.1:25501")},
		Thread: th, Front: px, Back: back, Server: srv, Bind: &lb.Bind{Conf: &conf.Bind{}, ID: 1},
		Start: t, HeadDone: t + 1*ms, Queued: t + 3*ms, Connected: t + 6*ms, ResHeadDone: t + 10*ms, End: t + 20*ms, LogOrigin: conf.LogClose,
		StartWall: 1795251747_918000000, Status: 200, BytesIn: 128, BytesOut: 76, Term: [4]byte{'-', '-', '-', '-'}, ID: 10,
		BackSrc: netip.MustParseAddrPort("127.0.0.1:49654"),
	}
	s.Req.SetMethod([]byte("GET"))
	s.Req.SetTarget([]byte("/x/y?z=1"))
	s.Req.Minor = 1
	s.Req.Fields = append(s.Req.Fields, htx.Field{})[:0]
	s.Captured[0] = [][]byte{[]byte("127.0.0.1:25501"), []byte("a\"b}|\xc3\xa9\\c]")}
	s.Captured[1] = [][]byte{[]byte("org")}
	return s
}

// hintOf returns the hint of an error.
func hintOf(err error) string {
	var e *sample.Error
	if errors.As(err, &e) {
		return e.Hint
	}
	return ""
}
