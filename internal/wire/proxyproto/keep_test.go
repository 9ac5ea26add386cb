package proxyproto

import (
	"bytes"
	"testing"
)

func TestKeepWhatCanBeAskedFor(t *testing.T) {
	chain := func(tlvs ...TLV) (c TLVs) {
		for _, t := range tlvs {
			c = appendTLV(c, t.Type, t.Value)
		}
		return c
	}
	big := bytes.Repeat([]byte{'b'}, 60000)
	var asked TypeSet
	for _, typ := range []uint8{TypeAuthority, 0xe0, 0xff} {
		asked.Add(typ)
	}
	for _, c := range []struct {
		name     string
		in, want TLVs
	}{
		{"nothing", nil, nil},
		{"not asked for", chain(TLV{TypeNoop, big}, TLV{0xe1, []byte("x")}), nil},
		{"asked for", chain(TLV{TypeNoop, big}, TLV{TypeAuthority, []byte("a.b")}, TLV{0xff, nil}), chain(TLV{TypeAuthority, []byte("a.b")}, TLV{0xff, nil})},
		{"the first of its type", chain(TLV{0xe0, []byte("1")}, TLV{0xe0, []byte("2")}), chain(TLV{0xe0, []byte("1")})},
		{"too large", chain(TLV{0xe0, big}, TLV{TypeAuthority, []byte("a.b")}), chain(TLV{TypeAuthority, []byte("a.b")})},
	} {
		got := c.in.Keep(&asked, 1000)
		if !bytes.Equal(got, c.want) {
			t.Errorf("%s: Keep() = %x, want %x", c.name, got, c.want)
		}
		if cap(got) > 2*len(got) {
			t.Errorf("%s: %d bytes are held for %d", c.name, cap(got), len(got))
		}
	}
}
