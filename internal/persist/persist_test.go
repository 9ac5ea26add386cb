package persist

import (
	"net/netip"
	"testing"
	"time"

	"segue/internal/conf"
	"segue/internal/htx"
	"segue/internal/lb"
)

const now = 1_700_000_000 // unix s, a multiple of 4

// backend has servers "a" and "b" with cookies "A" and "B", and "c" without.
func backend(t *testing.T, c *conf.Cookie, down ...string) (*lb.Proxy, *Plan) {
	t.Helper()
	px := &lb.Proxy{Name: "be", Mode: conf.HTTP, Conf: &conf.Proxy{Cookie: c, DynamicCookieKey: "key"}}
	for i, name := range []string{"a", "b", "c"} {
		st := new(lb.ServerState)
		st.Oper.Store(int32(lb.Running))
		st.Weight.Store(1)
		addr := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(i + 1)}), 80)
		st.Addr.Store(&addr)
		for _, d := range down {
			if d == name {
				st.Oper.Store(int32(lb.Stopped))
			}
		}
		srv := &lb.Server{Name: name, State: st, Proxy: px, Conf: &conf.Server{Name: name, ServerWords: new(conf.ServerWords)}}
		if !c.Dynamic && name != "c" {
			srv.Conf.Cookie = string(name[0] - 32)
		}
		px.Servers = append(px.Servers, srv)
	}
	p := New(px, nil, "")
	px.Persist = p
	return px, p
}

func stream(px *lb.Proxy, cookie string) *lb.Stream {
	s := &lb.Stream{Thread: &lb.Thread{}, Back: px, Front: px, Session: &lb.Session{}, Term: [4]byte{'-', '-', '-', '-'}}
	s.Req.SetMethod([]byte("GET"))
	if cookie != "" {
		s.Req.AddString(htx.Cookie, "Cookie", []byte(cookie))
	}
	s.Res.Status = 200
	return s
}

func dated(value string, unix ...int64) string {
	b := []byte(value)
	for _, u := range unix {
		b = appendDate(append(b, dateBar), u)
	}
	return string(b)
}

