package h1

import (
	"math"
	"strings"
	"testing"

	"segue/internal/htx"
)

// bodyCase is a chunked body; feed and payload are what Feed and Decode make
// of it, and trailers what Decode finds behind.
type bodyCase struct {
	name, in, feed, payload, trailers string
	err                               Error
}

var bodyCases = []bodyCase{
	{name: "one chunk", in: "5\r\nhello\r\n0\r\n\r\n", payload: "hello"},
	{name: "no chunk", in: "0\r\n\r\n"},
	{name: "several chunks", in: "5\r\nhello\r\n1\r\n,\r\n6\r\n world\r\n0\r\n\r\n", payload: "hello, world"},
	{name: "digits of either case", in: "a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n", payload: "01234567890123456789"},
	{name: "payload that looks like framing", in: "7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n", payload: "\r\n0\r\n\r\n"},
	{name: "zeros before the size", in: "0000000000000000000005\r\nhello\r\n000\r\n\r\n", feed: "5\r\nhello\r\n0\r\n\r\n", payload: "hello"},
	{name: "extensions are dropped", in: "5;a=b;c=\"d;e\"\r\nhello\r\n0;x\r\n\r\n", feed: "5\r\nhello\r\n0\r\n\r\n", payload: "hello"},
	{name: "quotes in extensions", in: "5;a=\"b\\\"c\";d=\"\"\r\nhello\r\n0;e=\"\\\\\"\r\n\r\n", feed: "5\r\nhello\r\n0\r\n\r\n", payload: "hello"},
	{name: "blanks around extensions", in: "5 \t; a = b\r\nhello\r\n0 \r\n\r\n", feed: "5\r\nhello\r\n0\r\n\r\n", payload: "hello"},
	{name: "trailers", in: "5\r\nhello\r\n0\r\nA: b\r\nC:d\r\n\r\n", payload: "hello", trailers: "A: b\r\nC:d\r\n"},
	{name: "folded trailer", in: "0\r\nA: b\r\n c\r\n\r\n", feed: "0\r\nA: b   c\r\n\r\n", trailers: "A: b   c\r\n"},
	{name: "trailers that frame are dropped", in: "0\r\nA: b\r\nContent-Length: 5\r\nHost: x\r\nC: d\r\nConnection: close\r\n\r\n",
		feed: "0\r\nA: b\r\nC: d\r\n\r\n", trailers: "A: b\r\nC: d\r\n"},

	{name: "a trailer of another coding", in: "0\r\nA: b\r\ntransfer-encoding: x\r\n\r\n", err: BadTrailer},

	{name: "size missing", in: "\r\nhello", err: BadChunk},
	{name: "size negative", in: "-5\r\nhello", err: BadChunk},
	{name: "size with plus", in: "+5\r\nhello", err: BadChunk},
	{name: "size with 0x", in: "0x5\r\nhello", err: BadChunk},
	{name: "size behind a blank", in: " 5\r\nhello", err: BadChunk},
	{name: "size with a second word", in: "5 5\r\nhello", err: BadChunk},
	{name: "size 2^52", in: "10000000000000\r\n", err: BadChunk},
	{name: "size that wraps", in: "10000000000000005\r\nhello", err: BadChunk},
	{name: "extension without size", in: ";a\r\nhello", err: BadChunk},
	{name: "bare LF behind the size", in: "5\nhello\r\n0\r\n\r\n", err: BadChunk},
	{name: "bare LF in an extension (TERM.EXT)", in: "5;a\nhello\r\n0\r\n\r\n", err: BadChunk},
	{name: "bare CR in an extension", in: "5;a\rb\r\nhello", err: BadChunk},
	{name: "NUL in an extension", in: "5;\x00\r\nhello", err: BadChunk},
	{name: "quote that stays open", in: "5;a=\"b\r\nhello\r\n0\r\n\r\n", err: BadChunk},
	{name: "quote that an escape keeps open", in: "5;a=\"b\\\"\r\nhello\r\n0\r\n\r\n", err: BadChunk},
	{name: "quote that ends behind the line", in: "5;a=\"\r\n\"\r\nhello\r\n0\r\n\r\n", err: BadChunk},
	{name: "escaped CR", in: "5;a=\"\\\r\nhello\r\n0\r\n\r\n", err: BadChunk},
	{name: "bare LF behind the payload", in: "5\r\nhello\n0\r\n\r\n", err: BadChunk},
	{name: "payload longer than its size (TERM.SPILL)", in: "5\r\nhelloX\r\n0\r\n\r\n", err: BadChunk},
	{name: "payload without its CRLF", in: "5\r\nhello0\r\n\r\n", err: BadChunk},
	{name: "bare LF behind the last size", in: "0\n\r\n", err: BadChunk},
	{name: "bare LF ends the trailers", in: "0\r\n\n", err: BadLineEnd},
	{name: "bare LF behind a trailer", in: "0\r\nA: b\n\r\n", err: BadLineEnd},
	{name: "bare CR in a trailer", in: "0\r\nA: b\rc\r\n\r\n", err: BadLineEnd},
	{name: "NUL in a trailer", in: "0\r\nA: \x00\r\n\r\n", err: BadValue},
	{name: "trailer without colon", in: "0\r\nA b\r\n\r\n", err: BadName},
	{name: "request line for a trailer", in: "0\r\nGET / HTTP/1.1\r\n\r\n", err: BadName},
	{name: "too many trailers", in: "0\r\n" + strings.Repeat("A: b\r\n", 101) + "\r\n", err: TooManyFields},
	{name: "trailers too large", in: "0\r\n" + strings.Repeat("A", 20000) + ": b\r\n\r\n", err: TooLarge},
}

