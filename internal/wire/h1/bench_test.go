package h1

import (
	"strings"
	"testing"

	"segue/internal/htx"
)

// browserHead is what a browser sends: 8 fields, about 500 bytes.
const browserHead = "GET /assets/app/main.js?v=20240611 HTTP/1.1\r\n" +
	"Host: www.example.com\r\n" +
	"User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:126.0) Gecko/20100101 Firefox/126.0\r\n" +
	"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\n" +
	"Accept-Language: en-US,en;q=0.7,de;q=0.3\r\n" +
	"Accept-Encoding: gzip, deflate, br, zstd\r\n" +
	"Referer: https://www.example.com/start/index.html\r\n" +
	"Cookie: session=0123456789abcdef0123456789abcdef; theme=dark; lang=en\r\n" +
	"Connection: keep-alive\r\n\r\n"

// serverHead is a usual response: about 160 bytes.
const serverHead = "HTTP/1.1 200 OK\r\n" +
	"Date: Tue, 11 Jun 2024 08:12:31 GMT\r\n" +
	"Content-Type: application/javascript\r\n" +
	"Content-Length: 1024\r\n" +
	"Cache-Control: max-age=3600\r\n" +
	"Server: nginx\r\n\r\n"

func BenchmarkParseRequest(b *testing.B) {
	var h htx.Head
	in := []byte(browserHead)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		ParseRequest(&h, in, 0, &lim)
	}
}

func BenchmarkRequest(b *testing.B) {
	var h htx.Head
	in, dst := []byte(browserHead), make([]byte, 0, 1024)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		ParseRequest(&h, in, 0, &lim)
		StripHop(&h)
		dst = AppendRequest(dst[:0], &h)
	}
}

func BenchmarkParseResponse(b *testing.B) {
	var h htx.Head
	in := []byte(serverHead)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		ParseResponse(&h, in, 0, Get, &lim)
	}
}

func BenchmarkResponse(b *testing.B) {
	var h htx.Head
	in, dst := []byte(serverHead), make([]byte, 0, 1024)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		ParseResponse(&h, in, 0, Get, &lim)
		StripHop(&h)
		dst = AppendResponse(dst[:0], &h)
	}
}

func BenchmarkBody(b *testing.B) {
	chunks := AppendChunk(nil, 4000)
	chunks = append(chunks, strings.Repeat("x", 4000)+ChunkEnd...)
	in := append([]byte(strings.Repeat(string(chunks), 4)), LastChunk...)
	for _, mode := range []string{"feed", "decode"} {
		b.Run(mode, func(b *testing.B) {
			var y Body
			buf := make([]byte, len(in))
			copy(buf, in)
			b.SetBytes(int64(len(in)))
			b.ReportAllocs()
			for b.Loop() {
				y.Start(htx.Chunked, -1)
				if mode == "feed" {
					y.Feed(buf)
				} else {
					copy(buf, in) // Decode moves the payload together
					y.Decode(buf)
				}
			}
		})
	}
}

func TestNoAllocations(t *testing.T) {
	var h htx.Head
	var y Body
	req, res, dst := []byte(browserHead), []byte(serverHead), make([]byte, 0, 1024)
	body := []byte("5\r\nhello\r\n0\r\n\r\n")
	for name, f := range map[string]func(){
		"request": func() {
			ParseRequest(&h, req, 0, &lim)
			StripHop(&h)
			dst = AppendRequest(dst[:0], &h)
		},
		"response": func() {
			ParseResponse(&h, res, 0, Get, &lim)
			StripHop(&h)
			dst = AppendResponse(dst[:0], &h)
		},
		"body": func() {
			y.Start(htx.Chunked, -1)
			y.Feed(body)
		},
	} {
		f() // the arena grows once
		if n := testing.AllocsPerRun(100, f); n != 0 {
			t.Errorf("%s: %v allocations, want 0", name, n)
		}
	}
}
