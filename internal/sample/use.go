package sample

import "strings"

// Place is a set of the 22 contexts in which expressions are evaluated, in the
// order of -dKsmp.
type Place uint32

// The places.
const (
	FrontConn     Place = 1 << iota // frontend tcp-request connection
	FrontSess                       // frontend tcp-request session
	FrontContent                    // frontend tcp-request content
	FrontReq                        // frontend http-request
	FrontReqBody                    // frontend http-request, body
	FrontSwitch                     // use_backend
	BackContent                     // backend tcp-request content
	BackReq                         // backend http-request
	BackReqBody                     // backend http-request, body
	BackPick                        // use-server, balance, stick match
	BackSource                      // source
	BackResCont                     // backend tcp-response content
	BackRes                         // backend http-response
	BackResBody                     // backend http-response, body
	BackStore                       // stick store
	FrontResCont                    // frontend tcp-response content
	FrontRes                        // frontend http-response
	FrontResBody                    // frontend http-response, body
	Logs                            // log formats
	Checks                          // tcp-check, http-check
	Parser                          // configuration parser
	CLI                             // runtime API
	Places        = iota
	Everywhere    = CLI<<1 - 1
	RequestPlaces = FrontConn | FrontSess | FrontContent | FrontReq | FrontReqBody | FrontSwitch |
		BackContent | BackReq | BackReqBody | BackPick | Checks
)

// placeNames are the names of the places in messages.
var placeNames = [Places]string{
	"frontend tcp-request connection rule",
	"frontend tcp-request session rule",
	"frontend tcp-request content rule",
	"frontend http-request header rule",
	"frontend http-request body rule",
	"frontend use-backend rule",
	"backend tcp-request content rule",
	"backend http-request header rule",
	"backend http-request body rule",
	"backend use-server, balance or stick-match rule",
	"server source selection",
	"backend tcp-response content rule",
	"backend http-response header rule",
	"backend http-response body rule",
	"backend stick-store rule",
	"frontend tcp-response content rule",
	"frontend http-response header rule",
	"frontend http-response body rule",
	"logs",
	"backend tcp-check rule",
	"configuration parser",
	"CLI parser",
}

// String names the first place of the set, as messages do.
func (p Place) String() string {
	for i, name := range placeNames {
		if p&(1<<i) != 0 {
			return name
		}
	}
	return "unknown sample check place"
}

// Matrix appends the row of -dKsmp: "Y" or "." for each place.
func (p Place) Matrix(dst []byte) []byte {
	dst = append(dst, "[ "...)
	for i := range Places {
		if p&(1<<i) != 0 {
			dst = append(dst, "Y "...)
		} else {
			dst = append(dst, ". "...)
		}
	}
	return append(dst, ']')
}

// Use is the set of sources that a fetch draws on; it decides on the places
// where the fetch works.
type Use uint32

// The sources.
const (
	UseConst     Use = 1 << iota // the configuration itself
	UseInternal                  // process state
	UseListener                  // the listener that accepted the connection
	UseFrontend                  // the frontend that accepted it
	UseClient4                   // client address
	UseClient5                   // client connection above layer 4
	UseTrack                     // tracked counters
	UseReqBytes                  // request buffer
	UseReqFields                 // HTTP request head, which is gone later
	UseReqMeta                   // HTTP request facts that are kept (method)
	UseReqBody                   // HTTP request body
	UseBackend                   // chosen backend
	UseServer                    // chosen server
	UseServer4                   // server address
	UseServer5                   // server connection above layer 4
	UseResBytes                  // response buffer
	UseResFields                 // HTTP response head
	UseResMeta                   // HTTP response facts that are kept (status)
	UseResBody                   // HTTP response body
	UseReqEnd                    // final numbers of the request
	UseResEnd                    // final numbers of the response
	UseTxnEnd                    // final numbers of the transaction
	UseSessEnd                   // final numbers of the session
	uses         = iota
	UseBytes     = UseReqBytes | UseResBytes
	UseHTTP      = UseReqFields | UseReqMeta | UseReqBody | UseResFields | UseResMeta | UseResBody
)

// span returns the places from a to b.
func span(a, b Place) Place { return b<<1 - a }

// sources tells name and places of each source. Facts of HAProxy 3.4's
// -dKsmp and messages.
var sources = [uses]struct {
	name  string
	where Place
}{
	{"", Everywhere},
	{"internal state", Everywhere &^ Parser},
	{"listener", span(FrontConn, Logs)},
	{"frontend", span(FrontConn, Logs)},
	{"client address", span(FrontConn, Checks)},
	{"client-side connection", span(FrontSess, Logs)},
	{"track counters", span(FrontConn, Logs)},
	{"request buffer", span(FrontContent, BackSource)},
	{"HTTP request headers", span(FrontContent, BackSource)},
	{"HTTP request", span(FrontContent, Logs)},
	{"HTTP request body", span(FrontReqBody, BackSource)},
	{"backend", span(BackContent, Checks)},
	{"server", span(BackSource, Checks)},
	{"server address", span(BackResCont, Checks)},
	{"server-side connection", span(BackResCont, Checks)},
	{"response buffer", span(BackResCont, FrontResBody) | Checks},
	{"HTTP response headers", span(BackResCont, FrontResBody) | Checks},
	{"HTTP response", span(BackResCont, Checks)},
	{"HTTP response body", span(BackResBody, FrontResBody) | Checks},
	{"request buffer statistics", span(FrontContent, Logs)},
	{"response buffer statistics", span(BackPick, Logs)},
	{"transaction statistics", span(FrontContent, Logs)},
	{"session statistics", span(FrontConn, Logs)},
}

// Where returns the places where at least one of the sources exists.
func (u Use) Where() (p Place) {
	for i, s := range sources {
		if u&(1<<i) != 0 {
			p |= s.where
		}
	}
	return p
}

// String lists the sources as messages do, "" for constants.
func (u Use) String() string {
	var names []string
	for i, s := range sources {
		if u&(1<<i) != 0 && s.name != "" {
			names = append(names, s.name)
		}
	}
	return strings.Join(names, ",")
}