// run feeds the pieces to a chunked Body the way a mux does, and returns all
// that came out, how much was consumed, and how it ended.
func run(decode bool, pieces ...string) (out string, n int, done bool, trailers string, err Error) {
	var b Body
	b.Start(htx.Chunked, -1)
	step := b.Feed
	if decode {
		step = b.Decode
	}
	for _, p := range pieces {
		var o []byte
		var k int
		o, k, done, err = step([]byte(p))
		out += string(o)
		n += k
		if done || err != OK {
			break
		}
	}
	return out, n, done, string(b.Trailers()), err
}

func TestBodyChunked(t *testing.T) {
	for _, c := range bodyCases {
		t.Run(c.name, func(t *testing.T) {
			feed := c.feed
			if feed == "" {
				feed = c.in
			}
			step := max(1, len(c.in)/200)
			for i := 0; i <= len(c.in); i += step {
				out, n, done, _, err := run(false, c.in[:i], c.in[i:]+"NEXT")
				if c.err != OK {
					if err != c.err || done {
						t.Fatalf("split %d: Feed = %q, %v, %v, want %v", i, out, done, err, c.err)
					}
				} else if out != feed || n != len(c.in) || !done || err != OK {
					t.Fatalf("split %d: Feed = %q, %d, %v, %v, want %q, %d", i, out, n, done, err, feed, len(c.in))
				}
				out, n, done, trailers, err := run(true, c.in[:i], c.in[i:]+"NEXT")
				if c.err != OK {
					if err != c.err || done {
						t.Fatalf("split %d: Decode = %q, %v, %v, want %v", i, out, done, err, c.err)
					}
				} else if out != c.payload || trailers != c.trailers || n != len(c.in) || !done || err != OK {
					t.Fatalf("split %d: Decode = %q, %q, %d, %v, %v, want %q, %q, %d", i, out, trailers, n, done, err, c.payload, c.trailers, len(c.in))
				}
			}
		})
	}
}

func TestBodyByteByByte(t *testing.T) {
	for _, c := range bodyCases {
		whole, n, done, _, err := run(false, c.in)
		out, m, done2, _, err2 := run(false, strings.Split(c.in, "")...)
		if err != err2 || done != done2 || err == OK && (out != whole || n != m) {
			t.Errorf("%s: byte by byte %q, %d, %v, %v, want %q, %d, %v, %v", c.name, out, m, done2, err2, whole, n, done, err)
		}
	}
}

func TestBodyNoCopy(t *testing.T) {
	in := []byte("5\r\nhello\r\n0\r\n\r\n")
	var b Body
	b.Start(htx.Chunked, -1)
	if out, _, _, _ := b.Feed(in); &out[0] != &in[0] {
		t.Error("Feed copies a body from which nothing is removed")
	}
	b.Start(htx.Chunked, -1)
	if out, _, _, _ := b.Decode(in); &out[0] != &in[3] {
		t.Error("Decode moves the payload of a single chunk")
	}
}

