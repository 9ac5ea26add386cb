package logfmt

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"segue/internal/lb"
)

func inUTC(t testing.TB) {
	old := time.Local
	time.Local = time.UTC
	t.Cleanup(func() { time.Local = old })
}

func TestFormatsAppendWhatTheReferenceDoes(t *testing.T) {
	inUTC(t)
	tests := []struct{ name, format, want string }{
		{"http log", HTTPLog, `127.0.0.1:35500 [21/Nov/2026:09:02:27.918] f1 b/s 1/2/3/4/20 200 76 - - ---- 5/4/3/2/0 0/0 {127.0.0.1:25501|a#22b#7D#7C#C3#A9\c]} {org} "GET /x/y?z=1 HTTP/1.1"`},
		{"tcp log", TCPLog, `127.0.0.1:35500 [21/Nov/2026:09:02:27.918] f1 b/s 2/3/20 76 -- 5/4/3/2/0 0/0`},
		{"http clf", HTTPCLF, `127.0.0.1 - - [21/Nov/2026:09:02:27 +0000] "GET /x/y?z=1 HTTP/1.1" 200 76 "" "" 35500 918 "f1" "b" "s" 1 2 3 4 20 ---- 5 4 3 2 0 0 0 "" "" "127.0.0.1:25501" "a#22b#7D#7C#C3#A9\c]" "org"`},
		{"blanks merge", "  A  B ", "A B "},
		{"percent", "100%%", "100%"},
		{"nothing", "", ""},
		{"missing values", `%[none] %{+Q}[none] %ID %{+Q}ID %CC %sslc %{-M}ID|`, `- "" - "" - - |`},
		{"request parts", "%HM %HU %HP %HPO %HQ %HV %r", "GET /x/y?z=1 /x/y /x/y ?z=1 HTTP/1.1 GET /x/y?z=1 HTTP/1.1"},
		{"hexadecimal", "%{+X}ci:%{+X}cp %{+X}Ts %{+X}rt %{+X}pid %{+X}Tr", "7F000001:8AAC 6B015E23 000A 45B3 4"},
		{"addresses", "%si:%sp %bi:%bp %fi:%fp", "127.0.0.1:25580 127.0.0.1:49654 127.0.0.1:25501"},
		{"times", "%Tq %Ti %Th %Td %Tu %Tt %TR", "1 0 0 10 20 20 1"},
		{"dates", "%t|%tr|%trg|%trl|%T|%Tl|%ms|%Ts", "21/Nov/2026:09:02:27.918|21/Nov/2026:09:02:27.918|21/Nov/2026:09:02:27 +0000|21/Nov/2026:09:02:27 +0000|21/Nov/2026:09:02:27 +0000|21/Nov/2026:09:02:27 +0000|918|1795251747"},
		{"capture lists", "%hrl %hsl", `127.0.0.1:25501 a#22b#7D#7C#C3#A9\c] org`},
		{"quoted capture", "%{+Q}hs %{+Q}hsl", `"{org}" "org"`},
		{"quotes on numbers", `%{+Q}ST %{+Q}cp %{+Q}[int(3)]`, `200 35500 "3"`},
		{"flags from %o", `%{+Q,+E}o|%b|%ci|%ST|%{-Q}ts|%hrl`, `|"b"|"127.0.0.1"|200|--|"127.0.0.1:25501" "a#22b#7D#7C#C3#A9\\c\]"`},
		{"escape", `%{+E}[str('a"]')] %{+E,+Q}[str('a"]')]`, `a\"\] "a\"\]"`},
		{"origin", "%OG", "txn_close"},
		{"names without encoding", "%(a)b %(b:sint)[int(1)]", "b 1"},
		{"counters", "%rt %lc %pid %U", "10 0 17843 128"},
		{"json of the whole", `%{+json}o %(a)r %(b)[str('/x"')] %(c:sint)[str(12)] %(d)B %(e)ci %(f)cp %(g)hrl %(h)Ts %(i)[none] %(j:bool)[int(1)] x%T %(l)[bool(1)] %(m)ts %(n)ms`,
			`{"a": "GET /x/y?z=1 HTTP/1.1", "b": "/x\"", "c": 12, "d": 76, "e": "127.0.0.1", "f": 35500, "g": ["127.0.0.1:25501", "a#22b#7D#7C#C3#A9\\c]"], "h": 1795251747, "i": "", "j": true, "l": true, "m": "--", "n": 918}`},
		{"json types", `%{+json}o %(h:str)ST %(i:bool)ST %(j:sint)HM %(v:bool)[str(true)] %(z:raw)[str(abc)] %(p){+X}pid %(ee:str)[bool(1)] %(dd:sint)[bool(1)] %(x)ID`,
			`{"h": "200", "i": true, "j": "GET", "v": false, "z": abc, "p": "45B3", "ee": "1", "dd": 1, "x": ""}`},
		{"json of one item", `%{+json}r|%{+json}[int(3)]|%{+json}ID`, `"GET /x/y?z=1 HTTP/1.1"|3|""`},
		{"cbor of one item", `%{+cbor}ci`, `693132372E302E302E31`},
		{"cbor of the whole", `%{+cbor}o %(a)ID %(f)cp %(h:str)ST %(i:bool)ST %(j)HM %(m)rc %(e)[bin] %(n)[int(-3)] %(o)[int(70000)]`,
			"BF6161F66166198AAC616863323030" + "6169F5" + "616A7F63474554FF" + "616D00" + "61655F446162FF00FF" + "616E22" + "616F1A00011170" + "FF"},
		{"binary is for the whole only", `%{+bin}[bin]|`, "ab\xff|"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := Compile(tt.format, scope(), Options{Log: true, Merge: true})
			if err != nil {
				t.Fatal(err)
			}
			s := stream()
			if got := string(f.AppendTo(nil, s)); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if len(s.Thread.Tmp) != 0 {
				t.Errorf("%d bytes are left in the arena", len(s.Thread.Tmp))
			}
		})
	}
}

