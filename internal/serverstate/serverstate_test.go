package serverstate

import (
	"net/netip"
	"strings"
	"testing"

	"segue/internal/conf"
	"segue/internal/lb"
)

// line is a server's line as HAProxy 3.4 writes it.
func line(addr, port, oper, admin, weight, iweight string) string {
	return "2 be 1 s " + addr + " " + oper + " " + admin + " " + weight + " " + iweight + " 60 1 0 0 0 0 0 0 - " + port + " - 0 0 - - 0\n"
}

func server(text lb.ServerConf) *lb.Server {
	st := new(lb.ServerState)
	st.Oper.Store(int32(lb.Running))
	st.Weight.Store(int32(text.Weight))
	if text.Disabled {
		st.Admin.Store(uint32(lb.ConfMaint))
	}
	ap := netip.AddrPortFrom(netip.MustParseAddr(text.Addr), uint16(text.Port))
	st.Addr.Store(&ap)
	st.Adopted = text
	return &lb.Server{Name: "s", State: st, Proxy: &lb.Proxy{Name: "be"}, Conf: &conf.Server{ServerWords: &conf.ServerWords{Check: true}}}
}

func TestApply(t *testing.T) {
	text := lb.ServerConf{Addr: "127.0.0.1", Port: 80, Weight: 10}
	disabled := text
	disabled.Disabled = true
	same := "# segue-configured be s 127.0.0.1 80 10 0\n"
	for _, c := range []struct {
		name, file string
		text       lb.ServerConf
		fileWins   bool
		addr       string
		weight     int32
		admin      lb.Admin
		oper       lb.Oper
		warns      bool
	}{
		{name: "nothing changed", file: line("127.0.0.1", "80", "2", "0", "10", "10"), text: text, addr: "127.0.0.1:80", weight: 10, oper: lb.Running},
		{name: "a runtime weight survives", file: line("127.0.0.1", "80", "2", "0", "3", "10"), text: text, addr: "127.0.0.1:80", weight: 3, oper: lb.Running},
		{name: "a configured weight that changed wins", file: line("127.0.0.1", "80", "2", "0", "3", "20"), text: text, addr: "127.0.0.1:80", weight: 10, oper: lb.Running},
		{name: "a port that the configuration changed wins", file: line("127.0.0.1", "81", "2", "0", "10", "10") + "# segue-configured be s 127.0.0.1 81 10 0\n",
			text: text, addr: "127.0.0.1:80", weight: 10, oper: lb.Running},
		{name: "a port that an operator changed survives", file: line("127.0.0.1", "81", "2", "0", "10", "10") + same,
			text: text, addr: "127.0.0.1:81", weight: 10, oper: lb.Running},
		{name: "not known: the configuration wins and says so", file: line("127.0.0.1", "81", "2", "0", "10", "10"),
			text: text, addr: "127.0.0.1:80", weight: 10, oper: lb.Running, warns: true},
		{name: "not known, the file is told to win", file: line("127.0.0.1", "81", "2", "0", "10", "10"), fileWins: true,
			text: text, addr: "127.0.0.1:81", weight: 10, oper: lb.Running},
		{name: "maintenance survives", file: line("127.0.0.1", "80", "2", "1", "10", "10"), text: text, addr: "127.0.0.1:80", weight: 10, admin: lb.ForcedMaint, oper: lb.Running},
		{name: "drain survives", file: line("127.0.0.1", "80", "2", "8", "10", "10"), text: text, addr: "127.0.0.1:80", weight: 10, admin: lb.ForcedDrain, oper: lb.Running},
		{name: "maintenance of the old text does not", file: line("127.0.0.1", "80", "0", "5", "10", "10"), text: text, addr: "127.0.0.1:80", weight: 10, oper: lb.Running},
		{name: "enabled by an operator", file: line("127.0.0.1", "80", "2", "0", "10", "10") + "# segue-configured be s 127.0.0.1 80 10 1\n",
			text: disabled, addr: "127.0.0.1:80", weight: 10, oper: lb.Running},
		{name: "newly disabled", file: line("127.0.0.1", "80", "2", "0", "10", "10") + same, text: disabled, addr: "127.0.0.1:80", weight: 10, admin: lb.ConfMaint, oper: lb.Running},
		{name: "down stays down until a check says otherwise", file: line("127.0.0.1", "80", "0", "0", "10", "10"), text: text, addr: "127.0.0.1:80", weight: 10, oper: lb.Stopped},
		{name: "a comment alone changes nothing", file: same, text: text, addr: "127.0.0.1:80", weight: 10, oper: lb.Running},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, _, problems := Parse([]byte("1\n# be_id be_name\n" + c.file))
			if len(problems) > 0 || f["be/s"] == nil {
				t.Fatalf("Parse = %v, %v", f, problems)
			}
			srv := server(c.text)
			warning := Apply(srv, f["be/s"], 1000, c.fileWins)
			st := srv.State
			if got := st.Addr.Load().String(); got != c.addr || st.Weight.Load() != c.weight || lb.Admin(st.Admin.Load()) != c.admin || lb.Oper(st.Oper.Load()) != c.oper {
				t.Errorf("%s weight %d admin %x oper %d, want %s %d %x %d", got, st.Weight.Load(), st.Admin.Load(), st.Oper.Load(), c.addr, c.weight, c.admin, c.oper)
			}
			if (warning != "") != c.warns || c.warns && (!strings.Contains(warning, "127.0.0.1:81") || !strings.Contains(warning, "be/s")) {
				t.Errorf("warning %q, want one: %v", warning, c.warns)
			}
		})
	}
}

