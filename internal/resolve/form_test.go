package resolve

import (
	"encoding/binary"
	"strings"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

// wireName is a name as a message has it, without compression.
func wireName(s string) string {
	var b strings.Builder
	for label := range strings.SplitSeq(s, ".") {
		b.WriteString(string(rune(len(label))) + label)
	}
	return b.String() + "\x00"
}

// wireRecord is a record; size, if not negative, is the length that it claims.
func wireRecord(owner string, typ dnsmessage.Type, data string, size int) string {
	if size < 0 {
		size = len(data)
	}
	b := binary.BigEndian.AppendUint16([]byte(owner), uint16(typ))
	b = append(b, 0, 1, 0, 0, 0, 60)
	return string(binary.BigEndian.AppendUint16(b, uint16(size))) + data
}

// wireAnswer is an answer to q with so many records and additional ones.
func wireAnswer(q question, answers, more int, records string) []byte {
	b := []byte{0, 1, 0x81, 0x80, 0, 1, 0, byte(answers), 0, 0, 0, byte(more)}
	b = append(b, wireName(q.name)...)
	b = binary.BigEndian.AppendUint16(b, uint16(q.typ))
	return append(append(b, 0, 1), records...)
}

// formCase is a message and what it counts as.
type formCase struct {
	name string
	q    question
	msg  []byte
	st   Status
}

// malformed are messages whose lengths, counts and pointers are as named.
func malformed() (cases []formCase) {
	const ask, ptr, ip = "a.test", "\xc0\x0c", "\x0a\x00\x00\x01"
	a, aaaa, srv := question{ask, typeA}, question{ask, typeAAAA}, question{ask, typeSRV}
	end := string([]byte{0xc0, byte(len(wireAnswer(a, 0, 0, "")))}) // the first record's own owner
	behind := string([]byte{0xc0, end[1] + 2 + fixedLen + 4})
	good := wireRecord(ptr, typeA, ip, -1)
	service := "\x00\x01\x00\x01\x00\x50"
	to := wireName("n.test")
	extra := wireRecord(to, typeA, ip, -1)
	add := func(name string, q question, st Status, answers, more int, records ...string) {
		cases = append(cases, formCase{name, q, wireAnswer(q, answers, more, strings.Join(records, "")), st})
	}
	add("an A record", a, Valid, 1, 0, good)
	for _, n := range []int{0, 3, 5, 16, 100} {
		add("an A record of another length", a, Invalid, 1, 0, wireRecord(ptr, typeA, strings.Repeat("\x06", n), -1))
		add("one behind a good one", a, Invalid, 2, 0, good, wireRecord(ptr, typeA, strings.Repeat("\x06", n), -1))
	}
	for _, n := range []int{0, 4, 15, 17} {
		add("an AAAA record of another length", aaaa, Invalid, 1, 0, wireRecord(ptr, typeAAAA, strings.Repeat("\x06", n), -1))
	}
	add("an AAAA record", aaaa, Valid, 1, 0, wireRecord(ptr, typeAAAA, strings.Repeat("\x06", 16), -1))
	add("a length beyond the message", a, Invalid, 1, 0, wireRecord(ptr, typeA, ip, 40))
	add("fewer records than counted", a, Invalid, 2, 0, good)
	add("more than counted", a, Valid, 1, 0, good, "junk")
	add("an additional record that is missing", a, Valid, 1, 1, good)
	add("a pointer to itself", a, Invalid, 1, 0, wireRecord(end, typeA, ip, -1))
	add("a pointer forward", a, Invalid, 1, 0, wireRecord(behind, typeA, ip, -1), wireName(ask))
	add("a pointer beyond the message", a, Invalid, 1, 0, wireRecord("\xcf\xff", typeA, ip, -1))
	add("a pointer into the header", a, Invalid, 1, 0, wireRecord("\xc0\x00", typeA, ip, -1))
	add("half a pointer", a, Invalid, 1, 0, "\xc0")
	add("a label of a kind that is none", a, Invalid, 1, 0, wireRecord("\x80"+strings.Repeat("a", 128)+"\x00", typeA, ip, -1))
	add("a name that is too long", a, Invalid, 1, 0, wireRecord(strings.Repeat("\x01a", 130)+"\x00", typeA, ip, -1))
	add("a name that is cut off", a, Invalid, 1, 0, "\x04abc")
	add("an alias with bytes behind it", a, Invalid, 2, 0, wireRecord(ptr, dnsmessage.TypeCNAME, to+"x", -1), extra)
	add("an alias beyond its record", a, Invalid, 2, 0, wireRecord(ptr, dnsmessage.TypeCNAME, to, 2), extra)
	add("an alias of the root", a, Invalid, 2, 0, wireRecord(ptr, dnsmessage.TypeCNAME, "\x00", -1), wireRecord("\x00", typeA, ip, -1))
	add("a service with its address", srv, Valid, 1, 1, wireRecord(ptr, typeSRV, service+to, -1), extra)
	add("a service with bytes behind it", srv, Invalid, 1, 1, wireRecord(ptr, typeSRV, service+to+"junk", -1), extra)
	add("a service beyond its record", srv, Invalid, 1, 1, wireRecord(ptr, typeSRV, service+to, 8), extra)
	for _, n := range []int{0, 3, 6} {
		add("a service cut off", srv, Invalid, 1, 1, wireRecord(ptr, typeSRV, (service + to)[:n], -1), extra)
	}
	add("a service whose address is too long", srv, Invalid, 1, 1, wireRecord(ptr, typeSRV, service+to, -1), wireRecord(to, typeA, ip+"x", -1))
	add("a service whose additional record is missing", srv, Invalid, 1, 2, wireRecord(ptr, typeSRV, service+to, -1), extra)
	add("a service beside EDNS0", srv, Valid, 1, 2, wireRecord(ptr, typeSRV, service+to, -1), extra, wireRecord("\x00", optType, "\x00\x0a\x00\x01x", -1))
	add("a service beside broken EDNS0", srv, Invalid, 1, 2, wireRecord(ptr, typeSRV, service+to, -1), extra, wireRecord("\x00", optType, "\x00\x0a\x00\x02x", -1))
	return cases
}

func TestMalformedAnswersAreNotBelieved(t *testing.T) {
	for _, c := range malformed() {
		t.Run(c.name, func(t *testing.T) {
			list, st, _ := parseAnswer(c.msg, c.q)
			if st != c.st || (st == Valid) != (len(list) == 1) {
				t.Errorf("parseAnswer(%q) = %v, status %d, want %d", c.msg, list, st, c.st)
			}
		})
	}
}

// An error may come without the question, which the name server did not read.
func TestErrorWithoutItsQuestion(t *testing.T) {
	for code, want := range map[byte]Status{0: Invalid, 1: Other, 2: Other, 3: NX, 5: Refused} {
		msg := []byte{0, 1, 0x81, 0x80 | code, 0, 0, 0, 0, 0, 0, 0, 0}
		if _, st, _ := parseAnswer(msg, question{"a.test", typeA}); st != want {
			t.Errorf("code %d: status %d, want %d", code, st, want)
		}
	}
}

// FuzzSkipName: it ends, and where it says is in the message.
func FuzzSkipName(f *testing.F) {
	f.Add([]byte(wireName("a.test")), 0)
	f.Add([]byte("\x04test\x00\x01a\xc0\x00"), 6)
	f.Add([]byte("\xc0\x00"), 0)
	f.Fuzz(func(t *testing.T, data []byte, off int) {
		msg := append(make([]byte, headerLen), data...)
		if off < 0 || off > len(data) {
			return
		}
		off += headerLen
		next, ok := skipName(msg, off, len(msg))
		if ok && (next <= off || next > len(msg)) {
			t.Fatalf("skipName(%q, %d) = %d", msg, off, next)
		}
	})
}
