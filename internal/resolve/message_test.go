package resolve

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

func nameOf(s string) dnsmessage.Name { return dnsmessage.MustNewName(s + ".") }

// reply describes an answer that a test makes.
type reply struct {
	id        uint16
	q         question
	rcode     dnsmessage.RCode
	truncated bool
	request   bool // it has the form of a query
	records   []string
}

// bytes packs it. Records are "name A ip", "name CNAME target",
// "name SRV weight port target", with "+" in front for an additional one.
func (r reply) bytes() []byte {
	m := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: r.id, Response: !r.request, Truncated: r.truncated, RCode: r.rcode},
		Questions: []dnsmessage.Question{{Name: nameOf(r.q.name), Type: r.q.typ, Class: dnsmessage.ClassINET}},
	}
	for _, text := range r.records {
		more := strings.HasPrefix(text, "+")
		w := strings.Fields(strings.TrimPrefix(text, "+"))
		res := dnsmessage.Resource{Header: dnsmessage.ResourceHeader{Name: nameOf(w[0]), Class: dnsmessage.ClassINET, TTL: 30}}
		switch w[1] {
		case "A":
			res.Body = &dnsmessage.AResource{A: netip.MustParseAddr(w[2]).As4()}
		case "AAAA":
			res.Body = &dnsmessage.AAAAResource{AAAA: netip.MustParseAddr(w[2]).As16()}
		case "CNAME":
			res.Body = &dnsmessage.CNAMEResource{CNAME: nameOf(w[2])}
		case "SRV":
			s := &dnsmessage.SRVResource{Target: nameOf(w[4])}
			fmt.Sscan(w[2], &s.Weight)
			fmt.Sscan(w[3], &s.Port)
			res.Body = s
		}
		if more {
			m.Additionals = append(m.Additionals, res)
		} else {
			m.Answers = append(m.Answers, res)
		}
	}
	b, err := m.Pack()
	if err != nil {
		panic(err)
	}
	return b
}

func TestParseAnswer(t *testing.T) {
	q := question{"a.test", typeA}
	s := question{"_h._tcp.a.test", typeSRV}
	for _, c := range []struct {
		name  string
		in    reply
		asked question
		st    Status
		want  string
	}{
		{"addresses", reply{q: q, records: []string{"a.test A 10.0.0.1", "a.test A 10.0.0.2"}}, q, Valid, "10.0.0.1 10.0.0.2"},
		{"the case of names does not count", reply{q: question{"A.Test", typeA}, records: []string{"A.tEst A 10.0.0.1"}}, q, Valid, "10.0.0.1"},
		{"through aliases in any order", reply{q: q, records: []string{"c.test A 10.0.0.3", "b.test CNAME c.test", "a.test CNAME b.test"}}, q, Valid, "10.0.0.3"},
		{"aliases in a circle", reply{q: q, records: []string{"a.test CNAME b.test", "b.test CNAME a.test"}}, q, AliasErr, ""},
		{"an alias to nothing", reply{q: q, records: []string{"a.test CNAME b.test"}}, q, AliasErr, ""},
		{"an address of somebody else", reply{q: q, records: []string{"evil.test A 10.0.0.9"}}, q, Invalid, ""},
		{"an alias of somebody else", reply{q: q, records: []string{"evil.test CNAME b.test", "b.test A 10.0.0.9"}}, q, Invalid, ""},
		{"an address of somebody else beside one", reply{q: q, records: []string{"a.test A 10.0.0.1", "evil.test A 10.0.0.9"}}, q, AliasErr, ""},
		{"an alias to somebody else", reply{q: q, records: []string{"a.test CNAME b.test", "c.test A 10.0.0.9"}}, q, AliasErr, ""},
		{"another type", reply{q: q, records: []string{"a.test AAAA ::1"}}, q, Empty, ""},
		{"nothing", reply{q: q}, q, Empty, ""},
		{"NXDOMAIN", reply{q: q, rcode: dnsmessage.RCodeNameError}, q, NX, ""},
		{"REFUSED", reply{q: q, rcode: dnsmessage.RCodeRefused}, q, Refused, ""},
		{"SERVFAIL", reply{q: q, rcode: dnsmessage.RCodeServerFailure}, q, Other, ""},
		{"truncated", reply{q: q, truncated: true, records: []string{"a.test A 10.0.0.1"}}, q, Truncated, ""},
		{"another question", reply{q: question{"b.test", typeA}}, q, Invalid, ""},
		{"another type of question", reply{q: question{"a.test", typeAAAA}}, q, Invalid, ""},
		{"a query, not an answer", reply{q: q, request: true}, q, Invalid, ""},
		{"services", reply{q: s, records: []string{"_h._tcp.a.test SRV 5 80 N1.test", "+n1.test A 10.0.0.1", "+n2.test A 10.0.0.2"}}, s, Valid, "n1.test:80/5@10.0.0.1"},
		{"a service whose name is none", reply{q: s, records: []string{"_h._tcp.a.test SRV 5 80 n;1.test"}}, s, Empty, ""},
		{"a service without port", reply{q: s, records: []string{"_h._tcp.a.test SRV 5 0 n1.test"}}, s, Empty, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			list, st, _ := parseAnswer(c.in.bytes(), c.asked)
			var got []string
			for _, r := range list {
				text := r.IP.String()
				if r.Target != "" {
					text = fmt.Sprintf("%s:%d/%d@%s", r.Target, r.Port, r.Weight, r.IP)
				}
				got = append(got, text)
			}
			if st != c.st || strings.Join(got, " ") != c.want {
				t.Errorf("status %d, records %v, want %d and %q", st, got, c.st, c.want)
			}
		})
	}
}