func TestNamesThatNameServersGave(t *testing.T) {
	for _, c := range []struct {
		name, file, host, init string
		addr, fqdn             string
	}{
		{"a record of the same label", "2 be 1 s 10.0.0.1 2 64 1 1 60 1 0 0 0 0 0 0 n1.test 8001 _h._tcp.t 0 0 - - 0\n", "_h._tcp.t", "last", "10.0.0.1:8001", "n1.test"},
		{"another label", "2 be 1 s 10.0.0.1 2 64 1 1 60 1 0 0 0 0 0 0 n1.test 8001 _x._tcp.t 0 0 - - 0\n", "_h._tcp.t", "last", "-", ""},
		{"init-addr without last", "2 be 1 s 10.0.0.1 2 64 1 1 60 1 0 0 0 0 0 0 n1.test 8001 _h._tcp.t 0 0 - - 0\n", "_h._tcp.t", "none", "-", ""},
		{"a name that an operator gave", "2 be 1 s 10.0.0.2 2 64 1 1 60 1 0 0 0 0 0 0 b.test 80 - 0 0 - - 0\n", "a.test", "last", "10.0.0.2:80", "b.test"},
		{"a name that the text gave", "2 be 1 s 10.0.0.2 2 0 1 1 60 1 0 0 0 0 0 0 b.test 80 - 0 0 - - 0\n", "a.test", "last", "-", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, _, problems := Parse([]byte("1\n" + c.file))
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			st := new(lb.ServerState)
			st.Admin.Store(uint32(lb.ResolveMaint))
			st.Adopted = lb.ServerConf{Addr: c.host}
			srv := &lb.Server{Name: "s", State: st, Proxy: &lb.Proxy{Name: "be"}, Conf: &conf.Server{
				Addr: conf.Addr{Kind: conf.AddrHost, Host: c.host, Port: 80}, ServerWords: &conf.ServerWords{Resolvers: "r", InitAddr: []string{c.init}}}}
			Apply(srv, f["be/s"], 1000, false)
			addr, fqdn := "-", ""
			if ap := st.Addr.Load(); ap != nil {
				addr = ap.String()
			}
			if p := st.FQDN.Load(); p != nil {
				fqdn = *p
			}
			if maint := lb.Admin(st.Admin.Load())&lb.ResolveMaint != 0; addr != c.addr || fqdn != c.fqdn || maint != (addr == "-") {
				t.Errorf("%s %q maintenance %v, want %s %q", addr, fqdn, maint, c.addr, c.fqdn)
			}
		})
	}
}

func TestParseNamesWhatItLeavesOut(t *testing.T) {
	good := line("127.0.0.1", "80", "2", "0", "1", "1")
	for _, c := range []struct {
		name, text, problem string
		records             int
	}{
		{"empty", "", "it is empty", 0},
		{"cut off in the version", "1", "line 1: cut off", 0},
		{"cut off in the header", "1\n# be_id be_na", "line 2: cut off", 0},
		{"cut off in a comment", "1\n" + good + "# segue-configured be s 127.0.0.1 80 1 0 47", "line 3: cut off", 1},
		{"another version", "2\n" + good, "line 1: not a state file", 0},
		{"garbage", "1\n\x00\xff{}\n" + good, "line 2: 1 fields", 1},
		{"cut off", "1\n" + good + good[:30], "line 3: cut off", 1},
		{"a server twice", "1\n" + good + good, "line 3: server 'be/s' was there before", 1},
		{"weight out of range", "1\n" + line("127.0.0.1", "80", "2", "0", "999", "1"), "line 2: a number", 0},
	} {
		f, _, problems := Parse([]byte(c.text))
		if len(f) != c.records || len(problems) != 1 || !strings.HasPrefix(problems[0], c.problem) {
			t.Errorf("%s: %d records, problems %q, want %d and %q", c.name, len(f), problems, c.records, c.problem)
		}
	}
}

func TestParseSeesTheEnd(t *testing.T) {
	good := line("127.0.0.1", "80", "2", "0", "1", "1")
	for _, c := range []struct {
		name, text string
		cut        bool
	}{
		{"whole", "1\n" + good + "\n", false},
		{"whole, of Segue", "1\n" + good + "# segue-configured be s 127.0.0.1 80 1 0 0\n\n", false},
		{"whole, without servers", "1\n# be_id\n\n", false},
		{"behind the version", "1\n", true},
		{"behind the header", "1\n# be_id\n", true},
		{"behind a server", "1\n" + good, true},
		{"in a server", "1\n" + good + good[:30], true},
		{"in a server behind an empty line", "1\n\n" + good[:30], true},
	} {
		if _, cut, _ := Parse([]byte(c.text)); cut != c.cut {
			t.Errorf("%s: cut %v, want %v", c.name, cut, c.cut)
		}
	}
}

