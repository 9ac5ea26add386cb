package h1

import (
	"bytes"
	"testing"

	"segue/internal/htx"
)

// FuzzParseRequest: a head parses alike however it is cut, and what is written
// again is a fixed point that is framed like the original.
func FuzzParseRequest(f *testing.F) {
	for _, c := range append(requestCases, unsafeRequestCases...) {
		f.Add([]byte(c.in+"\r\n"), false)
		f.Add([]byte(c.in+"\r\n"), true)
	}
	f.Add([]byte(browserHead), false)
	f.Fuzz(func(t *testing.T, in []byte, unsafe bool) {
		lim := Limits{MaxFields: 20, MaxHead: 4096, AcceptUnsafeRequest: unsafe}
		var h htx.Head
		n, err := ParseRequest(&h, in, 0, &lim)
		checkCuts(t, in, n, err, func(b []byte, from int) (int, Error) {
			var h htx.Head
			return ParseRequest(&h, b, from, &lim)
		})
		if n == 0 || err != OK {
			return
		}
		lim.MaxHead = 0 // a canonical head may be a few bytes longer
		wire := append(AppendRequest(nil, &h), '\r', '\n')
		var again htx.Head
		m, err := ParseRequest(&again, wire, 0, &lim)
		if m != len(wire) || err != OK {
			if unsafe && err != OK { // what is accepted as unsafe may stay so
				return
			}
			t.Fatalf("%q is written as %q, which parses as %d, %v", in[:n], wire, m, err)
		}
		checkAgain(t, in[:n], wire, &h, &again, append(AppendRequest(nil, &again), '\r', '\n'))
	})
}

// FuzzParseResponse is FuzzParseRequest for responses.
func FuzzParseResponse(f *testing.F) {
	for _, c := range append(responseCases, unsafeResponseCases...) {
		f.Add([]byte(c.in+"\r\n"), uint8(Get), false)
		f.Add([]byte(c.in+"\r\n"), uint8(Head), true)
	}
	f.Add([]byte(serverHead), uint8(Connect), false)
	f.Fuzz(func(t *testing.T, in []byte, method uint8, unsafe bool) {
		lim := Limits{MaxFields: 20, MaxHead: 4096, AcceptUnsafeResponse: unsafe}
		kind := MethodKind(method)
		var h htx.Head
		n, err := ParseResponse(&h, in, 0, kind, &lim)
		checkCuts(t, in, n, err, func(b []byte, from int) (int, Error) {
			var h htx.Head
			return ParseResponse(&h, b, from, kind, &lim)
		})
		if n == 0 || err != OK {
			return
		}
		lim.MaxHead = 0
		wire := append(AppendResponse(nil, &h), '\r', '\n')
		var again htx.Head
		if m, err := ParseResponse(&again, wire, 0, kind, &lim); m != len(wire) || err != OK {
			t.Fatalf("%q is written as %q, which parses as %d, %v", in[:n], wire, m, err)
		}
		checkAgain(t, in[:n], wire, &h, &again, append(AppendResponse(nil, &again), '\r', '\n'))
	})
}

// checkCuts parses every beginning of in, each after the one before, and
// compares with what the whole gave.
func checkCuts(t *testing.T, in []byte, n int, err Error, parse func([]byte, int) (int, Error)) {
	end := len(in)
	if err == OK && n > 0 {
		end = n
	}
	from := 0
	for i := 0; i < end; i++ {
		k, e := parse(in[:i], from)
		if e == OK && k == 0 {
			from = i
			continue
		}
		if e == OK || err == OK && n > 0 {
			t.Fatalf("%q parses as %d, %v, and cut at %d as %d, %v", in, n, err, i, k, e)
		}
		return // refused early, and refused or unfinished as a whole
	}
	if k, e := parse(in[:end], from); err == OK && (k != n || e != OK) {
		t.Fatalf("%q parses as %d, %v, and after %d bytes as %d, %v", in, n, err, from, k, e)
	}
}

// checkAgain compares a head with itself after a round trip.
func checkAgain(t *testing.T, in, wire []byte, h, again *htx.Head, wire2 []byte) {
	if !bytes.Equal(wire, wire2) {
		t.Fatalf("%q is written as %q, and that as %q", in, wire, wire2)
	}
	if h.Framing != again.Framing || h.ContentLength != again.ContentLength || h.Status != again.Status {
		t.Fatalf("%q is framed as %d %d, and %q as %d %d", in, h.Framing, h.ContentLength, wire, again.Framing, again.ContentLength)
	}
	if bytes.ContainsAny(bytes.ReplaceAll(wire, []byte("\r\n"), nil), "\r\n") {
		t.Fatalf("%q is written with a bare CR or LF: %q", in, wire)
	}
}

// FuzzBody: a chunked body comes out alike however it is cut; what Feed
// forwards is a fixed point, and Decode of it gives the same payload.
func FuzzBody(f *testing.F) {
	for _, c := range bodyCases {
		if len(c.in) < 1000 {
			f.Add([]byte(c.in), uint16(len(c.in)/2))
		}
	}
	f.Fuzz(func(t *testing.T, in []byte, cut uint16) {
		i := min(int(cut), len(in))
		out, n, done, _, err := run(false, string(in))
		out2, n2, done2, _, err2 := run(false, string(in[:i]), string(in[i:]))
		if done != done2 || err != err2 || done && (out != out2 || n != n2) {
			t.Fatalf("Feed(%q) = %q, %d, %v, %v; cut at %d %q, %d, %v, %v", in, out, n, done, err, i, out2, n2, done2, err2)
		}
		payload, m, done3, trailers, err3 := run(true, string(in[:i]), string(in[i:]))
		if done3 != done || err3 != err || done && m != n {
			t.Fatalf("Decode(%q) = %q, %d, %v, %v; Feed %d, %v, %v", in, payload, m, done3, err3, n, done, err)
		}
		if !done {
			return
		}
		if len(out) > n {
			t.Fatalf("Feed(%q) = %q, longer than it was", in, out)
		}
		if out2, n2, done2, _, err2 := run(false, out); out2 != out || n2 != len(out) || !done2 || err2 != OK {
			t.Fatalf("Feed(%q) = %q, %d, %v, %v, want a fixed point", out, out2, n2, done2, err2)
		}
		if p2, _, _, t2, _ := run(true, out); p2 != payload || t2 != trailers {
			t.Fatalf("Decode(%q) = %q, %q, want %q, %q", out, p2, t2, payload, trailers)
		}
	})
}
