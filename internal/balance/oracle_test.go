package balance

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"segue/internal/conf"
	"segue/internal/htx"
	"segue/internal/lb"
)

var update = flag.Bool("update", false, "record testdata/picks.txt from the program that HAPROXY_PROGRAM names")

// The ports are fixed because hash-key addr-port depends on them.
const oraclePort, originPort, rdpPort = 18931, 18932, 18933

// pickCase is one backend and the requests that it gets, one after another.
type pickCase struct {
	balance  string // the balance line's words
	hashType string
	servers  []string // "weight [backup] [disabled] [hash-key k] [id n]"
	n        int
	keys     string // uri, hdr, number, int, host, src, src6, rdp, none: how requests differ
}

func (c pickCase) String() string {
	return fmt.Sprintf("%s | %s | %s | %s", c.balance, c.hashType, strings.Join(c.servers, ", "), c.keys)
}

func weights(w ...int) (out []string) {
	for _, w := range w {
		out = append(out, fmt.Sprint(w))
	}
	return out
}

// pickCases lists every algorithm whose choice depends on nothing but weights
// and keys, with every hash.
func pickCases() (out []pickCase) {
	for _, w := range [][]string{weights(1, 2, 3), weights(3, 5, 8, 1), weights(10, 20, 7), weights(256, 1, 1), weights(1, 1, 1, 1, 1, 1, 1), weights(100, 100, 99), weights(0, 1, 2), weights(6, 4), weights(50, 25, 12, 6, 3),
		{"1 backup", "2 disabled", "3 backup"}, {"1 backup", "2", "3 backup", "5"}} {
		out = append(out, pickCase{"roundrobin", "", w, 700, "none"}, pickCase{"static-rr", "", w, 300, "none"}, pickCase{"first", "", w, 5, "none"})
	}
	many := weights(256, 100, 1, 17, 40, 3, 9, 77, 128)
	for _, method := range []string{"map-based", "consistent"} {
		out = append(out, hashCases(method)...)
		for _, algo := range []string{"uri", "uri whole", "uri len 8", "uri depth 2", "uri depth 1", "uri len 5 depth 3", "uri path-only", "uri path-only depth 1", "uri path-only whole", "uri path-only len 9", "uri whole len 9", "uri whole depth 3", "url_param id", "url_param id check_post"} {
			out = append(out, pickCase{algo, method, weights(1, 2, 3, 4), keyed, "uri"})
		}
		out = append(out,
			pickCase{"hdr(host) use_domain_only", method, weights(1, 2, 3, 4), 0, "host"},
			pickCase{"hdr(host)", method, weights(1, 2, 3, 4), 0, "host"},
			pickCase{"hdr(x-key)", method + " none", weights(1, 2, 3, 4), keyed, "number"},
			pickCase{"source", method, weights(1, 2, 3, 4), keyed, "src6"},
			pickCase{"hdr(x-key)", method, many, keyed, "hdr"},
			pickCase{"source", method, many, keyed, "src"},
			pickCase{"hdr(x-none)", method, weights(1, 2, 3), 120, "none"},
			pickCase{"hdr(x-key)", method, []string{"1 backup", "2 disabled", "3 backup"}, 10, "hdr"},
			pickCase{"hdr(x-key)", method, []string{"1", "2 disabled", "3 backup", "4"}, keyed, "hdr"})
	}
	for _, k := range []string{"id", "id32", "addr", "addr-port", "guid"} {
		guid := func(g string) string { // unique in a process, so only one case has them
			if k == "guid" {
				return " guid " + g
			}
			return ""
		}
		out = append(out, pickCase{"hdr(x-key)", "consistent", []string{"1 hash-key " + k + guid("a"), "2 hash-key " + k + guid("b"), "1 hash-key " + k}, keyed, "hdr"},
			pickCase{"source", "consistent wt6 avalanche", []string{"1 hash-key " + k, "2 hash-key " + k + " backup", "30 hash-key " + k, "4 id 77 hash-key " + k}, keyed, "src"})
	}
	return append(out, pickCase{"hdr(x-key)", "consistent", []string{"1 id 1000000", "1 id 7", "2 id 3000000000"}, keyed, "hdr"})
}

// keyed is how many keys a case of a hash has.
const keyed = 300

// hashCases lists every hash function with every kind of key.
func hashCases(method string) (out []pickCase) {
	for _, f := range []string{"", "sdbm", "djb2", "wt6", "crc32", "none"} {
		for _, mod := range []string{"", "avalanche"} {
			if f == "" && mod != "" {
				continue
			}
			t, w := strings.TrimSpace(method+" "+f+" "+mod), weights(3, 5, 8, 1)
			out = append(out, pickCase{"hdr(x-key)", t, w, keyed, "hdr"}, pickCase{"source", t, w, keyed, "src"},
				pickCase{"uri", t, w, keyed, "uri"}, pickCase{"url_param id", t, w, keyed, "uri"},
				pickCase{"hash req.fhdr(x-key)", t, w, keyed, "hdr"}, pickCase{"hash req.hdr(x-key),add(0)", t, w, keyed, "int"},
				pickCase{"rdp-cookie(mstshash)", t, w, keyed, "rdp"}, pickCase{"rdp-cookie", t, w, 20, "rdp"})
		}
	}
	return out
}