func TestBodyPlain(t *testing.T) {
	for _, c := range []struct {
		name    string
		framing htx.Framing
		length  int64
		in      string
		n       int
		done    bool
		left    int64
	}{
		{"none", htx.NoBody, -1, "next", 0, true, 0},
		{"length 0", htx.Length, 0, "next", 0, true, 0},
		{"length", htx.Length, 5, "hellonext", 5, true, 0},
		{"length to come", htx.Length, 7, "hello", 5, false, 2},
		{"to close", htx.ToClose, -1, "hello", 5, false, math.MaxInt64},
		{"tunnel", htx.Tunnel, -1, "hello", 5, false, math.MaxInt64},
	} {
		for _, decode := range []bool{false, true} {
			var b Body
			b.Start(c.framing, c.length)
			step := b.Feed
			if decode {
				step = b.Decode
			}
			out, n, done, err := step([]byte(c.in))
			if string(out) != c.in[:c.n] || n != c.n || done != c.done || err != OK || b.Remaining() != c.left || b.Done() != c.done {
				t.Errorf("%s: %q, %d, %v, %v, left %d, want %q, %d, %v, left %d", c.name, out, n, done, err, b.Remaining(), c.in[:c.n], c.n, c.done, c.left)
			}
		}
	}
}

func TestBodySkip(t *testing.T) {
	var b Body
	b.Start(htx.Chunked, -1)
	if b.Feed([]byte("400\r\nab")); b.Remaining() != 1022 {
		t.Fatalf("Remaining = %d, want 1022", b.Remaining())
	}
	b.Skip(1000)
	if b.Skip(22); b.Remaining() != 0 || b.Done() {
		t.Fatalf("Remaining = %d, Done = %v behind the chunk, want 0, false", b.Remaining(), b.Done())
	}
	out, _, done, err := b.Feed([]byte("\r\n0\r\n\r\n"))
	if string(out) != "\r\n0\r\n\r\n" || !done || err != OK {
		t.Errorf("Feed = %q, %v, %v", out, done, err)
	}
	b.Start(htx.Length, 10)
	if b.Skip(10); !b.Done() {
		t.Error("Length body is not done once all of it was skipped")
	}
	b.Start(htx.ToClose, -1)
	if b.Skip(1 << 40); b.Remaining() != math.MaxInt64 || b.Done() {
		t.Error("ToClose body ends")
	}
}

func TestAppendChunk(t *testing.T) {
	for n, want := range map[int]string{0: "0\r\n", 5: "5\r\n", 15: "f\r\n", 16: "10\r\n", 16384: "4000\r\n", math.MaxInt64: "7fffffffffffffff\r\n"} {
		if got := string(AppendChunk([]byte("x"), n)); got != "x"+want {
			t.Errorf("AppendChunk(%d) = %q, want %q", n, got, "x"+want)
		}
	}
	body := string(AppendChunk(nil, 5)) + "hello" + ChunkEnd + LastChunk
	if out, _, done, _, err := run(true, body); out != "hello" || !done || err != OK {
		t.Errorf("Decode(%q) = %q, %v, %v", body, out, done, err)
	}
}

func TestCheckChunksAgreesWithFeed(t *testing.T) {
	for _, c := range bodyCases {
		for i := range len(c.in) + 1 {
			in := []byte(c.in[:i])
			at, got := CheckChunks(in)
			if string(in) != c.in[:i] {
				t.Fatalf("%s: CheckChunks changes %q", c.name, c.in[:i])
			}
			var b Body
			b.Start(htx.Chunked, -1)
			_, n, _, want := b.Feed(in)
			if got == OK && at < i {
				continue // of trailers it says nothing
			}
			if got != want || got != OK && at != n {
				t.Errorf("%s: CheckChunks of %d bytes = %d, %v, want %d, %v", c.name, i, at, got, n, want)
			}
		}
	}
}

func TestNoCutBodyLooksWhole(t *testing.T) {
	for _, in := range []string{"5\r\nhello\r\n0\r\n\r\n", "5\r\nhello\r\n000;x=y\r\nA: b\r\n\r\n"} {
		for i := range len(in) {
			for _, split := range []int{0, i / 2, max(0, i-1)} {
				out, _, done, _, err := run(false, in[:split], in[split:i])
				if done || err != OK || strings.Contains(out, "\r\n0") || !strings.HasPrefix("5\r\nhello\r\n", out) {
					t.Errorf("%q in two: Feed = %q, %v, %v, want nothing of the last chunk", in[:i], out, done, err)
				}
			}
		}
	}
}