// Files of HAProxy, without comment lines: the address of a name is what
// "init-addr" found, its port the configuration's.
func TestApplyToNames(t *testing.T) {
	for _, c := range []struct {
		name, fqdn, port string
		fileWins         bool
		sign             int8
		addr, warning    string
	}{
		{"nothing changed", "h.test", "80", false, 0, "127.0.0.1:80", ""},
		{"in other letters", "H.Test", "80", false, 0, "127.0.0.1:80", ""},
		{"another port", "h.test", "99", false, 0, "127.0.0.1:80", "server 'be/s': the state file says h.test:99, the configuration h.test:80; the configuration wins"},
		{"another port, the file is told to win", "h.test", "99", true, 0, "127.0.0.9:99", ""},
		{"another name", "i.test", "80", false, 0, "127.0.0.1:80", "server 'be/s': the state file says 127.0.0.9:80, the configuration 127.0.0.1:80; the configuration wins"},
		{"a port from the client's", "h.test", "99", false, 1, "127.0.0.1:80", ""},
	} {
		row := "2 be 1 s 127.0.0.9 2 0 1 1 60 1 0 0 0 0 0 0 " + c.fqdn + " " + c.port + " - 0 0 - - 0\n\n"
		f, _, problems := Parse([]byte("1\n" + row))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		srv := server(lb.ServerConf{Addr: "127.0.0.1", Port: 80, Weight: 1})
		srv.State.Adopted.Addr, srv.Conf.Addr.PortSign = "h.test", c.sign
		warning := Apply(srv, f["be/s"], 1000, c.fileWins)
		if got := srv.State.Addr.Load().String(); got != c.addr || (warning == "") != (c.warning == "") || !strings.HasPrefix(warning, c.warning) {
			t.Errorf("%s: %s, warning %q, want %s, %q", c.name, got, warning, c.addr, c.warning)
		}
	}
}

func TestConfiguredComesBack(t *testing.T) {
	srv := server(lb.ServerConf{Addr: "10.1.2.3", Port: 8080, Weight: 7})
	f, _, _ := Parse(AppendConfigured([]byte("1\n"), srv))
	if r := f["be/s"]; r == nil || r.Configured == nil || *r.Configured != srv.State.Adopted {
		t.Errorf("%q gives %+v, want %+v", AppendConfigured(nil, srv), r, srv.State.Adopted)
	}
}

func TestApplyTellsChecks(t *testing.T) {
	const rec = "2 be 1 s 127.0.0.1 0 0 1 1 60 17 2 1 6 18 0 0 - 80 - 0 4711 - - 0\n"
	for _, c := range []struct {
		name, comment string
		text          int // check port as configured now
		port          int // that checks are told to use
		warns         bool
	}{
		{"an operator's check port survives", "# segue-configured be s 127.0.0.1 80 1 0 99\n", 99, 4711, false},
		{"a configured check port that changed wins", "# segue-configured be s 127.0.0.1 80 1 0 4711\n", 99, 0, false},
		{"a comment of an earlier version", "# segue-configured be s 127.0.0.1 80 1 0\n", 0, 4711, false},
		{"not known: the configuration wins and says so", "", 99, 0, true},
		{"not known and equal", "", 4711, 0, false},
	} {
		f, _, problems := Parse([]byte("1\n" + rec + c.comment))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		srv := server(lb.ServerConf{Addr: "127.0.0.1", Port: 80, Weight: 1, CheckPort: c.text})
		warning := Apply(srv, f["be/s"], 1000, false)
		h := srv.State.Carried
		want := lb.CarriedCheck{Configured: true, Enabled: true, Health: 1, Status: 17, Result: 2, SetPort: c.port}
		if h == nil || !h.FromFile || h.Check != want || h.Agent.Enabled || !h.Agent.Configured {
			t.Errorf("%s: %+v, want check %+v", c.name, h, want)
		}
		if (warning != "") != c.warns || c.warns && !strings.Contains(warning, "check port 4711, the configuration 99") {
			t.Errorf("%s: warning %q", c.name, warning)
		}
	}
}

// FuzzParse: no input panics, and what Apply takes from it is in range.
func FuzzParse(f *testing.F) {
	f.Add([]byte("1\n" + line("127.0.0.1", "80", "2", "0", "1", "1") + "# segue-configured be s 127.0.0.1 80 1 0\n"))
	f.Add([]byte("1\n# segue-configured\n2 be"))
	f.Fuzz(func(t *testing.T, text []byte) {
		records, _, problems := Parse(text)
		if len(problems) > maxProblems {
			t.Errorf("%d problems", len(problems))
		}
		for _, r := range records {
			srv := server(lb.ServerConf{Addr: "127.0.0.1", Port: 80, Weight: 1})
			Apply(srv, r, 1000, true)
			if w := srv.State.Weight.Load(); w < 0 || w > 256 {
				t.Errorf("weight %d", w)
			}
		}
	})
}
