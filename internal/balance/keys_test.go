package balance

import (
	"bytes"
	"testing"

	"segue/internal/conf"
	"segue/internal/htx"
	"segue/internal/lb"
)

func TestKeys(t *testing.T) {
	rdp := append([]byte{3, 0, 0, 40, 35, 0xe0, 0, 0, 0, 0, 0}, "Cookie: mstshash=alice\r\n\x01\x00"...)
	for _, c := range []struct {
		name, algo         string
		args               []string
		method, uri, field string
		body               string
		chunked            bool
		input              []byte
		want               string // "" = no key
	}{
		{name: "uri without its query", algo: "uri", uri: "/a?b", want: "/a"},
		{name: "whole uri", algo: "uri", args: []string{"whole"}, uri: "/a?b", want: "/a?b"},
		{name: "uri cut by len", algo: "uri", args: []string{"len", "3"}, uri: "/abc", want: "/ab"},
		{name: "uri cut by depth", algo: "uri", args: []string{"depth", "2"}, uri: "/a/b/c", want: "/a/b"},
		{name: "path only", algo: "uri", args: []string{"path-only"}, uri: "http://h/p?q", want: "/p"},
		{name: "absolute uri", algo: "uri", uri: "http://h/p?q", want: "http://h/p"},
		{name: "parameter", algo: "url_param", args: []string{"id"}, uri: "/?x=1&id=7&id=8", want: "7"},
		{name: "parameter by another's tail", algo: "url_param", args: []string{"id"}, uri: "/?xid=7"},
		{name: "parameter without a value sign", algo: "url_param", args: []string{"id"}, uri: "/?id"},
		{name: "parameter in a body without check_post", algo: "url_param", args: []string{"id"}, method: "POST", uri: "/", body: "id=3", want: "3"},
		{name: "parameter in the body", algo: "url_param", args: []string{"id", "check_post"}, method: "POST", uri: "/", body: "a=b&id=3", want: "3"},
		{name: "the query before the body", algo: "url_param", args: []string{"id", "check_post"}, method: "POST", uri: "/?id=1", body: "id=3", want: "1"},
		{name: "parameter over two chunks", algo: "url_param", args: []string{"id", "check_post"}, method: "POST", uri: "/", body: "4\r\na&id\r\n5\r\n=345&\r\n0\r\n\r\n", chunked: true, want: "345"},
		{name: "a value in a body ends with its line", algo: "url_param", args: []string{"id", "check_post"}, method: "POST", uri: "/", body: "id=3\r\n", want: "3"},
		{name: "a value in a body that is no token", algo: "url_param", args: []string{"id", "check_post"}, method: "POST", uri: "/", body: "id=3;x"},
		{name: "a value in a query may be anything", algo: "url_param", args: []string{"id", "check_post"}, method: "POST", uri: "/?id=3;x", want: "3;x"},
		{name: "parameter in the first chunk", algo: "url_param", args: []string{"id", "check_post"}, method: "POST", uri: "/", body: "6;x=y\r\nid=345\r\n0\r\n\r\n", chunked: true, want: "345"},
		{name: "first chunk cut short", algo: "url_param", args: []string{"id", "check_post"}, method: "POST", uri: "/", body: "ff\r\nid=3", chunked: true, want: "3"},
		{name: "a GET has no body to look at", algo: "url_param", args: []string{"id", "check_post"}, uri: "/", body: "id=3"},
		{name: "header", algo: "hdr(X-Key)", uri: "/", field: " a , b", want: "a"},
		{name: "empty header", algo: "hdr(x-key)", uri: "/"},
		{name: "domain of a header", algo: "hdr(x-key)", args: []string{"use_domain_only"}, uri: "/", field: "haproxy.1wt.eu", want: "1wt"},
		{name: "rdp cookie", algo: "rdp-cookie", input: rdp, want: "alice"},
		{name: "rdp cookie of another name", algo: "rdp-cookie(msts)", input: rdp},
		{name: "rdp cookie by name", algo: "rdp-cookie(MSTSHASH)", input: rdp, want: "alice"},
		{name: "rdp cookie that has not ended", algo: "rdp-cookie", input: rdp[:25]},
		{name: "not rdp", algo: "rdp-cookie", input: []byte("GET / HTTP/1.1\r\n\r\n")},
	} {
		t.Run(c.name, func(t *testing.T) {
			fields := map[string]string{"x-key": c.field}
			if c.chunked {
				fields["transfer-encoding"] = "chunked"
			}
			if c.method == "" {
				c.method = "GET"
			}
			s := request(c.method, c.uri, fields)
			if c.chunked {
				s.Req.Framing = htx.Chunked
			}
			s.Pending, s.Input = []byte(c.body), c.input
			name, arg := c.algo, ""
			if i := bytes.IndexByte([]byte(name), '('); i > 0 {
				name, arg = name[:i], name[i+1:len(name)-1]
			}
			key, err := keyOf(name, arg, c.args, Options{})
			if err != nil {
				t.Fatal(err)
			}
			got, ok := key(s)
			if string(got) != c.want || ok != (c.want != "") {
				t.Errorf("key %q, %v, want %q", got, ok, c.want)
			}
		})
	}
}

