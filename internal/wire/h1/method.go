package h1

// MethodKind numbers the methods of RFC 9110 9.3, which change how a message
// is read or what rules may do with it.
type MethodKind uint8

// The kinds. Other is every method that has no number.
const (
	Other MethodKind = iota
	Options
	Get
	Head
	Post
	Put
	Delete
	Trace
	Connect
)

// Kind returns the number of a method. Methods are case-sensitive (RFC 9110
// 9.1), so "get" is Other.
func Kind(method []byte) MethodKind {
	switch string(method) {
	case "GET":
		return Get
	case "POST":
		return Post
	case "HEAD":
		return Head
	case "PUT":
		return Put
	case "DELETE":
		return Delete
	case "OPTIONS":
		return Options
	case "CONNECT":
		return Connect
	case "TRACE":
		return Trace
	}
	return Other
}