func TestRequest(t *testing.T) {
	insert := conf.Cookie{Name: "S", Mode: "insert"}
	indirect := conf.Cookie{Name: "S", Mode: "insert", Indirect: true}
	prefix := conf.Cookie{Name: "S", Mode: "prefix"}
	aged := conf.Cookie{Name: "S", Mode: "insert", MaxIdle: time.Minute, MaxLife: time.Hour}
	for _, c := range []struct {
		name, cookie string
		conf         conf.Cookie
		down         string
		options      conf.Options
		flags        lb.StreamFlags
		want, left   string // server, what the server sees
		term         byte
	}{
		{name: "none", conf: insert, term: 'N'},
		{name: "valid", conf: insert, cookie: "S=B", want: "b", left: "S=B", term: 'V'},
		{name: "a comma ends a value", conf: insert, cookie: "x=1,S=B,y=2", want: "b", left: "x=1,S=B,y=2", term: 'V'},
		{name: "what a comma ends is removed alone", conf: indirect, cookie: "x=1,S=B,y=2", want: "b", left: "x=1,y=2", term: 'V'},
		{name: "another's value keeps its comma", conf: indirect, cookie: "x=a,b; S=B", want: "b", left: "x=a,b", term: 'V'},
		{name: "a comma in quotes ends nothing", conf: insert, cookie: "x=\"1,S=A\"; S=B", want: "b", left: "x=\"1,S=A\"; S=B", term: 'V'},
		{name: "another name is not ours", conf: insert, cookie: "XS=B; SX=A", left: "XS=B; SX=A", term: 'N'},
		{name: "unknown value", conf: insert, cookie: "S=Z", left: "S=Z", term: 'I'},
		{name: "empty is nobody's", conf: insert, cookie: "S=", left: "S=", term: 'I'},
		{name: "indirect hides it", conf: indirect, cookie: "x=1; S=A; y=2", want: "a", left: "x=1; y=2", term: 'V'},
		{name: "indirect removes an empty field", conf: indirect, cookie: "S=A", want: "a", term: 'V'},
		{name: "indirect removes what belongs to it", conf: indirect, cookie: "$Version=1; x=1; S=B; $Path=/; y=2; $Path=/", want: "b", left: "$Version=1; x=1; y=2; $Path=/", term: 'V'},
		{name: "indirect leaves no version alone", conf: indirect, cookie: "$Version=1; S=B; $Path=/", want: "b", term: 'V'},
		{name: "a field without it is left", conf: indirect, cookie: "$Version=1; XS=1; $Path=/", left: "$Version=1; XS=1; $Path=/", term: 'N'},
		{name: "blanks around the equal sign go", conf: insert, cookie: "x = 1; S = B", want: "b", left: "x = 1; S=B", term: 'V'},
		{name: "down", conf: insert, cookie: "S=A", down: "a", left: "S=A", term: 'D'},
		{name: "down, option persist", conf: insert, cookie: "S=A", down: "a", options: conf.OptPersist, want: "a", left: "S=A", term: 'D'},
		{name: "down, force-persist", conf: insert, cookie: "S=A", down: "a", flags: lb.ForcePersist, want: "a", left: "S=A", term: 'D'},
		{name: "ignore-persist", conf: insert, cookie: "S=A", flags: lb.IgnorePersist, left: "S=A", term: 'U'},
		{name: "use-server came first", conf: insert, cookie: "S=A", flags: lb.Direct, left: "S=A", term: 'U'},
		{name: "prefix is cut off", conf: prefix, cookie: "S=B~app", want: "b", left: "S=app", term: 'V'},
		{name: "prefix that is unknown is cut off, too", conf: prefix, cookie: "S=Q~app", left: "S=app", term: 'I'},
		{name: "fresh", conf: aged, cookie: "S=" + dated("A", now-10, now-100), want: "a", left: "S=" + dated("A", now-10, now-100), term: 'V'},
		{name: "idle for too long", conf: aged, cookie: "S=" + dated("A", now-64), left: "S=" + dated("A", now-64), term: 'E'},
		{name: "lived for too long", conf: aged, cookie: "S=" + dated("A", now-8, now-3700), left: "S=" + dated("A", now-8, now-3700), term: 'O'},
		{name: "from the far future", conf: aged, cookie: "S=" + dated("A", now+90000), left: "S=" + dated("A", now+90000), term: 'E'},
		{name: "no date is accepted", conf: aged, cookie: "S=A", want: "a", left: "S=A", term: 'V'},
	} {
		t.Run(c.name, func(t *testing.T) {
			px, p := backend(t, &c.conf, c.down)
			px.Options = c.options
			s := stream(px, c.cookie)
			s.Flags = c.flags
			p.Request(s, now)
			got := ""
			if s.Pinned != nil {
				got = s.Pinned.Name
			}
			if left := string(s.Req.Get(htx.Cookie, "")); got != c.want || left != c.left || s.Term[2] != c.term {
				t.Errorf("Request(%q) = server %q, %q, %c, want %q, %q, %c", c.cookie, got, left, s.Term[2], c.want, c.left, c.term)
			}
		})
	}
}

