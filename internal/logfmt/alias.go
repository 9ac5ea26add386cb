package logfmt

import (
	"segue/internal/keyword"
	"segue/internal/lb"
)

// alias is a row of the table of manual 8.2.6. It has either num or str.
type alias struct {
	keyword.Doc
	num  func(s *lb.Stream) (int64, numState)
	str  func(dst []byte, s *lb.Stream, opts flags) ([]byte, bool)
	hex  func(dst []byte, v int64) []byte // of num under the X flag, nil if that has none
	http bool                             // needs mode http
	none bool                             // writes nothing at all where others write "-"
	list bool                             // its parts are quoted and escaped one by one
	date bool                             // neither quoted nor escaped
	esc  bool                             // its text has #XX escapes
	src  bool                             // needs our address towards the server
	addr bool                             // in hexadecimal digits it is not quoted
	bare bool                             // never quoted
}

func hexInt(dst []byte, v int64) []byte { return appendHex(dst, uint64(v)) }

// aliases is the table, sorted by name.
var aliases = [...]alias{
	{Doc: doc("%B", "Bytes sent to the client."), num: numB},
	{Doc: doc("%CC", "The captured request cookie."), str: strCC, http: true},
	{Doc: doc("%CS", "The captured response cookie."), str: strCS, http: true},
	{Doc: doc("%H", "The host's name.")},
	{Doc: doc("%HM", "The request's method."), str: strHM, http: true, esc: true},
	{Doc: doc("%HP", "The request's target without query string."), str: strHP, http: true, esc: true},
	{Doc: doc("%HPO", "The request's path, without host and query string."), str: strHPO, http: true, esc: true},
	{Doc: doc("%HQ", "The request's query string with its question mark."), str: strHQ, http: true, esc: true},
	{Doc: doc("%HU", "The request's target."), str: strHU, http: true, esc: true},
	{Doc: doc("%HV", "The request's protocol version."), str: strHV, http: true, esc: true},
	{Doc: doc("%ID", "The stream's unique id."), str: strID},
	{Doc: doc("%OG", "The log's origin: how far the stream was."), str: strOG},
	{Doc: doc("%ST", "The status code."), num: numST},
	{Doc: doc("%T", "Accept date, UTC."), str: strT, date: true},
	{Doc: doc("%TR", "Time to receive the request's head."), num: numTR, http: true},
	{Doc: doc("%Ta", "Active time of the request."), num: numTa, http: true},
	{Doc: doc("%Tc", "Time to connect to the server."), num: numTc},
	{Doc: doc("%Td", "Time to transfer the response's data."), num: numTd},
	{Doc: doc("%Th", "Time of the client connection's handshakes."), num: numTh},
	{Doc: doc("%Ti", "Idle time before the request."), num: numTi, http: true},
	{Doc: doc("%Tl", "Accept date, local time."), str: strTl, date: true},
	{Doc: doc("%Tq", "Th + Ti + TR."), num: numTq, http: true},
	{Doc: doc("%Tr", "Response time of the server."), num: numTr, http: true},
	{Doc: doc("%Ts", "Accept date as a UNIX timestamp."), num: numTs, hex: hexInt},
	{Doc: doc("%Tt", "Total time of the stream."), num: numTt},
	{Doc: doc("%Tu", "Total time as seen by the client."), num: numTu},
	{Doc: doc("%Tw", "Time in queues."), num: numTw},
	{Doc: doc("%U", "Bytes received from the client."), num: numU},
	{Doc: doc("%ac", "Concurrent connections of the process."), num: numAc},
	{Doc: doc("%b", "Name of the backend."), str: strB},
	{Doc: doc("%bc", "Concurrent connections of the backend."), num: numBc},
	{Doc: doc("%bi", "Our address towards the server."), str: strBi, addr: true, src: true},
	{Doc: doc("%bp", "Our port towards the server."), num: numBp, hex: appendHex4, src: true},
	{Doc: doc("%bq", "Position in the backend's queue."), num: numBq},
	{Doc: doc("%ci", "The client's address."), str: strCi, addr: true},
	{Doc: doc("%cp", "The client's port."), num: numCp, hex: appendHex4},
	{Doc: doc("%f", "Name of the frontend."), str: strF},
	{Doc: doc("%fc", "Concurrent connections of the frontend."), num: numFc},
	{Doc: doc("%fi", "The address that the client connected to."), str: strFi, addr: true},
	{Doc: doc("%fp", "The port that the client connected to."), num: numFp, hex: appendHex4},
	{Doc: doc("%ft", "Name of the frontend, with a tilde for TLS."), str: strFt},
	{Doc: doc("%hr", "Captured request headers."), str: strHr, none: true, esc: true},
	{Doc: doc("%hrl", "Captured request headers as a list."), str: strHrl, none: true, list: true, esc: true},
	{Doc: doc("%hs", "Captured response headers."), str: strHs, none: true, esc: true},
	{Doc: doc("%hsl", "Captured response headers as a list."), str: strHsl, none: true, list: true, esc: true},
	{Doc: doc("%lc", "Log lines of the frontend so far."), num: numLc},
	{Doc: doc("%ms", "Milliseconds of the accept date."), num: numMs},
	{Doc: doc("%o", "Sets flags for all items that follow.")},
	{Doc: doc("%pid", "The process's number."), num: numPid, hex: appendHex4},
	{Doc: doc("%r", "The request line."), str: strR, http: true, esc: true},
	{Doc: doc("%rc", "Retries."), num: numRc},
	{Doc: doc("%rt", "The number of the stream."), num: numRt, hex: appendHex4},
	{Doc: doc("%s", "Name of the server."), str: strS},
	{Doc: doc("%sc", "Concurrent connections of the server."), num: numSc},
	{Doc: doc("%si", "The server's address."), str: strSi, addr: true},
	{Doc: doc("%sp", "The server's port."), num: numSp, hex: appendHex4},
	{Doc: doc("%sq", "Position in the server's queue."), num: numSq},
	{Doc: doc("%sslc", "Cipher suite of the client connection."), str: strNone},
	{Doc: doc("%sslv", "TLS version of the client connection."), str: strNone},
	{Doc: doc("%t", "Accept date, local time with milliseconds."), str: strDate, date: true},
	{Doc: doc("%tr", "Request date, local time with milliseconds."), str: strTr, date: true, http: true},
	{Doc: doc("%trg", "Request date, UTC."), str: strTrg, date: true, http: true},
	{Doc: doc("%trl", "Request date, local time."), str: strTrl, date: true, http: true},
	{Doc: doc("%ts", "The termination state."), str: strTs, bare: true},
	{Doc: doc("%tsc", "The termination state with the cookie's."), str: strTsc, bare: true, http: true},
}

func doc(name, text string) keyword.Doc {
	return keyword.Doc{Name: name, Section: "8.2.6", Text: text}
}

// Aliases lists the aliases for the catalog and the manual.
func Aliases() []keyword.Doc {
	docs := make([]keyword.Doc, len(aliases))
	for i := range aliases {
		docs[i] = aliases[i].Doc
	}
	return docs
}

// findAlias returns the row of a name without its percent sign, nil if unknown.
func findAlias(name string) *alias {
	for i := range aliases {
		if aliases[i].Name[1:] == name {
			return &aliases[i]
		}
	}
	return nil
}