func TestQueryAsksAndAnnouncesItsSize(t *testing.T) {
	b, err := appendQuery(nil, 0x1234, question{"a.test", typeSRV}, 4096)
	if err != nil {
		t.Fatal(err)
	}
	var m dnsmessage.Message
	if err := m.Unpack(b); err != nil {
		t.Fatal(err)
	}
	if m.ID != 0x1234 || !m.RecursionDesired || len(m.Questions) != 1 || m.Questions[0].Type != typeSRV || m.Questions[0].Name.String() != "a.test." {
		t.Errorf("question %+v", m)
	}
	if len(m.Additionals) != 1 || m.Additionals[0].Header.Type != dnsmessage.TypeOPT || m.Additionals[0].Header.Class != 4096 {
		t.Errorf("additional %+v, want an EDNS0 record of 4096 bytes", m.Additionals)
	}
}

func TestHostName(t *testing.T) {
	for s, want := range map[string]bool{
		"a.test": true, "_http._tcp.a-b.test": true, "": false, ".": false, "a..b": false, "a b": false, "a\nb": false, "a;b": false,
		strings.Repeat("a", 63): true, strings.Repeat("a", 64): false, strings.Repeat("a.", 127) + "a": false,
	} {
		if got := HostName(s); got != want {
			t.Errorf("HostName(%q) = %v, want %v", s, got, want)
		}
	}
}

// FuzzParseAnswer: no message panics or loops, and what is taken from one is a
// host name, an address and a port.
func FuzzParseAnswer(f *testing.F) {
	q, s := question{"a.test", typeA}, question{"_h._tcp.a.test", typeSRV}
	f.Add(reply{q: q, records: []string{"a.test A 10.0.0.1"}}.bytes(), false)
	f.Add(reply{q: q, records: []string{"a.test CNAME b.test", "b.test A 10.0.0.1"}}.bytes(), false)
	f.Add(reply{q: q, rcode: dnsmessage.RCodeNameError}.bytes(), false)
	f.Add(reply{q: s, records: []string{"_h._tcp.a.test SRV 5 80 n1.test", "+n1.test A 10.0.0.1"}}.bytes(), true)
	// a name that points at itself, RFC 1035 4.1.4
	f.Add([]byte("\x00\x01\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00\xc0\x0c\x00\x01\x00\x01"), false)
	for _, c := range malformed() {
		f.Add(c.msg, c.q.typ == typeSRV)
	}
	f.Fuzz(func(t *testing.T, msg []byte, service bool) {
		asked := q
		if service {
			asked = s
		}
		list, st, _ := parseAnswer(msg, asked)
		if (st == Valid) != (len(list) > 0) || len(list) > maxRecords {
			t.Fatalf("status %d with %d records", st, len(list))
		}
		for _, r := range list {
			if service && (!HostName(r.Target) || r.Port == 0) || !service && !r.IP.Is4() {
				t.Fatalf("record %+v", r)
			}
		}
	})
}
