package balance

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"segue/internal/conf"
	"segue/internal/lb"
)

var seeds = flag.Int("seeds", 0, "compare that many random histories of each kind with the program that HAPROXY_PROGRAM names")

// story is a backend whose servers' weights, states and loads change while it
// is asked. The events and HAProxy's answers are in testdata/histories.txt:
//
//	:012     three connections, one after another, went to servers 0, 1, 2
//	+1       one that stays open went to server 1; "-" is nobody
//	-3       the fourth of those that stayed open ends
//	w1=5     set weight of server 1
//	d1 e1    disable, enable server
//	r1 y1    set server state drain, ready; the second is the same as e
//	m1=2     set maxconn server
type story struct {
	balance, hashType string // the latter's second word is hash-preserve-affinity
	factor            int
	servers           []string // "weight [backup] [maxconn n] [minconn n] [maxqueue n]"
	events            string   // kinds that occur, as letters
	seed              int
}

func (h story) String() string {
	return fmt.Sprintf("%s | %s | %d | %s | %s | %d", h.balance, h.hashType, h.factor, strings.Join(h.servers, ", "), h.events, h.seed)
}

// stories lists the cases with n seeds each.
func stories(n int) (out []story) {
	farms := [][]string{weights(1, 2, 3), weights(1, 1, 1, 1), weights(10, 20, 7), weights(256, 1, 100), {"1", "3", "2 backup", "1 backup"}, {"3", "2 disabled", "2", "1 disabled"}, weights(0, 1, 2)}
	limited := [][]string{{"1 maxconn 2", "1 maxconn 2", "2 maxconn 3", "3 maxconn 1"}, {"10 maxconn 3", "20", "5 maxconn 2", "7 maxconn 1"}}
	for seed := range n {
		for i, f := range farms {
			for _, events := range []string{":w", ":de", ":wdery", ":+-wdery"} {
				for _, algo := range []string{"roundrobin", "static-rr", "leastconn", "first"} {
					kinds := events
					if algo == "static-rr" {
						kinds = strings.ReplaceAll(events, "w", "") // its weights can only be 0 or what they were
					}
					out = append(out, story{algo, "", 0, f, kinds, seed*100 + i})
				}
			}
			out = append(out, story{"source", "consistent", 0, f, ":wdery", seed*100 + i},
				story{"source", "map-based", 0, f, ":dery", seed*100 + i},
				story{"source", "consistent", 150, f, ":+-wdery", seed*100 + i},
				story{"source", "consistent", 110, f, ":+-w", seed*100 + i})
		}
		for i, f := range limited {
			for _, algo := range []string{"roundrobin", "static-rr", "leastconn", "first"} {
				out = append(out, story{algo, "", 0, f, "+-", seed*100 + i}, story{algo, "", 0, f, "+-dem", seed*100 + i})
			}
			for _, keep := range []string{"", " always", " maxconn", " maxqueue"} {
				out = append(out, story{"source", "consistent" + keep, 0, f, "+-dem", seed*100 + i},
					story{"source", "consistent" + keep, 130, []string{"1 maxconn 2 maxqueue 1", "1 maxconn 1", "2 maxconn 3 maxqueue 2", "1"}, "++-w", seed*100 + i})
			}
		}
	}
	if n == 1 { // what random seeds found
		out = append(out, story{"source", "consistent", 150, farms[5], ":+-wdery", 405}, story{"source", "consistent", 110, farms[1], ":+-w", 1101},
			story{"source", "consistent", 110, farms[1], ":+-w", 1501}, story{"roundrobin", "", 0, farms[6], ":w", 1606},
			story{"roundrobin", "", 0, farms[2], ":w", 502}, story{"roundrobin", "", 0, farms[0], ":w", 1200},
			story{"static-rr", "", 0, []string{"1 maxconn 1 maxqueue 1", "3 maxconn 4 maxqueue 1"}, "++-dem", 7203},
			story{"static-rr", "", 0, []string{"1 maxconn 2 maxqueue 1", "1 maxconn 1", "2 maxconn 3 maxqueue 2", "1"}, "++-dem", 7102},
			story{"leastconn", "", 0, []string{"1 maxconn 2 maxqueue 1", "1 maxconn 2 maxqueue 2", "2 maxconn 3", "3 maxconn 1 maxqueue 1"}, "++-dem", 7000})
	}
	return out
}

