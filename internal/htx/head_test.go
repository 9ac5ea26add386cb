package htx

import (
	"strings"
	"testing"
)

// build is a head whose fields were added as "Name: value" lines.
func build(lines ...string) *Head {
	h := new(Head)
	h.Reset()
	for _, l := range lines {
		name, value, _ := strings.Cut(l, ": ")
		h.Add(Lookup([]byte(name)), []byte(name), []byte(value))
	}
	return h
}

func TestHeadEdits(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(h *Head)
		want string
	}{
		{"none", func(*Head) {}, "Host: a\r\nX: 1\r\nCookie: c\r\nX: 2\r\n"},
		{"delete the first", func(h *Head) { h.Delete(0) }, "X: 1\r\nCookie: c\r\nX: 2\r\n"},
		{"delete in the middle", func(h *Head) { h.Delete(2) }, "Host: a\r\nX: 1\r\nX: 2\r\n"},
		{"delete the last", func(h *Head) { h.Delete(3) }, "Host: a\r\nX: 1\r\nCookie: c\r\n"},
		{"delete by name", func(h *Head) { h.DeleteAll(Other, "x") }, "Host: a\r\nCookie: c\r\n"},
		{"delete by number", func(h *Head) { h.DeleteAll(Cookie, "") }, "Host: a\r\nX: 1\r\nX: 2\r\n"},
		{"set keeps name and place", func(h *Head) { h.Set(1, []byte("longer")) }, "Host: a\r\nX: longer\r\nCookie: c\r\nX: 2\r\n"},
		{"set twice", func(h *Head) { h.Set(1, []byte("y")); h.Set(1, []byte("z")) }, "Host: a\r\nX: z\r\nCookie: c\r\nX: 2\r\n"},
		{"add", func(h *Head) { h.AddString(Other, "New", []byte("v")) }, "Host: a\r\nX: 1\r\nCookie: c\r\nX: 2\r\nNew: v\r\n"},
		{"not raw", func(h *Head) { h.Fields[1].Flags = 0 }, "Host: a\r\nX: 1\r\nCookie: c\r\nX: 2\r\n"},
		{"not raw at the end", func(h *Head) { h.Fields[3].Flags = 0 }, "Host: a\r\nX: 1\r\nCookie: c\r\nX: 2\r\n"},
		{"other order", func(h *Head) { h.Fields[0], h.Fields[2] = h.Fields[2], h.Fields[0] }, "Cookie: c\r\nX: 1\r\nHost: a\r\nX: 2\r\n"},
		{"all deleted", func(h *Head) {
			for i := range h.Fields {
				h.Delete(i)
			}
		}, ""},
	} {
		h := build("Host: a", "X: 1", "Cookie: c", "X: 2")
		c.edit(h)
		if got := string(h.AppendFields([]byte("> "))); got != "> "+c.want {
			t.Errorf("%s: AppendFields = %q, want %q", c.name, got, "> "+c.want)
		}
	}
}

func TestHeadGet(t *testing.T) {
	h := build("Host: a", "X: 1", "x: 2")
	if got := string(h.Get(Host, "")); got != "a" {
		t.Errorf("Get(Host) = %q, want a", got)
	}
	h.Delete(1)
	if got := string(h.Get(Other, "x")); got != "2" {
		t.Errorf("Get(x) behind a deleted one = %q, want 2", got)
	}
	if got := h.Get(Cookie, ""); got != nil {
		t.Errorf("Get(Cookie) = %q, want nil", got)
	}
	if n := h.DeleteAll(Other, "x"); n != 1 {
		t.Errorf("DeleteAll(x) = %d, want 1", n)
	}
}

func TestHeadReset(t *testing.T) {
	h := build("Host: a")
	h.SetMethod([]byte("GET"))
	h.Flags, h.Status = ConnClose, 200
	h.Reset()
	if len(h.Fields) != 0 || len(h.Buf) != 0 || h.Flags != 0 || h.Status != 0 || h.Method.Len != 0 || h.ContentLength != -1 || cap(h.Buf) == 0 {
		t.Errorf("Reset leaves %+v", h)
	}
}

func TestTargetParts(t *testing.T) {
	for _, c := range []struct{ target, path, query string }{
		{"/a/b?c=d?e", "/a/b", "c=d?e"},
		{"/", "/", ""},
		{"http://h/a?b", "/a", "b"},
		{"http://h", "", ""},
		{"http://h?q", "", "q"},
		{"*", "", ""},
		{"h:80", "", ""},
		{"", "", ""},
	} {
		h := new(Head)
		h.SetTarget([]byte(c.target))
		if p, q := string(h.Path()), string(h.Query()); p != c.path || q != c.query {
			t.Errorf("%q: Path = %q, Query = %q, want %q, %q", c.target, p, q, c.path, c.query)
		}
	}
}

func FuzzHeadEdits(f *testing.F) {
	f.Add([]byte("\x00\x11\x22\x03"), "value")
	f.Fuzz(func(t *testing.T, ops []byte, value string) {
		h := build("Host: a", "X: 1")
		type field struct{ name, value string }
		model := []field{{"Host", "a"}, {"X", "1"}}
		live := []bool{true, true}
		for _, op := range ops {
			i := int(op>>2) % len(model)
			switch op & 3 {
			case 0:
				h.Set(i, []byte(value))
				model[i].value, live[i] = value, true
			case 1:
				h.Delete(i)
				live[i] = false
			case 2:
				h.Add(Other, []byte("N"), []byte(value))
				model, live = append(model, field{"N", value}), append(live, true)
			case 3:
				h.Fields[i].Flags &^= Raw
			}
		}
		want := ""
		for i, m := range model {
			if live[i] {
				want += m.name + ": " + m.value + "\r\n"
			}
		}
		if got := string(h.AppendFields(nil)); got != want {
			t.Fatalf("AppendFields = %q, want %q", got, want)
		}
	})
}

func BenchmarkAppendFields(b *testing.B) {
	h := build("Host: www.example.com", "User-Agent: some browser or other", "Accept: */*", "Cookie: a=b; c=d", "Connection: close", "X: y")
	h.Delete(4)
	dst := make([]byte, 0, 1024)
	b.ReportAllocs()
	for b.Loop() {
		dst = h.AppendFields(dst[:0])
	}
}

func TestAppendFieldsNoAllocations(t *testing.T) {
	h := build("Host: a", "X: 1", "Y: 2")
	h.Delete(1)
	dst := make([]byte, 0, 1024)
	if n := testing.AllocsPerRun(100, func() { dst = h.AppendFields(dst[:0]) }); n != 0 {
		t.Errorf("AppendFields: %v allocations, want 0", n)
	}
}
