package h1

import (
	"testing"

	"segue/internal/htx"
)

func TestParsePage(t *testing.T) {
	const line = "HTTP/1.1 503 No\r\n"
	tests := []struct{ name, page, want string }{
		{"without a length", line + "\r\nbody", ""},
		{"the right length", line + "Content-Length: 4\r\n\r\nbody", ""},
		{"longer", line + "Content-Length: 3\r\n\r\nbody", "payload size does not match the announced content-length (4 != 3)"},
		{"shorter", line + "Content-Length: 50\r\n\r\nbody", "payload size does not match the announced content-length (4 != 50)"},
		{"none announced", line + "Content-Length: 0\r\n\r\nbody", "message payload not expected"},
		{"chunked", line + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "chunk-encoded payload not supported"},
		{"chunked in HTTP/1.0", "HTTP/1.0 503 No\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "chunk-encoded payload not supported"},
		{"204 with a body", "HTTP/1.1 204 No\r\n\r\nbody", "message payload not expected"},
		{"304 with a length", "HTTP/1.1 304 No\r\nContent-Length: 5\r\n\r\n", ""},
		{"304 with a body", "HTTP/1.1 304 No\r\nContent-Length: 4\r\n\r\nbody", "message payload not expected"},
		{"an interim response", "HTTP/1.1 100 No\r\n\r\n", "invalid http status code for an error message (100)"},
		{"cut off", line + "Content-Length: 4\r\n", "unable to parse headers (error offset: 0)"},
		{"nothing like it", "<html>", "unable to parse headers (error offset: 0)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var h htx.Head
			got := ""
			if _, err := ParsePage(&h, []byte(tt.page)); err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("ParsePage(%q) fails with %q, want %q", tt.page, got, tt.want)
			}
		})
	}
}

func FuzzParsePage(f *testing.F) {
	f.Add([]byte("HTTP/1.1 503 No\r\nContent-Length: 4\r\n\r\nbody"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var h htx.Head
		n, err := ParsePage(&h, data)
		if err != nil {
			return
		}
		if size := int64(len(data) - n); size > 0 && h.ContentLength >= 0 && h.ContentLength != size {
			t.Errorf("ParsePage(%q): %d bytes of body where %d are announced", data, size, h.ContentLength)
		}
	})
}