func TestNewRefusesWhatItDoesNotKnow(t *testing.T) {
	eval := func(*lb.Stream, []byte) ([]byte, bool) { return nil, false }
	for _, c := range []struct {
		name string
		spec conf.Balance
		hash conf.HashType
		o    Options
		ok   bool
	}{
		{name: "algorithm", spec: conf.Balance{Algo: "best"}},
		{name: "draws", spec: conf.Balance{Algo: "random(0)"}},
		{name: "draws that are no number", spec: conf.Balance{Algo: "random(x)"}},
		{name: "argument of uri", spec: conf.Balance{Algo: "uri", Args: []string{"half"}}},
		{name: "len of uri", spec: conf.Balance{Algo: "uri", Args: []string{"len"}}},
		{name: "url_param without a name", spec: conf.Balance{Algo: "url_param"}},
		{name: "hash without an expression", spec: conf.Balance{Algo: "hash"}},
		{name: "hash method", spec: conf.Balance{Algo: "source"}, hash: conf.HashType{Method: "guess"}},
		{name: "hash function", spec: conf.Balance{Algo: "source"}, hash: conf.HashType{Function: "md5"}},
		{name: "hash modifier", spec: conf.Balance{Algo: "source"}, hash: conf.HashType{Modifier: "flood"}},
		{name: "affinity", spec: conf.Balance{Algo: "source"}, hash: conf.HashType{Method: "consistent"}, o: Options{Preserve: "some"}},
		{name: "no algorithm is random", ok: true},
		{name: "draws", spec: conf.Balance{Algo: "random(3)"}, ok: true},
		{name: "hash", spec: conf.Balance{Algo: "hash"}, o: Options{Eval: eval}, ok: true},
		{name: "log-hash", spec: conf.Balance{Algo: "log-hash"}, o: Options{Eval: eval}, ok: true},
	} {
		if _, err := New(backend(1), c.spec, c.hash, c.o); (err == nil) != c.ok {
			t.Errorf("%s: error %v", c.name, err)
		}
	}
}

func TestHashUsesItsExpression(t *testing.T) {
	key := "abc"
	b, err := New(backend(1, 2, 3), conf.Balance{Algo: "hash"}, conf.HashType{Method: "consistent"}, Options{
		Eval: func(_ *lb.Stream, dst []byte) ([]byte, bool) { return append(dst, key...), key != "" },
	})
	if err != nil {
		t.Fatal(err)
	}
	want, _ := balancer(t, backend(1, 2, 3), "hdr(x-key)").Pick(request("GET", "/", nil), nil)
	if want == nil {
		t.Fatal("a stream without a key has no server")
	}
	first, _ := b.Pick(&lb.Stream{}, nil)
	for range 10 {
		if srv, _ := b.Pick(&lb.Stream{}, nil); srv != first {
			t.Errorf("the same key went to %s and %s", first.Name, srv.Name)
		}
	}
}

// FuzzKeys: no request makes a key that does not lie within it, nor a panic.
func FuzzKeys(f *testing.F) {
	f.Add("/a/b?id=1", "www.example.com:80", []byte("4\r\nid=2\r\n0\r\n\r\n"))
	f.Add("http://h", ".", []byte{3, 0, 0, 40, 35, 0xe0, 0, 0, 0, 0, 0, 'C', 'o', 'o', 'k', 'i', 'e', ':', '=', 'x', '\r', '\n'})
	f.Add("*", "a.", []byte("ffffffffffffffff\r\n"))
	f.Fuzz(func(t *testing.T, uri, host string, bytes_ []byte) {
		s := request("POST", uri, map[string]string{"x-key": host, "transfer-encoding": "chunked"})
		s.Pending, s.Input, s.Req.Framing = bytes_, bytes_, htx.Chunked
		for _, c := range []struct {
			algo, arg string
			args      []string
		}{
			{"uri", "", []string{"depth", "2", "len", "9"}}, {"uri", "", []string{"whole", "path-only"}},
			{"url_param", "", []string{"id", "check_post"}}, {"hdr", "x-key", []string{"use_domain_only"}}, {"rdp-cookie", "", nil},
		} {
			key, err := keyOf(c.algo, c.arg, c.args, Options{})
			if err != nil {
				t.Fatal(err)
			}
			got, ok := key(s)
			if !ok && got != nil {
				t.Errorf("%s: key %q without being one", c.algo, got)
			}
			if ok && !bytes.Contains([]byte(uri), got) && !bytes.Contains([]byte(host), got) && !bytes.Contains(bytes_, got) {
				t.Errorf("%s: key %q comes from nowhere", c.algo, got)
			}
		}
	})
}
