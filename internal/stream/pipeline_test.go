package stream_test

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestLargeBodiesAreNoRequests sends requests one behind the other whose bodies
// are larger than a head may be and look like requests, cut at any place. Each
// gets its own answer, whether its body is read by a server, or read away; none
// of what the bodies say is done.
func TestLargeBodiesAreNoRequests(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/early") { // the server reads the body behind its answer
			io.WriteString(w, r.URL.Path) //nolint:errcheck // the client's answer tells
			return
		}
		n, err := io.Copy(io.Discard, r.Body)
		if err != nil {
			t.Error(err)
		}
		fmt.Fprintf(w, "%s %d", r.URL.Path, n)
	}))
	t.Cleanup(srv.Close)
	const conf = "listen l\n bind 127.0.0.1:1\n http-request return status 200 content-type a/b string smuggled if { path /smug }\n" +
		" http-request wait-for-body time 5s at-least 9000 if { path_beg /wait }\n" +
		" http-request return status 200 content-type a/b string refused if { path_beg /no /wait/no }\n server s @SRV\n"
	addr := proxy(t, conf, &origin{addr: srv.Listener.Addr().String()})
	for seed := range uint64(8) {
		r := rand.New(rand.NewPCG(seed, 1))
		var in strings.Builder
		var want []string
		for i := range 40 {
			size := r.IntN(120_000)
			body := strings.Repeat("\r\n", size/2) + "GET /smug HTTP/1.0\r\n\r\n"
			place := []string{"/no", "/wait/no", "/read", "/wait/read", "/early"}[r.IntN(5)]
			path := fmt.Sprintf("%s/%d", place, i)
			answer := fmt.Sprintf("%s %d", path, len(body))
			switch place {
			case "/no", "/wait/no":
				answer = "refused"
			case "/early":
				answer = path
			}
			want = append(want, answer)
			head := "POST " + path + " HTTP/1.1\r\nHost: a\r\n"
			if r.IntN(3) == 0 {
				fmt.Fprintf(&in, "%sTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", head, len(body), body)
			} else {
				fmt.Fprintf(&in, "%sContent-Length: %d\r\n\r\n%s", head, len(body), body)
			}
		}
		c := dial(t, addr)
		go func() {
			for s := in.String(); len(s) > 0; {
				n := min(1+r.IntN(60_000), len(s))
				if _, err := io.WriteString(c, s[:n]); err != nil {
					return // the reader says what went wrong
				}
				s = s[n:]
			}
		}()
		br := bufio.NewReader(c)
		for i, w := range want {
			resp, err := http.ReadResponse(br, nil)
			if err != nil {
				t.Fatalf("seed %d: answer %d: %v", seed, i, err)
			}
			got, err := io.ReadAll(resp.Body)
			if err != nil || string(got) != w {
				t.Fatalf("seed %d: answer %d is %q (%d), %v, want %q", seed, i, got, resp.StatusCode, err, w)
			}
		}
		c.Close()
	}
}