func TestResponse(t *testing.T) {
	for _, c := range []struct {
		name   string
		conf   conf.Cookie
		server int
		direct bool
		flags  lb.StreamFlags
		method string
		first  int64 // dates of the request's cookie
		last   int64
		in     string // Set-Cookie of the server
		cache  string // its Cache-Control
		want   []string
		cc     string
		term   byte
	}{
		{name: "insert", conf: conf.Cookie{Name: "S", Mode: "insert"}, want: []string{"S=A; path=/"}, term: 'I'},
		{name: "the client has it", conf: conf.Cookie{Name: "S", Mode: "insert"}, direct: true, term: 'N'},
		{name: "attributes", conf: conf.Cookie{Name: "S", Mode: "insert", Domain: ".x.org", HTTPOnly: true, Secure: true, Attrs: []string{"SameSite=None", "p"}},
			want: []string{"S=A; path=/; domain=.x.org; HttpOnly; Secure; SameSite=None; p"}, term: 'I'},
		{name: "a server without one", conf: conf.Cookie{Name: "S", Mode: "insert"}, server: 2,
			want: []string{"S=; Expires=Thu, 01-Jan-1970 00:00:01 GMT; path=/"}, term: 'I'},
		{name: "insert replaces the server's", conf: conf.Cookie{Name: "S", Mode: "insert"}, in: "S=own; x", want: []string{"S=A; path=/"}, term: 'I'},
		{name: "preserve", conf: conf.Cookie{Name: "S", Mode: "insert", Preserve: true}, in: "S=own", want: []string{"S=own"}, term: 'P'},
		{name: "preserve without blanks", conf: conf.Cookie{Name: "S", Mode: "insert", Preserve: true}, in: "S = own; x = 1", want: []string{"S=own; x = 1"}, term: 'P'},
		{name: "removed for a client that has it", conf: conf.Cookie{Name: "S", Mode: "insert", Indirect: true}, direct: true, in: "S=own", term: 'D'},
		{name: "postonly spares a GET", conf: conf.Cookie{Name: "S", Mode: "insert", PostOnly: true}, term: 'N'},
		{name: "postonly", conf: conf.Cookie{Name: "S", Mode: "insert", PostOnly: true}, method: "POST", want: []string{"S=A; path=/"}, term: 'I'},
		{name: "ignore-persist", conf: conf.Cookie{Name: "S", Mode: "insert"}, flags: lb.IgnorePersist, term: 'N'},
		{name: "nocache", conf: conf.Cookie{Name: "S", Mode: "insert", NoCache: true}, cache: "max-age=5",
			want: []string{"S=A; path=/"}, cc: "max-age=5, private", term: 'I'},
		{name: "nocache, nothing to expire by", conf: conf.Cookie{Name: "S", Mode: "insert", NoCache: true}, want: []string{"S=A; path=/"}, term: 'I'},
		{name: "nocache, not cacheable anyway", conf: conf.Cookie{Name: "S", Mode: "insert", NoCache: true}, cache: "no-store",
			want: []string{"S=A; path=/"}, cc: "no-store", term: 'I'},
		{name: "rewrite", conf: conf.Cookie{Name: "S", Mode: "rewrite"}, in: "S=own; path=/app", want: []string{"S=A; path=/app"}, term: 'R'},
		{name: "rewrite leaves others", conf: conf.Cookie{Name: "S", Mode: "rewrite"}, in: "T=own", want: []string{"T=own"}, term: 'N'},
		{name: "prefix", conf: conf.Cookie{Name: "S", Mode: "prefix"}, in: "S=own; path=/app", want: []string{"S=A~own; path=/app"}, term: 'R'},
		{name: "passive", conf: conf.Cookie{Name: "S"}, in: "S=own", want: []string{"S=own"}, term: 'N'},
		{name: "maxidle refreshes the date", conf: conf.Cookie{Name: "S", Mode: "insert", MaxIdle: time.Minute}, direct: true, last: now - 20,
			want: []string{"S=" + dated("A", now) + "; path=/"}, term: 'U'},
		{name: "a date of this moment is left", conf: conf.Cookie{Name: "S", Mode: "insert", MaxIdle: time.Minute}, direct: true, last: now, term: 'N'},
		{name: "maxlife keeps the first date", conf: conf.Cookie{Name: "S", Mode: "insert", MaxLife: time.Hour}, direct: true, last: now - 8, first: now - 80,
			want: []string{"S=" + dated("A", now, now-80) + "; path=/"}, term: 'U'},
	} {
		t.Run(c.name, func(t *testing.T) {
			px, p := backend(t, &c.conf)
			s := stream(px, "")
			s.Server, s.Flags, s.CookieFirst, s.CookieLast = px.Servers[c.server], c.flags, c.first, c.last
			s.Term[3] = 'N'
			if c.direct {
				s.Flags |= lb.Direct
			}
			if c.method != "" {
				s.Req.SetMethod([]byte(c.method))
			}
			if c.in != "" {
				s.Res.AddString(htx.SetCookie, "Set-Cookie", []byte(c.in))
			}
			if c.cache != "" {
				s.Res.AddString(htx.CacheControl, "Cache-Control", []byte(c.cache))
			}
			p.Response(s, now)
			var got []string
			for i := s.Res.Next(0, htx.SetCookie, ""); i >= 0; i = s.Res.Next(i+1, htx.SetCookie, "") {
				got = append(got, string(s.Res.Value(i)))
			}
			if len(got) != len(c.want) || len(got) > 0 && got[0] != c.want[0] || s.Term[3] != c.term {
				t.Errorf("Set-Cookie %q (%c), want %q (%c)", got, s.Term[3], c.want, c.term)
			}
			cc := ""
			for i := s.Res.Next(0, htx.CacheControl, ""); i >= 0; i = s.Res.Next(i+1, htx.CacheControl, "") {
				if cc != "" {
					cc += ", "
				}
				cc += string(s.Res.Value(i))
			}
			if cc != c.cc {
				t.Errorf("Cache-Control %q, want %q", cc, c.cc)
			}
		})
	}
}