// source is the client of the i-th connection.
func (h story) source(i int) netip.Addr {
	return netip.AddrFrom4([4]byte{10, byte(i * 7), byte(i % 3), byte(i * 13)})
}

// play makes random events and returns them with p's answers.
func (h story) play(p *outsidePeer) string {
	rng := rand.New(rand.NewPCG(uint64(h.seed), 1))
	var out []string
	var opened, asked int
	var held []int
	ask := func() byte { asked++; return p.open(h.source(asked)) }
	for range 60 {
		srv := rng.IntN(len(h.servers))
		switch kind := h.events[rng.IntN(len(h.events))]; kind {
		case ':':
			b := []byte{':'}
			for n := 1 + rng.IntN(8); n > 0; n-- {
				b = append(b, ask())
				p.end(opened)
				opened++
			}
			out = append(out, string(b))
		case '+':
			c := ask()
			out = append(out, string([]byte{'+', c}))
			if c != '-' {
				held = append(held, opened)
			}
			opened++
		case '-':
			if len(held) > 0 {
				i := rng.IntN(len(held))
				out = append(out, fmt.Sprintf("-%d", held[i]))
				p.end(held[i])
				held = append(held[:i], held[i+1:]...)
			}
		case 'w':
			out = append(out, fmt.Sprintf("w%d=%d", srv, []int{0, 1, 2, 3, 5, 10, 50, 256}[rng.IntN(8)]))
			p.change(out[len(out)-1])
		case 'm':
			out = append(out, fmt.Sprintf("m%d=%d", srv, 1+rng.IntN(4)))
			p.change(out[len(out)-1])
		default:
			out = append(out, fmt.Sprintf("%c%d", kind, srv))
			p.change(out[len(out)-1])
		}
	}
	return strings.Join(out, " ")
}

// replay repeats recorded events and returns them with p's answers.
func (h story) replay(p *inside, events string) string {
	var out []string
	var opened, asked int
	ask := func(want byte) byte { asked++; return p.follow(h.source(asked), want) }
	for _, e := range strings.Fields(events) {
		switch e[0] {
		case ':':
			b := []byte{':'}
			for i := range e[1:] {
				b = append(b, ask(e[i+1]))
				p.end(opened)
				opened++
			}
			e = string(b)
		case '+':
			e = string([]byte{'+', ask(e[1])})
			opened++
		case '-':
			var n int
			fmt.Sscan(e[1:], &n)
			p.end(n)
		default:
			p.change(e)
		}
		out = append(out, e)
	}
	return strings.Join(out, " ")
}

// inside is a Balancer that is told what happened.
type inside struct {
	px    *lb.Proxy
	b     lb.Balancer
	taken []*lb.Server
}

func (h story) inside(t *testing.T) *inside {
	px := backend()
	for i, line := range h.servers {
		var w int
		words := strings.Fields(line)
		fmt.Sscan(words[0], &w)
		srv := addServer(px, fmt.Sprint(i), i, w)
		for j := 1; j < len(words); j++ {
			var n int64
			switch words[j] {
			case "backup":
				srv.Conf.Backup = true
				continue
			case "disabled":
				srv.State.Admin.Store(uint32(lb.ConfMaint))
				continue
			}
			fmt.Sscan(words[j+1], &n)
			switch words[j] {
			case "maxconn":
				srv.MaxConn.Store(n)
			case "minconn":
				srv.MinConn.Store(n)
			case "maxqueue":
				srv.Conf.MaxQueue = int(n)
			}
			j++
		}
	}
	method, keep, _ := strings.Cut(h.hashType, " ")
	b, err := New(px, conf.Balance{Algo: h.balance}, conf.HashType{Method: method}, Options{Factor: h.factor, Preserve: keep})
	if err != nil {
		t.Fatal(err)
	}
	return &inside{px: px, b: b}
}