var hosts = []string{"haproxy.1wt.eu", "www.example.com", "example.com", "example.com:8080", "www.example.com:80", "localhost", "localhost:81", "a.b.c.d.e", "1.2.3.4", "x.", ".x", "www.example.com."}

// request is the i-th request of a case.
func (c pickCase) request(i int) (uri, key, host, src string) {
	uri, host, src = "/", "h", "192.0.2.1"
	switch c.keys {
	case "uri":
		uri = []string{"/img/%d.png", "/a/b%d/c/d?x=1", "/%d?id=7%[1]d&x=2", "/s?a=b&id=%d", "/s?xid=%d&id", "http://h/x%d/y/z?q"}[i%6]
		uri = fmt.Sprintf(uri, i)
	case "hdr":
		key = fmt.Sprintf("key-%d%s", i, strings.Repeat("z", i%5))
		if i%7 == 6 {
			key += ",second"
		}
	case "number":
		key = []string{"%d", "0%d", "%dx", "x%d", "-%d", "99999999999%d"}[i%6]
		key = fmt.Sprintf(key, i)
	case "int":
		key = fmt.Sprint(i * 7919)
	case "rdp":
		key = fmt.Sprintf("user%d", i)
	case "host":
		host = hosts[i]
	case "src":
		src = fmt.Sprintf("10.%d.%d.%d", i*7%256, i%3, i*13%256)
	case "src6":
		src = fmt.Sprintf("2001:db8:%x::%x", i*77, i*13+1)
	}
	return uri, key, host, src
}

func (c pickCase) count() int {
	if c.keys == "host" {
		return len(hosts)
	}
	return c.n
}

func TestPicksEqualHAProxy(t *testing.T) {
	path := filepath.Join("testdata", "picks.txt")
	if *update {
		record(t, path)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	want := map[string]string{}
	for sc := bufio.NewScanner(f); sc.Scan(); {
		if name, picks, ok := strings.Cut(sc.Text(), " => "); ok {
			want[name] = picks
		}
	}
	for _, c := range pickCases() {
		t.Run(c.String(), func(t *testing.T) {
			w, ok := want[c.String()]
			if !ok {
				t.Fatal("not recorded")
			}
			if got := c.run(t); got != w {
				t.Errorf("got  %s\nwant %s", got, w)
			}
		})
	}
}

// run picks for all requests of the case.
func (c pickCase) run(t *testing.T) string {
	px := backend()
	for i, line := range c.servers {
		var w int
		words := strings.Fields(line)
		fmt.Sscan(words[0], &w)
		srv := addServer(px, fmt.Sprint(i), i, w)
		addr := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 1, byte(i + 1)}), originPort)
		srv.State.Addr.Store(&addr)
		for j := 1; j < len(words); j++ {
			switch words[j] {
			case "backup":
				srv.Conf.Backup = true
			case "disabled":
				srv.State.Admin.Store(uint32(lb.ConfMaint))
			case "hash-key":
				j++
				srv.Conf.HashKey = words[j]
			case "guid":
				j++
				srv.Conf.GUID = words[j]
			case "id":
				j++
				fmt.Sscan(words[j], &srv.ID)
			}
		}
	}
	words, types := strings.Fields(c.balance), append(strings.Fields(c.hashType), "", "", "", "")
	b, err := New(px, conf.Balance{Algo: words[0], Args: words[1:]}, conf.HashType{Method: types[0], Function: types[1], Modifier: types[2]}, Options{Eval: c.eval()})
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for i := range c.count() {
		uri, key, host, src := c.request(i)
		s := request("GET", uri, map[string]string{"host": host, "x-key": key})
		if c.keys == "rdp" {
			s.Input = rdpRequest(key)
		}
		s.Session.Src = netip.AddrPortFrom(netip.MustParseAddr(src), 1)
		srv, _ := b.Pick(s, nil)
		if srv == nil {
			out.WriteByte('-')
			continue
		}
		out.WriteString(srv.Name)
	}
	return out.String()
}

// eval stands for the expression of "balance hash": the header itself, or its
// number, of which the hash functions get eight bytes and "none" the text.
func (c pickCase) eval() func(*lb.Stream, []byte) ([]byte, bool) {
	return func(s *lb.Stream, dst []byte) ([]byte, bool) {
		v := s.Req.Value(s.Req.Next(0, htx.Lookup([]byte("x-key")), "x-key"))
		if c.keys != "int" || strings.Contains(c.hashType, "none") {
			return append(dst, v...), true
		}
		n, err := strconv.ParseUint(string(v), 10, 64)
		return binary.BigEndian.AppendUint64(dst, n), err == nil
	}
}

