package h1

// Error is why a head or a body was refused. OK, the zero value, is no error.
type Error uint8

// The reasons. What a sender is told is Status, what an operator is shown is
// String.
const (
	OK             Error = iota
	BadStartLine         // the start line has another shape than RFC 9112 3 and 4
	BadMethod            // a byte that no method may have
	BadTarget            // a byte or a form that no target may have
	BadVersion           // no version that HTTP/1.1 can answer
	BadName              // a byte that no field name may have, or no name
	BadValue             // a NUL in a field's value
	BadLineEnd           // a CR without its LF; in a body also an LF without its CR
	BadLength            // Content-Length is no number, or several differ
	BadTransfer          // Transfer-Encoding leaves the length unknown
	BadHost              // several Host fields that differ, or one that is no authority
	HostMismatch         // Host is not the target's authority
	BadUpgrade           // a WebSocket request without its key, a 101 whose Connection does not say upgrade
	BadChunk             // a chunk's size or line end
	BadTrailer           // a trailer section that is no list of fields
	TooManyFields        // as many as Limits.MaxFields, or more
	TooLarge             // the head does not fit Limits.MaxHead
	URITooLong           // the request line alone does not fit
	BodyNotAllowed       // HTTP/1.0 with a body on a method that has none
	NotImplemented       // a transfer coding beside chunked
)

// errorText pairs each reason with the status that answers a request which is
// refused for it, as HAProxy 3.4 answers. A refused response is always a 502.
var errorText = [...]struct {
	status uint16
	text   string
}{
	OK:             {0, "no error"},
	BadStartLine:   {400, "malformed start line"},
	BadMethod:      {400, "invalid character in method"},
	BadTarget:      {400, "invalid request target"},
	BadVersion:     {400, "invalid HTTP version"},
	BadName:        {400, "invalid field name"},
	BadValue:       {400, "invalid character in field value"},
	BadLineEnd:     {400, "malformed end of line"},
	BadLength:      {400, "invalid Content-Length"},
	BadTransfer:    {400, "invalid Transfer-Encoding"},
	BadHost:        {400, "invalid Host"},
	HostMismatch:   {400, "Host differs from the target's authority"},
	BadUpgrade:     {400, "invalid upgrade"},
	BadChunk:       {400, "malformed chunk"},
	BadTrailer:     {400, "malformed trailer section"},
	TooManyFields:  {400, "too many header fields"},
	TooLarge:       {431, "header too large"},
	URITooLong:     {414, "request target too long"},
	BodyNotAllowed: {413, "body not allowed with this method in HTTP/1.0"},
	NotImplemented: {422, "transfer coding not implemented"},
}

// Status returns the status that answers a request refused for e; 0 for OK.
func (e Error) Status() int { return int(errorText[e].status) }

// String returns the reason in words.
func (e Error) String() string { return errorText[e].text }