// follow picks for a connection. Where several servers are equally good in
// HAProxy's eyes it takes a random one (leastconn): ours takes the same then.
func (in *inside) follow(src netip.Addr, want byte) byte {
	s := &lb.Stream{Session: &lb.Session{Src: netip.AddrPortFrom(src, 1)}}
	srv, _ := in.b.Pick(s, nil)
	if l, ok := in.b.(*leastConn); ok && srv != nil {
		srv = l.likeThem(srv, in.px, want)
	}
	if srv != nil && srv.Full() {
		srv = nil // it waits for it in vain
	}
	in.taken = append(in.taken, srv)
	if srv == nil {
		return '-'
	}
	srv.State.Served.Add(1)
	in.px.TotalServed.Add(1)
	in.b.Taken(srv)
	return srv.Name[0]
}

// likeThem returns the server that was wanted if it is as good as srv. HAProxy
// may find nobody where a full server is as good as one with room; we do not.
func (l *leastConn) likeThem(srv *lb.Server, px *lb.Proxy, want byte) *lb.Server {
	equal := func(other *lb.Server) bool {
		return l.Serves(other) && l.serving() != oneBackup && l.slotOf(other).load() == l.slotOf(srv).load()
	}
	if want == '-' {
		if slices.ContainsFunc(px.Servers, func(s *lb.Server) bool { return s.Full() && equal(s) }) {
			return nil
		}
		return srv
	}
	if other := px.Servers[want-'0']; equal(other) && !other.Full() {
		return other
	}
	return srv
}

func (in *inside) end(n int) {
	srv := in.taken[n]
	if srv == nil {
		return
	}
	in.taken[n] = nil
	srv.State.Served.Add(-1)
	in.px.TotalServed.Add(-1)
	in.b.Dropped(srv)
}

func (in *inside) change(event string) {
	srv := in.px.Servers[event[1]-'0']
	var n int64
	if len(event) > 3 {
		fmt.Sscan(event[3:], &n)
	}
	admin := lb.Admin(srv.State.Admin.Load())
	switch event[0] {
	case 'w':
		srv.State.Weight.Store(int32(n))
	case 'm':
		srv.MaxConn.Store(n)
	case 'd':
		admin = lb.ForcedMaint
	case 'e', 'y':
		admin = 0
	case 'r':
		admin = lb.ForcedDrain
	}
	srv.State.Admin.Store(uint32(admin))
	in.b.Changed(srv)
}

func TestHistoriesEqualHAProxy(t *testing.T) {
	path := filepath.Join("testdata", "histories.txt")
	if *update {
		recordHistories(t, path)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	want := map[string]string{}
	sc := bufio.NewScanner(f)
	for sc.Buffer(nil, 1<<20); sc.Scan(); {
		if name, picks, ok := strings.Cut(sc.Text(), " => "); ok {
			want[name] = picks
		}
	}
	for _, h := range stories(1) {
		t.Run(h.String(), func(t *testing.T) {
			w, ok := want[h.String()]
			if !ok {
				t.Fatal("not recorded")
			}
			compareHistory(t, h.replay(h.inside(t), w), w)
		})
	}
}

func compareHistory(t *testing.T, got, want string) {
	if got != want {
		g, w := strings.Fields(got), strings.Fields(want)
		n := 0
		for n < len(g) && g[n] == w[n] {
			n++
		}
		t.Errorf("event %d:\ngot  %s\nwant %s", n, strings.Join(g[:n], " ")+" >>> "+strings.Join(g[n:], " "), strings.Join(w[:n], " ")+" >>> "+strings.Join(w[n:], " "))
	}
}

// TestMoreHistoriesBesideHAProxy runs when asked to: go test -seeds 20.
func TestMoreHistoriesBesideHAProxy(t *testing.T) {
	if *seeds == 0 {
		t.Skip("-seeds is 0; TestHistoriesEqualHAProxy compares with what was recorded")
	}
	list := stories(*seeds)
	o := startOutside(t, list)
	for n, h := range list {
		t.Run(h.String(), func(t *testing.T) {
			want := h.play(o.peer(n))
			compareHistory(t, h.replay(h.inside(t), want), want)
		})
	}
}

// outside is the other program with one backend for each history.
type outside struct {
	t    *testing.T
	addr string
	cli  string
}

type outsidePeer struct {
	*outside
	n     int
	conns []net.Conn
}

func (o *outside) peer(n int) *outsidePeer { return &outsidePeer{outside: o, n: n} }

func startOutside(t *testing.T, list []story) *outside {
	program := os.Getenv("HAPROXY_PROGRAM")
	if program == "" {
		t.Fatal("HAPROXY_PROGRAM is not set")
	}
	o := &outside{t: t, cli: filepath.Join(t.TempDir(), "cli")}
	var ports []int
	for i := range 8 {
		ports = append(ports, origin(t, byte('0'+i)))
	}
	var cfg bytes.Buffer
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o.addr = free.Addr().String()
	free.Close()
	fmt.Fprintf(&cfg, "global\n nbthread 1\n stats socket %s level admin\n stats timeout 1h\ndefaults\n mode tcp\n retries 0\n timeout client 1h\n timeout server 1h\n timeout connect 5s\n timeout queue 20ms\n"+
		"frontend f\n bind %s accept-proxy\n use_backend b%%[src_port]\n", o.cli, o.addr)
	for n, h := range list {
		fmt.Fprintf(&cfg, "backend b%d\n balance %s\n", n+1, h.balance)
		if h.hashType != "" {
			method, keep, _ := strings.Cut(h.hashType, " ")
			fmt.Fprintf(&cfg, " hash-type %s\n", method)
			if keep != "" {
				fmt.Fprintf(&cfg, " hash-preserve-affinity %s\n", keep)
			}
		}
		if h.factor > 0 {
			fmt.Fprintf(&cfg, " hash-balance-factor %d\n", h.factor)
		}
		for i, s := range h.servers {
			w, rest, _ := strings.Cut(s, " ")
			fmt.Fprintf(&cfg, " server %d 127.0.0.1:%d weight %s %s\n", i, ports[i], w, rest)
		}
	}
	file := filepath.Join(t.TempDir(), "lb.cfg")
	if err := os.WriteFile(file, cfg.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-db", "-f", file)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	return o
}

// origin listens, names itself to whoever connects and waits until they leave.
func origin(t *testing.T, name byte) int {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				conn.Write([]byte{name})
				io.Copy(io.Discard, conn)
			}()
		}
	}()
	return l.Addr().(*net.TCPAddr).Port
}