// rdpRequest is a client's first message with a cookie, [MS-RDPBCGR] 2.2.1.1.
func rdpRequest(user string) []byte {
	cookie := "Cookie: mstshash=" + user + "\r\n"
	n := len(cookie) + 11
	return append([]byte{3, 0, 0, byte(n), byte(n - 5), 0xe0, 0, 0, 0, 0, 0}, cookie...)
}

// request makes a stream with a parsed head.
func request(method, uri string, fields map[string]string) *lb.Stream {
	s := &lb.Stream{Session: &lb.Session{}}
	s.Req.SetMethod([]byte(method))
	s.Req.SetTarget([]byte(uri))
	for name, v := range fields {
		if v != "" {
			s.Req.AddString(htx.Lookup([]byte(name)), name, []byte(v))
		}
	}
	return s
}

// record asks the other program.
func record(t *testing.T, path string) {
	program := os.Getenv("HAPROXY_PROGRAM")
	if program == "" {
		t.Fatal("HAPROXY_PROGRAM is not set")
	}
	var cfg, out bytes.Buffer
	fmt.Fprintf(&cfg, "global\n nbthread 1\ndefaults\n mode http\n timeout client 5s\n timeout server 5s\n timeout connect 5s\n"+
		"frontend o\n bind *:%d\n http-request return status 200\nfrontend f\n bind 127.0.0.1:%d accept-proxy\n use_backend %%[req.hdr(x-case)]\n"+
		"frontend r\n mode tcp\n bind 127.0.0.1:%d accept-proxy\n tcp-request inspect-delay 5s\n tcp-request content accept if { req.rdp_cookie -m found }\n use_backend b%%[src_port]\n", originPort, oraclePort, rdpPort)
	named := namedOrigins(t)
	for n, c := range pickCases() {
		fmt.Fprintf(&cfg, "backend b%d\n balance %s\n", n+1, c.balance)
		port := originPort
		if c.keys == "rdp" {
			port = named
			fmt.Fprintln(&cfg, " mode tcp")
		} else {
			fmt.Fprintln(&cfg, " http-response set-header x-srv %[srv_name]")
		}
		if c.hashType != "" {
			fmt.Fprintf(&cfg, " hash-type %s\n", c.hashType)
		}
		for i, s := range c.servers {
			w, rest, _ := strings.Cut(s, " ")
			fmt.Fprintf(&cfg, " server %d 127.0.1.%d:%d weight %s %s\n", i, i+1, port, w, rest)
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
	defer func() { cmd.Process.Kill(); cmd.Wait() }()
	fmt.Fprintln(&out, "# balance | hash-type | servers | keys => the server of each request, as HAProxy 3.4 chose it")
	for n, c := range pickCases() {
		fmt.Fprintf(&out, "%s => ", c)
		for i := range c.count() {
			out.WriteString(ask(t, c, n+1, i))
		}
		out.WriteByte('\n')
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// namedOrigins listens on the addresses of all servers; each says its name.
func namedOrigins(t *testing.T) int {
	l, err := net.Listen("tcp4", "0.0.0.0:0")
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
				fmt.Fprint(conn, conn.LocalAddr().(*net.TCPAddr).IP.To4()[3]-1)
				io.Copy(io.Discard, conn)
			}()
		}
	}()
	return l.Addr().(*net.TCPAddr).Port
}

func dialOracle(t *testing.T, port int) net.Conn {
	for try := 0; ; try++ {
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			return conn
		}
		if try == 500 {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Millisecond) // until it listens
	}
}

// ask sends one request to case n and returns the name of the server that got
// it.
func ask(t *testing.T, c pickCase, n, i int) string {
	uri, key, host, src := c.request(i)
	if c.keys == "rdp" {
		conn := dialOracle(t, rdpPort)
		defer conn.Close()
		fmt.Fprintf(conn, "PROXY TCP4 %s 127.0.0.1 %d 2\r\n%s", src, n, rdpRequest(key))
		name := make([]byte, 1)
		if _, err := io.ReadFull(conn, name); err != nil {
			t.Fatal(err)
		}
		return string(name)
	}
	conn := dialOracle(t, oraclePort)
	defer conn.Close()
	family, dst := "TCP4", "127.0.0.1"
	if strings.Contains(src, ":") {
		family, dst = "TCP6", "::1"
	}
	fmt.Fprintf(conn, "PROXY %s %s %s 1 2\r\nGET %s HTTP/1.1\r\nhost: %s\r\nx-case: b%d\r\nconnection: close\r\n", family, src, dst, uri, host, n)
	if key != "" {
		fmt.Fprintf(conn, "x-key: %s\r\n", key)
	}
	fmt.Fprint(conn, "\r\n")
	r, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if name := r.Header.Get("x-srv"); name != "" {
		return name
	}
	return "-"
}