func TestUnusualStreams(t *testing.T) {
	inUTC(t)
	const times = "%TR/%Tw/%Tc/%Tr/%Ta %ST %B"
	tests := []struct {
		name, format, want string
		change             func(s *lb.Stream)
	}{
		{"no request was understood", "%b/%s " + times + " %r %HM %HQ", `f1/<NOSRV> -1/-1/-1/-1/20 400 0 <BADREQ> <BADREQ> <BADREQ>`, func(s *lb.Stream) {
			s.HeadDone, s.Queued, s.Connected, s.ResHeadDone, s.Status, s.BytesOut = -1, -1, -1, -1, 400, 0
			s.Back, s.Server = nil, nil
			s.Req.Reset()
		}},
		{"logged before the end", times + " %Tt %Tu", "1/2/3/4/+20 200 +76 +20 +20", func(s *lb.Stream) { s.Front.Log.ASAP = true }},
		{"tarpitted", times, "-1/200/-1/-1/20 500 76", func(s *lb.Stream) {
			s.Flags |= lb.Tarpitted
			s.HeadDone, s.Queued, s.Connected, s.ResHeadDone, s.Status = -1, s.Start+200*ms, -1, -1, 500
		}},
		{"redispatched", "%rc %sq/%bq", "+3 7/8", func(s *lb.Stream) { s.Redispatched, s.Retries, s.SrvQueuePos, s.BackQueuePos = true, 3, 7, 8 }},
		{"second request of a connection", "%Ti %Tq %Th %Tt %t %tr", "500 501 0 520 21/Nov/2026:09:02:27.418 21/Nov/2026:09:02:27.918", func(s *lb.Stream) {
			s.Session.Requests, s.Session.IdleSince, s.Session.Handshake = 2, s.Start-500*ms, 5*ms
		}},
		{"unix socket", "%ci:%cp %fi:%fp", "unix:1 unix:1", func(s *lb.Stream) {
			s.Session.Flags = lb.UnixSocket
			s.Session.Src, s.Session.Dst = netip.AddrPort{}, netip.AddrPort{}
		}},
		{"tls frontend", "%ft", "f1~", func(s *lb.Stream) { s.Bind.Conf.SSL = true }},
		{"rules changed the target", "%HU", "/old", func(s *lb.Stream) {
			s.Method0, s.Target0 = s.Req.Append([]byte("GET")), s.Req.Append([]byte("/old"))
		}},
		{"long request line", "%r", "GET /" + strings.Repeat("a", 1018), func(s *lb.Stream) { s.Req.SetTarget([]byte("/" + strings.Repeat("a", 3000))) }},
		{"nothing captured", "a %hr %hs b", "a b", func(s *lb.Stream) { s.Front.Captures = [2][]lb.Capture{} }},
		{"empty capture", "%hr %hrl", "{|} - -", func(s *lb.Stream) { s.Captured[0] = nil }},
		{"json of nothing captured", "%{+json}o %(a)hr %(b)hrl", `{"a": null, "b": null}`, func(s *lb.Stream) { s.Front.Captures = [2][]lb.Capture{} }},
		{"the termination state has no quotes", "%{+Q}ts %{+Q}tsc", "-- --NI", func(s *lb.Stream) { s.Term = [4]byte{'-', '-', 'N', 'I'} }},
		{"hexadecimal digits have no quotes", "%{+Q,+X}ci:%{+Q,+X}cp %{+Q,+X}si", `0A000102:D28E ""`, func(s *lb.Stream) {
			s.Session.Src, s.Server = netip.MustParseAddrPort("10.0.1.2:53902"), nil
		}},
		{"captures of what was no request", "%{+Q}hr%{+Q}hs%{+Q}hrl%{+Q}hsl|", "|", func(s *lb.Stream) { s.Flags |= lb.Unparsed }},
		{"json of captures of what was no request", "%{+json}o %(a)hr %(b)hrl", `{"a": null, "b": null}`, func(s *lb.Stream) { s.Flags |= lb.Unparsed }},
		{"unique id", "%ID %{+E}ID", "abc abc", func(s *lb.Stream) { s.Front.UniqueID = text("abc") }},
		{"tcp", "%Td %Ti", "14 0", func(s *lb.Stream) { s.Flags |= lb.IsTCP }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := Compile(tt.format, scope(), Options{Log: true, Merge: true})
			if err != nil {
				t.Fatal(err)
			}
			s := stream()
			tt.change(s)
			if got := string(f.AppendTo(nil, s)); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

type text string

func (t text) AppendTo(dst []byte, _ *lb.Stream) []byte { return append(dst, t...) }

func TestFieldsGetWhatTheyCanHold(t *testing.T) {
	tests := []struct{ name, format, want string }{
		{"missing is nothing", `%ID|%si|%[none]|  a  %{+Q}[none]|%{+Q}ID`, `||| a `},
		{"control characters", "%[str('a\rb\x7f\tc\\x')]", "a%0Db%7F\tc\\x"},
		{"text stays", "a\x01  b", "a\x01  b"},
		{"no server", "%s", "<NOSRV>"},
	}
	tests[0].want = `|||  a  ""|""`
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := Compile(tt.format, scope(), Options{HTTP: true})
			if err != nil {
				t.Fatal(err)
			}
			s := stream()
			s.Server = nil
			if got := string(f.AppendTo(nil, s)); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestCompileSaysWhatIsWrong(t *testing.T) {
	tests := []struct{ name, format, want, hint string }{
		{"unclosed expression", "%[src", "missing ']' after 'src'", ""},
		{"junk in an expression", "%[src x] abc", "expected ']' after 'src', but found ' '", ""},
		{"unknown alias", "a %foo b", "no such format alias 'foo'. If you wanted to emit the '%' character verbatim, you need to use '%%'", ""},
		{"misspelt alias", "%Tx", "no such format alias 'Tx'. If you wanted to emit the '%' character verbatim, you need to use '%%'", "did you mean"},
		{"lone percent", "a % b", "unexpected alias name near ' ' at position 3 line : 'a % b'. Maybe you want to write a single '%', use the syntax '%%'", ""},
		{"arguments alone", "a %{+Q} b", "parse argument modifier without alias name near '%{+Q}'", ""},
		{"arguments at the end", "a %{+Q}", "parse argument modifier without alias name near '%{+Q}'", ""},
		{"unclosed arguments", "a %{+Q", "truncated line after '+Q'", ""},
		{"percent at the end", "a %", "truncated line after '%'", ""},
		{"bad name", "%(a b)ci", "invalid character in custom name near ' ' at position 3 line : '%(a b)ci'", ""},
		{"bad type", "%(a:foo)ci", "unexpected output type 'foo' at position 4 line : '%(a:foo)ci'. Supported types are: str, sint, bool, raw", ""},
		{"unknown fetch", "%[foo]", "failed to parse sample expression <foo]> : unknown fetch method 'foo'", ""},
		{"out of place", "%[path]", "sample fetch <path> may not be reliably used here because it needs 'HTTP request headers' which is not available here", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Compile(tt.format, scope(), Options{Log: true, Merge: true, Place: 1 << 18})
			if err == nil || err.Error() != tt.want {
				t.Fatalf("error = %v\nwant    %s", err, tt.want)
			}
			if h := hintOf(err); !strings.HasPrefix(h, tt.hint) {
				t.Errorf("hint = %q, want %q", h, tt.hint)
			}
		})
	}
}

func TestConstantTellsTextFromFormats(t *testing.T) {
	tests := []struct {
		format, want string
		ok           bool
	}{{"abc", "abc", true}, {"a  b%%", "a b%", true}, {"", "", true}, {"a%ci", "", false}, {"%[int(1)]", "", false}, {"%{+json}o", "", false}}
	for _, tt := range tests {
		f, err := Compile(tt.format, scope(), Options{Merge: true})
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := f.Constant(); got != tt.want || ok != tt.ok {
			t.Errorf("Constant of %q = %q, %v, want %q, %v", tt.format, got, ok, tt.want, tt.ok)
		}
	}
}

func TestSourceIsOnlyWantedWhereItIsShown(t *testing.T) {
	for format, want := range map[string]bool{HTTPLog: false, "%bi": true, "%{+X}bp": true} {
		f, err := Compile(format, scope(), Options{Log: true})
		if err != nil || f.WantsServer() != want {
			t.Errorf("WantsServer of %q = %v, %v, want %v", format, f.WantsServer(), err, want)
		}
	}
}

func TestAliasesAreSortedAndDocumented(t *testing.T) {
	last := ""
	for _, d := range Aliases() {
		if d.Name <= last || d.Text == "" {
			t.Errorf("alias %q after %q, text %q", d.Name, last, d.Text)
		}
		last = d.Name
	}
}

func TestLogLineDoesNotAllocate(t *testing.T) {
	for _, format := range []string{HTTPLog, HTTPCLF, TCPLog, "%[src] %{+E}r %{+X}ci %[none]"} {
		f, err := Compile(format, scope(), Options{Log: true, Merge: true})
		if err != nil {
			t.Fatal(err)
		}
		s := stream()
		buf := make([]byte, 0, 2048)
		if n := testing.AllocsPerRun(100, func() { buf = f.AppendTo(buf[:0], s) }); n != 0 {
			t.Errorf("%s: %v allocations a line", format, n)
		}
	}
}

func FuzzCompile(f *testing.F) {
	for _, seed := range []string{HTTPLog, HTTPCLF, TCPCLF, HTTPSLog, "%(a:str){+Q,-X,+json}[str('x')]", "%{+cbor,+bin}o %(b)hrl", "%%%", "%{", "%(", "%[", "%[bin]%{+E}r"} {
		f.Add(seed, true)
	}
	s := stream()
	f.Fuzz(func(t *testing.T, text string, log bool) {
		c, err := Compile(text, scope(), Options{Log: log, Merge: log, HTTP: !log})
		if err != nil {
			if err.Error() == "" {
				t.Fatal("an error without words")
			}
			return
		}
		c.AppendTo([]byte("x"), s)
		if len(s.Thread.Tmp) != 0 {
			t.Fatalf("%q leaves %d bytes in the arena", text, len(s.Thread.Tmp))
		}
	})
}

func BenchmarkHTTPLog(b *testing.B) {
	f, err := Compile(HTTPLog, scope(), Options{Log: true, Merge: true})
	if err != nil {
		b.Fatal(err)
	}
	s := stream()
	buf := make([]byte, 0, 2048)
	b.ReportAllocs()
	for b.Loop() {
		buf = f.AppendTo(buf[:0], s)
	}
}

func TestSessionErrorsNameTheirListener(t *testing.T) {
	inUTC(t)
	tests := []struct {
		name, want string
		change     func(ss *lb.Session)
	}{
		{"by number", "127.0.0.1:35500 [21/Nov/2026:09:02:27.918] f1/1: failed", func(*lb.Session) {}},
		{"by name", "127.0.0.1:35500 [21/Nov/2026:09:02:27.918] f1/foo: failed", func(ss *lb.Session) { ss.Bind.Name = "foo" }},
		{"unix socket", "unix:1 [21/Nov/2026:09:02:27.918] f1/1: failed", func(ss *lb.Session) { ss.Flags = lb.UnixSocket }},
	}
	for _, tt := range tests {
		s := stream()
		ss := s.Session
		ss.Bind, ss.Front, ss.AcceptWall = s.Bind, s.Front, s.StartWall
		tt.change(ss)
		if got := string(AppendSessionError(nil, ss, "failed")); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}
