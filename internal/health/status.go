package health

// Status is how a check ended. The numbers are those of "show servers state"
// (srv_check_status), management guide 9.3.
type Status uint8

// The statuses.
const (
	Unknown Status = iota
	Initial
	Started
	Checked // an agent's answer that says nothing of health
	Analyze // traffic was observed: error-limit
	SockErr
	L4OK
	L4Timeout
	L4Conn
	L6OK
	L6Timeout
	L6Response
	L7Timeout
	L7Response
	withCode // from here on a code is shown
	L7OK
	L7OKCond // disable-on-404
	L7Status
	ProcErr
	ProcTimeout
	ProcOK
	statuses
)

// Result is what a status means, numbered as in "show servers state"
// (srv_check_result).
type Result uint8

// The results.
const (
	NoResult Result = iota
	Neutral
	Failed
	Passed
	Conditional // passed, but no new sessions are wanted
)

// table gives each status its column in "show stat", its description and its
// result. Manual: management guide 9.1, column check_status.
var table = [statuses]struct {
	name, text string
	result     Result
}{
	Unknown:     {"UNK", "Unknown", NoResult},
	Initial:     {"INI", "Initializing", NoResult},
	Started:     {"UNK", "Unknown", NoResult},
	Checked:     {"CHECKED", "No status change", Neutral},
	Analyze:     {"HANA", "Health analyze", Failed},
	SockErr:     {"SOCKERR", "Socket error", Failed},
	L4OK:        {"L4OK", "Layer4 check passed", Passed},
	L4Timeout:   {"L4TOUT", "Layer4 timeout", Failed},
	L4Conn:      {"L4CON", "Layer4 connection problem", Failed},
	L6OK:        {"L6OK", "Layer6 check passed", Passed},
	L6Timeout:   {"L6TOUT", "Layer6 timeout", Failed},
	L6Response:  {"L6RSP", "Layer6 invalid response", Failed},
	L7Timeout:   {"L7TOUT", "Layer7 timeout", Failed},
	L7Response:  {"L7RSP", "Layer7 invalid response", Failed},
	withCode:    {"UNK", "Unknown", NoResult},
	L7OK:        {"L7OK", "Layer7 check passed", Passed},
	L7OKCond:    {"L7OKC", "Layer7 check conditionally passed", Conditional},
	L7Status:    {"L7STS", "Layer7 wrong status", Failed},
	ProcErr:     {"PROCERR", "External check error", Failed},
	ProcTimeout: {"PROCTOUT", "External check timeout", Failed},
	ProcOK:      {"PROCOK", "External check passed", Passed},
}

// String is the status's column in "show stat".
func (s Status) String() string { return table[s].name }

// Text describes the status, as logs and check_desc do.
func (s Status) Text() string { return table[s].text }

// Result is what the status says of the server.
func (s Status) Result() Result { return table[s].result }

// HasCode reports whether a code comes with the status.
func (s Status) HasCode() bool { return s > withCode }

// statusWords are the statuses that rules can name. Manual 4.2 "tcp-check
// expect": ok-status, error-status, tout-status.
var statusWords = map[string]Status{
	"L4OK": L4OK, "L4TOUT": L4Timeout, "L4CON": L4Conn,
	"L6OK": L6OK, "L6TOUT": L6Timeout, "L6RSP": L6Response,
	"L7OK": L7OK, "L7OKC": L7OKCond, "L7TOUT": L7Timeout, "L7RSP": L7Response, "L7STS": L7Status,
}
