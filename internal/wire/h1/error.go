package h1

// Error is why a head or a body was refused. OK, the zero value, is no error.
type Error uint8

// The reasons. What a sender is told is Status, what an operator is shown is
// String.
const (
	OK              Error = iota
	BadStartLine          // the start line has another shape than RFC 9112 3 and 4
	BadMethod             // a byte that no method may have
	BadTarget             // a byte or a form that no target may have
	BadVersion            // not HTTP/1.0 or HTTP/1.1
	BadName               // a byte that no field name may have, or no name
	BadValue              // a NUL or a bare CR in a field's value
	BadLineEnd            // CR without LF, or LF without CR
	BadLength             // Content-Length is no number, or several differ
	BadTransfer           // Transfer-Encoding that leaves the length unknown
	BadHost               // several Host fields, or one that is no authority
	HostMismatch          // Host is not the target's authority
	BadChunk              // chunk size or its line end
	BadTrailer            // a trailer section that is no list of fields
	TooManyFields         // more than Limits.MaxFields
	TooLarge              // the head does not fit Limits.MaxHead
	URITooLong            // the target alone does not fit
	LengthRequired        // the method needs a length and there is none
	NotImplemented        // a transfer coding that is unknown
	UpgradeWithBody       // reserved: an upgrade that also has a body
)

// errorText pairs each reason with the status that answers a request which
// fails for it; a response that fails is always a 502.
var errorText = [...]struct {
	status uint16
	text   string
}{
	OK:              {0, "no error"},
	BadStartLine:    {400, "malformed start line"},
	BadMethod:       {400, "invalid character in method"},
	BadTarget:       {400, "invalid request target"},
	BadVersion:      {505, "unsupported HTTP version"},
	BadName:         {400, "invalid character in field name"},
	BadValue:        {400, "invalid character in field value"},
	BadLineEnd:      {400, "malformed end of line"},
	BadLength:       {400, "invalid Content-Length"},
	BadTransfer:     {400, "invalid Transfer-Encoding"},
	BadHost:         {400, "invalid Host"},
	HostMismatch:    {400, "Host differs from the target's authority"},
	BadChunk:        {400, "malformed chunk"},
	BadTrailer:      {400, "malformed trailer section"},
	TooManyFields:   {400, "too many header fields"},
	TooLarge:        {400, "header too large"},
	URITooLong:      {414, "request target too long"},
	LengthRequired:  {411, "length required"},
	NotImplemented:  {501, "transfer coding not implemented"},
	UpgradeWithBody: {400, "upgrade with a body"},
}

// Status returns the status that answers a request refused for e.
func (e Error) Status() int { return int(errorText[e].status) }

// String returns the reason in words.
func (e Error) String() string { return errorText[e].text }
