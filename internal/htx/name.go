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

// names[n] lists the numbered names of length n, in lower case.
var names = [18][]struct {
	name string
	id   ID
}{
	2:  {{"te", TE}},
	3:  {{"age", Age}, {"via", Via}},
	4:  {{"host", Host}, {"date", Date}, {"vary", Vary}},
	6:  {{"accept", Accept}, {"cookie", Cookie}, {"server", Server}, {"expect", Expect}, {"pragma", Pragma}},
	7:  {{"upgrade", Upgrade}, {"trailer", Trailer}, {"referer", Referer}},
	8:  {{"location", Location}},
	10: {{"connection", Connection}, {"user-agent", UserAgent}, {"keep-alive", KeepAlive}, {"set-cookie", SetCookie}},
	12: {{"content-type", ContentType}},
	13: {{"cache-control", CacheControl}, {"authorization", Authorization}, {"x-original-to", XOriginalTo}},
	14: {{"content-length", ContentLength}, {"http2-settings", HTTP2Settings}},
	15: {{"x-forwarded-for", XForwardedFor}},
	16: {{"content-encoding", ContentEncoding}, {"proxy-connection", ProxyConnection}, {"www-authenticate", WWWAuthenticate}},
	17: {{"transfer-encoding", TransferEncoding}, {"sec-websocket-key", SecWebSocketKey}},
}

// Lookup returns the number of a field name in any case, Other if it has none.
func Lookup(name []byte) ID {
	if len(name) >= len(names) {
		return Other
	}
	for i := range names[len(name)] {
		n := &names[len(name)][i]
		if n.name[0] == name[0]|0x20 && EqualFold(name, n.name) {
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
