package htx

// ID numbers the field names that the engine itself looks for, so that a
// lookup compares one byte and not a string. Other is any other name.
type ID uint8

// The numbered names, in the order of their lengths (see Lookup).
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

// names[n] lists the numbered names of length n, in lower case and as they are
// usually spelt in HTTP/1.
var names = [18][]struct {
	name  string
	usual string
	id    ID
}{
	2:  {{"te", "TE", TE}},
	3:  {{"age", "Age", Age}, {"via", "Via", Via}},
	4:  {{"host", "Host", Host}, {"date", "Date", Date}, {"vary", "Vary", Vary}},
	6:  {{"accept", "Accept", Accept}, {"cookie", "Cookie", Cookie}, {"server", "Server", Server}, {"expect", "Expect", Expect}, {"pragma", "Pragma", Pragma}},
	7:  {{"upgrade", "Upgrade", Upgrade}, {"trailer", "Trailer", Trailer}, {"referer", "Referer", Referer}},
	8:  {{"location", "Location", Location}},
	10: {{"connection", "Connection", Connection}, {"user-agent", "User-Agent", UserAgent}, {"keep-alive", "Keep-Alive", KeepAlive}, {"set-cookie", "Set-Cookie", SetCookie}},
	12: {{"content-type", "Content-Type", ContentType}},
	13: {{"cache-control", "Cache-Control", CacheControl}, {"authorization", "Authorization", Authorization}, {"x-original-to", "X-Original-To", XOriginalTo}},
	14: {{"content-length", "Content-Length", ContentLength}, {"http2-settings", "HTTP2-Settings", HTTP2Settings}},
	15: {{"x-forwarded-for", "X-Forwarded-For", XForwardedFor}},
	16: {{"content-encoding", "Content-Encoding", ContentEncoding}, {"proxy-connection", "Proxy-Connection", ProxyConnection}, {"www-authenticate", "WWW-Authenticate", WWWAuthenticate}},
	17: {{"transfer-encoding", "Transfer-Encoding", TransferEncoding}, {"sec-websocket-key", "Sec-WebSocket-Key", SecWebSocketKey}},
}

// Lookup returns the number of a field name in any case, Other if it has none.
//
// Fast path: names come in lower case from HTTP/2 and in the usual case from
// HTTP/1, and comparing whole strings is quicker than folding (BenchmarkLookup).
func Lookup(name []byte) ID {
	if len(name) >= len(names) {
		return Other
	}
	for i := range names[len(name)] {
		n := &names[len(name)][i]
		if n.name[0] != name[0]|0x20 {
			continue
		}
		if string(name) == n.usual || string(name) == n.name || EqualFold(name, n.name) {
			return n.id
		}
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
