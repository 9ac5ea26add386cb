package htx

// ID numbers the field names that the engine itself looks for, so that a
// lookup compares one byte and not a string. Other is any other name.
type ID uint8

// The numbered names. No two have both length and first letter in common (see
// Lookup).
const (
	Other ID = iota
	TE
	Age
	Via
	Date
	Host
	Vary
	Accept
	Cookie
	Expect
	Pragma
	Server
	Trailer
	Upgrade
	Location
	Connection
	KeepAlive
	SetCookie
	CacheControl
	ContentType
	ContentLength
	Authorization
	XForwardedFor
	HTTP2Settings
	ContentEncoding
	TransferEncoding
	ProxyConnection
	WWWAuthenticate
	SecWebSocketKey
	XOriginalTo
	UserAgent
	Referer
)

// names are the numbered names in lower case, which is how HTTP/2 has them, and
// as they are usually spelt in HTTP/1.
var names = [...]struct{ name, usual string }{
	TE:               {"te", "TE"},
	Age:              {"age", "Age"},
	Via:              {"via", "Via"},
	Date:             {"date", "Date"},
	Host:             {"host", "Host"},
	Vary:             {"vary", "Vary"},
	Accept:           {"accept", "Accept"},
	Cookie:           {"cookie", "Cookie"},
	Expect:           {"expect", "Expect"},
	Pragma:           {"pragma", "Pragma"},
	Server:           {"server", "Server"},
	Trailer:          {"trailer", "Trailer"},
	Upgrade:          {"upgrade", "Upgrade"},
	Location:         {"location", "Location"},
	Connection:       {"connection", "Connection"},
	KeepAlive:        {"keep-alive", "Keep-Alive"},
	SetCookie:        {"set-cookie", "Set-Cookie"},
	CacheControl:     {"cache-control", "Cache-Control"},
	ContentType:      {"content-type", "Content-Type"},
	ContentLength:    {"content-length", "Content-Length"},
	Authorization:    {"authorization", "Authorization"},
	XForwardedFor:    {"x-forwarded-for", "X-Forwarded-For"},
	HTTP2Settings:    {"http2-settings", "HTTP2-Settings"},
	ContentEncoding:  {"content-encoding", "Content-Encoding"},
	TransferEncoding: {"transfer-encoding", "Transfer-Encoding"},
	ProxyConnection:  {"proxy-connection", "Proxy-Connection"},
	WWWAuthenticate:  {"www-authenticate", "WWW-Authenticate"},
	SecWebSocketKey:  {"sec-websocket-key", "Sec-WebSocket-Key"},
	XOriginalTo:      {"x-original-to", "X-Original-To"},
	UserAgent:        {"user-agent", "User-Agent"},
	Referer:          {"referer", "Referer"},
}

// maxName is more than the length of any numbered name.
const maxName = 18

// first finds a name by its length and the low bits of its first byte, which no
// two of them share (TestLookup).
var first = index()

func index() (t [maxName][32]ID) {
	for id, n := range names {
		if n.name != "" {
			t[len(n.name)][n.name[0]&31] = ID(id)
		}
	}
	return t
}

// Lookup returns the number of a field name in any case, Other if it has none.
//
// Fast path: there is one candidate at most, and comparing it whole in its two
// frequent spellings is quicker than folding (BenchmarkLookup).
func Lookup(name []byte) ID {
	if len(name) == 0 || len(name) >= maxName {
		return Other
	}
	id := first[len(name)][name[0]&31]
	if id == Other {
		return Other
	}
	if n := &names[id]; string(name) == n.usual || string(name) == n.name || EqualFold(name, n.name) {
		return id
	}
	return Other
}

// EqualFold reports whether b equals lower, which is written in lower case,
// without regard to the case of ASCII letters.
func EqualFold(b []byte, lower string) bool {
	if len(b) != len(lower) {
		return false
	}
	for i := 0; i < len(lower); i++ {
		c := b[i]
		if c-'A' < 26 {
			c |= 0x20
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}
