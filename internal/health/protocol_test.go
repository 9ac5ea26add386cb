package health

import (
	"encoding/hex"
	"strings"
	"testing"
)

func bytesOf(t testing.TB, digits string) []byte {
	t.Helper()
	b, err := unhex(digits)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

const mysqlHello = "4A0000000A382E302E3139000A0000006F3C025E6249410D00FFFFFF0200FFC715000000000000000000007C182159106E2761144322200063616368696E675F736861325F70617373776F726400"

// replyCases are answers of servers, in hexadecimal, and what they mean.
var replyCases = []struct {
	name string
	f    func(in []byte, last bool) verdict
	in   string
	last bool
	want verdict
}{
	{"redis PONG", redisReply, hexed("+PONG\r\n"), false, verdict{pass: true, final: true, status: L7OK, desc: "Redis server is ok"}},
	{"redis half", redisReply, hexed("+PON"), false, verdict{wait: true}},
	{"redis cut", redisReply, hexed("+PON"), true, verdict{status: L7Status, desc: "+PON"}},
	{"redis error, more may come", redisReply, hexed("-Error message\r\n"), false, verdict{wait: true}},
	{"redis PONG behind something", redisReply, hexed("-x\r\n+PONG\r\n"), false, verdict{pass: true, final: true, status: L7OK, desc: "Redis server is ok"}},
	{"redis error", redisReply, hexed("-Error message\r\n"), true, verdict{status: L7Status, desc: "-Error message"}},
	{"pgsql ok", pgsqlReply, "520000000800000000", false, verdict{pass: true, final: true, status: L7OK, desc: "PostgreSQL server is ok"}},
	{"pgsql SCRAM", pgsqlReply, "52000000170000000A534352414D2D5348412D3235360000", false, verdict{pass: true, final: true, status: L7OK, desc: "PostgreSQL server is ok"}},
	{"pgsql FATAL", pgsqlReply, "450000000B53464154414C00", false, verdict{status: L7Response, desc: "FATAL"}},
	{"pgsql short error", pgsqlReply, "457A7A7A7A", false, verdict{status: L7Response}},
	{"pgsql other", pgsqlReply, hexed("Not a PostgreSQL response"), false, verdict{status: L7Status, desc: "PostgreSQL unknown error"}},
	{"pgsql nothing", pgsqlReply, "", true, verdict{status: L7Status, desc: "PostgreSQL unknown error"}},
	{"ldap ok", ldapReply, "300C020101 61 070A01 00 04000400", false, verdict{pass: true, final: true, status: L7OK, desc: "Success"}},
	{"ldap long lengths", ldapReply, "308400000010020101 61 84000000070A01 00 04000400", false, verdict{pass: true, final: true, status: L7OK, desc: "Success"}},
	{"ldap long lengths, half", ldapReply, "308400000010020101 61 84000000070A01", false, verdict{wait: true}},
	{"ldap bind request", ldapReply, "300C020101 60 070A01 00 04000400", false, verdict{status: L7Response, desc: "Not LDAPv3 protocol"}},
	{"ldap refusal", ldapReply, "300C020101 61 070A01 01 04000400", false, verdict{status: L7Status, code: 1, desc: "See RFC: http://tools.ietf.org/html/rfc4511#section-4.1.9"}},
	{"ldap one byte", ldapReply, "7A", false, verdict{wait: true}},
	{"ldap one byte and the end", ldapReply, "30", true, verdict{status: L7Response, desc: "Not LDAPv3 protocol"}},
	{"ldap nothing", ldapReply, "", true, verdict{status: L7Response, desc: "Not LDAPv3 protocol"}},
	{"mysql greeting", mysqlGreeting(true), mysqlHello, false, verdict{pass: true, final: true, status: L7OK, desc: "8.0.19"}},
	{"mysql half greeting", mysqlGreeting(true), mysqlHello[:40], false, verdict{wait: true}},
	{"mysql log-in", mysqlDone, mysqlHello + "0700000200000002000000", false, verdict{pass: true, final: true, status: L7OK, desc: "8.0.19"}},
	{"mysql refusal", mysqlDone, mysqlHello + "07000002FFE304436C6965", false, verdict{status: L7Status, code: 1251, desc: "Clie"}},
	{"mysql empty error", mysqlGreeting(true), "01000000FF", false, verdict{status: L7Status}},
	{"mysql cut", mysqlDone, mysqlHello, true, verdict{status: L7Response}},
	{"smtp banner", smtpBanner, hexed("220 x SMTP Server\r\n"), false, verdict{pass: true}},
	{"smtp banner of many lines", smtpBanner, hexed("220-a\r\n220 b\r\n"), false, verdict{pass: true}},
	{"smtp banner, one line to come", smtpBanner, hexed("220-a\r\n"), false, verdict{wait: true}},
	{"smtp banner without its last line", smtpBanner, hexed("220-a\r\n"), true, verdict{status: L7Response, desc: "220-a"}},
	{"smtp bare code in pieces", smtpBanner, hexed("220"), false, verdict{wait: true}},
	{"smtp bare code without an end", smtpBanner, hexed("220"), true, verdict{status: L7Response, desc: "220"}},
	{"smtp no smtp", smtpBanner, hexed("I'm not a SMTP server\r\n"), false, verdict{status: L7Response, desc: "I'm not a SMTP server"}},
	{"smtp later", smtpBanner, hexed("421 Try again later\r\n"), false, verdict{status: L7Status, code: 421, desc: "Try again later"}},
	{"smtp low code", smtpBanner, hexed("099 x\r\n"), false, verdict{status: L7Status, code: 99, desc: "x"}},
	{"smtp hello, many lines", smtpGreeted, hexed("250-b\r\n250-c\r\n250 d\r\n"), false, verdict{pass: true}},
	{"smtp hello, many lines to come", smtpGreeted, hexed("250-b\r\n"), false, verdict{wait: true}},
	{"smtp hello, last line missing", smtpGreeted, hexed("250-b\r\n"), true, verdict{status: L7Status, code: 250, desc: "b"}},
	{"smtp hello refused", smtpGreeted, hexed("500 no\r\n"), false, verdict{wait: true}},
	{"smtp hello without an answer", smtpGreeted, "", true, verdict{status: L7Status}},
	{"smtp end", smtpBye, hexed("221 bye\r\n"), false, verdict{pass: true, final: true, status: L7OK, code: 221, desc: "bye"}},
	{"smtp end, first of many lines", smtpBye, hexed("221-a\r\n"), false, verdict{pass: true, final: true, status: L7OK, code: 221, desc: "a"}},
	{"smtp end refused", smtpBye, hexed("zz\r\n"), false, verdict{status: L7Status}},
	{"ssl record", sslReply, "1603000000", false, verdict{pass: true, final: true, status: L6OK}},
	{"ssl alert", sslReply, "1503000000", false, verdict{pass: true, final: true, status: L6OK}},
	{"ssl half a head", sslReply, "15030000", false, verdict{wait: true}},
	{"ssl half a head and the end", sslReply, "15", true, verdict{pass: true, final: true, status: L6OK}},
	{"ssl HTTP", sslReply, hexed("HTTP/"), false, verdict{status: L6Response}},
	{"ssl nothing", sslReply, "", true, verdict{status: L6Response}},
	{"spop ok", spopReply, "00000036 65 00000001 0000 0776657273696F6E 0803322E30 0E6D61782D6672616D652D73697A65 03FCF0 060C6361706162696C6974696573 0800", false, verdict{pass: true, final: true, status: L7OK, desc: "SPOA server is ok"}},
	{"spop empty frame", spopReply, "00000000", false, verdict{status: L7Response, desc: spopInvalid}},
	{"spop not final", spopReply, "00000007 65 00000000 0000", false, verdict{status: L7Response, desc: spopInvalid}},
	{"spop old version", spopReply, "00000014 65 00000001 0000 0776657273696F6E 0803312E30", false, verdict{status: L7Response, desc: spopBadVsn}},
	{"spop disconnect", spopReply, "00000012 66 00000001 0000 076D657373616765 08016F", false, verdict{status: L7Response, desc: "o"}},
	{"agent line with a zero byte", agentLine, hexed("up\x00down\n"), false, verdict{pass: true, final: true}},
	{"agent half line", agentLine, hexed("up"), false, verdict{wait: true}},
}

func hexed(s string) string { return hex.EncodeToString([]byte(s)) }

func TestReplies(t *testing.T) {
	for _, c := range replyCases {
		t.Run(c.name, func(t *testing.T) {
			got := c.f(bytesOf(t, c.in), c.last)
			if got.reply != nil && got.reply.incomplete {
				got.reply = nil // that it is told apart is all that counts
			}
			if got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

// FuzzReplies: no answer may make a parser fail, or wait when nothing can come.
func FuzzReplies(f *testing.F) {
	for _, c := range replyCases {
		f.Add(bytesOf(f, c.in))
	}
	parsers := []func([]byte, bool) verdict{redisReply, pgsqlReply, ldapReply, mysqlGreeting(true), mysqlDone, smtpBanner, smtpGreeted, smtpBye, sslReply, spopReply, agentLine}
	f.Fuzz(func(t *testing.T, in []byte) {
		for i, p := range parsers {
			if v := p(in, true); v.wait {
				t.Errorf("parser %d waits for more of %q", i, in)
			}
			v := p(in, false)
			if v.final && !v.pass {
				t.Errorf("parser %d: %+v", i, v)
			}
		}
	})
}

func TestAgentWords(t *testing.T) {
	for _, c := range []struct {
		line string
		want agentReply
	}{
		{"up", agentReply{health: "up"}},
		{"75%,maxconn:30,maint,down", agentReply{weight: "75%", hasWeight: true, maxconn: "30", hasMaxConn: true, mode: Maint, hasMode: true, health: "down"}},
		{"fail#now", agentReply{unknown: "fail#now"}},
		{"down,#x # y", agentReply{health: "down", description: "x # y"}},
		{"READY 50% # all fine", agentReply{mode: Ready, hasMode: true, weight: "50%", hasWeight: true, description: "all fine"}},
		{"drain\tweight:20", agentReply{mode: Drain, hasMode: true, weight: "20", hasWeight: true}},
		{"down up", agentReply{health: "up"}},
		{"foo bar stopped # disk", agentReply{unknown: "foo", health: "stopped", description: "disk"}},
		{"", agentReply{}},
	} {
		if got := parseAgent(c.line); got != c.want {
			t.Errorf("parseAgent(%q) = %+v, want %+v", c.line, got, c.want)
		}
	}
}

func TestAppendSafe(t *testing.T) {
	if got := string(appendSafe(nil, "a\"b\r#\x80")); got != "a<22>b<0D>#<80>" {
		t.Errorf("got %q", got)
	}
}

func TestStatusNumbersAreHAProxys(t *testing.T) {
	for s, want := range map[Status]int{Initial: 1, Checked: 3, Analyze: 4, SockErr: 5, L4OK: 6, L4Timeout: 7, L4Conn: 8, L7Timeout: 12, L7Response: 13, L7OK: 15, L7Status: 17, ProcOK: 20} {
		if int(s) != want {
			t.Errorf("%s = %d, want %d", s, int(s), want)
		}
	}
	for i := range statuses {
		if table[i].name == "" || table[i].text == "" || strings.TrimSpace(table[i].text) != table[i].text {
			t.Errorf("status %d is not described", i)
		}
	}
}