func TestDynamicCookieFollowsTheAddress(t *testing.T) {
	px, p := backend(t, &conf.Cookie{Name: "S", Mode: "insert", Dynamic: true})
	old := string(p.AppendValue(nil, px.Servers[0]))
	if len(old) != 16 {
		t.Fatalf("dynamic cookie %q, want 16 digits", old)
	}
	s := stream(px, "S="+old)
	p.Request(s, now)
	if s.Pinned != px.Servers[0] {
		t.Errorf("%q pins %v, want server a", old, s.Pinned)
	}
	p.SetSecret("other")
	if got := string(p.AppendValue(nil, px.Servers[0])); got == old {
		t.Errorf("another key gives the same cookie %q", got)
	}
}

func TestConditionsFirstCounts(t *testing.T) {
	px, _ := backend(t, &conf.Cookie{Name: "S"})
	for _, c := range []struct {
		name  string
		rules []Rule
		want  lb.StreamFlags
	}{
		{"none", nil, 0},
		{"force", []Rule{{Force: true}, {}}, lb.ForcePersist},
		{"ignore", []Rule{{}, {Force: true}}, lb.IgnorePersist},
		{"second", []Rule{{Cond: never{}, Force: true}, {}}, lb.IgnorePersist},
		{"unless", []Rule{{Cond: never{}, Unless: true, Force: true}}, lb.ForcePersist},
	} {
		p := New(px, c.rules, "")
		s := stream(px, "")
		p.Conditions(s)
		if s.Flags != c.want {
			t.Errorf("%s: flags %x, want %x", c.name, s.Flags, c.want)
		}
	}
}

type never struct{}

func (never) Eval(*lb.Stream) bool { return false }

func TestConnectFindsRDPServer(t *testing.T) {
	px, _ := backend(t, &conf.Cookie{Name: "S"})
	p := New(px, nil, "msts")
	for _, c := range []struct{ name, line, want string }{
		{"10.0.0.2:80", "Cookie: msts=33554442.20480.0000\r\n", "b"},
		{"another port", "Cookie: msts=33554442.20481.0000\r\n", ""},
		{"another name", "Cookie: user=33554442.20480.0000\r\n", ""},
		{"no end", "Cookie: msts=33554442.20480.0000", ""},
		{"too large", "Cookie: msts=99999999999.20480.0000\r\n", ""},
		{"no second dot", "Cookie: msts=33554442.20480\r\n", ""},
	} {
		s := stream(px, "")
		s.Input = append([]byte{3, 0, 0, 48, 43, 0xe0, 0, 0, 0, 0, 0}, c.line...)
		p.Connect(s)
		got := ""
		if s.Pinned != nil {
			got = s.Pinned.Name
		}
		if got != c.want {
			t.Errorf("%s: server %q, want %q", c.name, got, c.want)
		}
	}
}

// FuzzRequest: whatever a client sends, what is left over holds no more pairs
// than before and the server is one of the farm.
func FuzzRequest(f *testing.F) {
	for _, seed := range []string{"S=A", "a=b; S=B~x;c", "S=A|AAAAA|BBBBB", `q="S=A; x"; S="B"`, ";;;S=;", "S"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, cookie string) {
		for _, mode := range []string{"insert", "prefix", "rewrite"} {
			px, p := backend(t, &conf.Cookie{Name: "S", Mode: mode, Indirect: mode == "insert", MaxIdle: time.Hour})
			s := stream(px, cookie)
			p.Request(s, now)
			if left := s.Req.Get(htx.Cookie, ""); len(left) > 2*len(cookie) {
				t.Errorf("%q grew to %q", cookie, left)
			}
		}
	})
}