func (o *outside) dial(network, addr string) net.Conn {
	for try := 0; ; try++ {
		conn, err := net.Dial(network, addr)
		if err == nil {
			return conn
		}
		if try == 200 {
			o.t.Fatal(err)
		}
		time.Sleep(20 * time.Millisecond) // until it listens
	}
}

func (p *outsidePeer) open(src netip.Addr) byte {
	conn := p.dial("tcp", p.addr)
	fmt.Fprintf(conn, "PROXY TCP4 %s 127.0.0.1 %d 2\r\n", src, p.n+1)
	b := make([]byte, 1)
	p.conns = append(p.conns, conn)
	if _, err := conn.Read(b); err != nil {
		conn.Close()
		return '-'
	}
	return b[0]
}

// end returns when the other side has seen the end, too.
func (p *outsidePeer) end(n int) {
	p.conns[n].(*net.TCPConn).CloseWrite()
	io.Copy(io.Discard, p.conns[n])
	p.conns[n].Close()
}

func (p *outsidePeer) change(event string) {
	srv := fmt.Sprintf("b%d/%c", p.n+1, event[1])
	_, value, _ := strings.Cut(event, "=")
	cmd := map[byte]string{'w': "set weight %s %s", 'm': "set maxconn server %s %s", 'd': "disable server %s%s", 'e': "enable server %s%s",
		'r': "set server %s state drain%s", 'y': "set server %s state ready%s"}[event[0]]
	conn := p.dial("unix", p.cli)
	defer conn.Close()
	fmt.Fprintf(conn, cmd+"\n", srv, value)
	reply, _ := io.ReadAll(conn)
	if s := strings.TrimSpace(string(reply)); s != "" {
		p.t.Fatalf("%s: %s", event, s)
	}
}

func recordHistories(t *testing.T, path string) {
	list := stories(1)
	o := startOutside(t, list)
	var out bytes.Buffer
	fmt.Fprintln(&out, "# balance | hash-type | hash-balance-factor | servers | events | seed => what happened and which server HAProxy 3.4 chose")
	for n, h := range list {
		fmt.Fprintf(&out, "%s => %s\n", h, h.play(o.peer(n)))
	}
	if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}
