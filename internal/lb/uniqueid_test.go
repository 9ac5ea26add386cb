package lb

import (
	"bytes"
	"testing"

	"segue/internal/conf"
)

// repeated is a format that writes so many bytes.
type repeated int

func (n repeated) AppendTo(dst []byte, _ *Stream) []byte {
	return append(dst, bytes.Repeat([]byte("u"), int(n))...)
}

func TestUniqueIDHasALimit(t *testing.T) {
	for _, c := range []struct{ written, want int }{{0, 0}, {16, 16}, {127, 127}, {128, 127}, {5000, 127}} {
		s := &Stream{Session: &Session{}, Front: &Proxy{Conf: &conf.Proxy{}, UniqueID: repeated(c.written)}}
		if got := len(s.UniqueID()); got != c.want {
			t.Errorf("of %d bytes the ID keeps %d, want %d", c.written, got, c.want)
		}
	}
}
