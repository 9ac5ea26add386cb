package lb

// ConnErr is why a connection could not be had, with HAProxy's number. Manual
// 7.3.3 "fc_err_str", whose table this is, as far as it can happen here.
type ConnErr uint8

// The reasons.
const (
	ProcFDLimit  ConnErr = 2
	SysFDLimit   ConnErr = 3
	SocketErr    ConnErr = 6
	PortRange    ConnErr = 7
	CantBind     ConnErr = 8
	FreePorts    ConnErr = 9
	AddrInUse    ConnErr = 10
	PrxEmpty     ConnErr = 11
	PrxAbort     ConnErr = 12
	PrxTimeout   ConnErr = 13
	PrxTruncated ConnErr = 14
	PrxNotHeader ConnErr = 15
	PrxBadHeader ConnErr = 16
	PrxBadProto  ConnErr = 17
	CIPEmpty     ConnErr = 18
	CIPAbort     ConnErr = 19
	CIPTimeout   ConnErr = 20
	CIPTruncated ConnErr = 21
	CIPBadMagic  ConnErr = 22
	CIPBadProto  ConnErr = 23
	SocksRecv    ConnErr = 40
	SocksDeny    ConnErr = 41
	SocksAbort   ConnErr = 42
	OSRefused    ConnErr = 47 // observed on 3.4.0; the manual's table is off by one from here
	OSReset      ConnErr = 48
	OSUnreach    ConnErr = 49
)

var connErrs = [...]struct{ name, text string }{
	0:            {"", "Success"},
	ProcFDLimit:  {"PROC_FDLIM", "Too many sockets on the process"},
	SysFDLimit:   {"SYS_FDLIM", "Too many sockets on the system"},
	SocketErr:    {"SOCK_ERR", "General socket error"},
	PortRange:    {"PORT_RANGE", "Source port range exhausted"},
	CantBind:     {"CANT_BIND", "Can't bind to source address"},
	FreePorts:    {"FREE_PORTS", "Out of local source ports on the system"},
	AddrInUse:    {"ADDR_INUSE", "Local source address already in use"},
	PrxEmpty:     {"PRX_EMPTY", "Connection closed while waiting for PROXY protocol header"},
	PrxAbort:     {"PRX_ABORT", "Connection error while waiting for PROXY protocol header"},
	PrxTimeout:   {"PRX_TIMEOUT", "Timeout while waiting for PROXY protocol header"},
	PrxTruncated: {"PRX_TRUNCATED", "Truncated PROXY protocol header received"},
	PrxNotHeader: {"PRX_NOT_HDR", "Received something which does not look like a PROXY protocol header"},
	PrxBadHeader: {"PRX_BAD_HDR", "Received an invalid PROXY protocol header"},
	PrxBadProto:  {"PRX_BAD_PROTO", "Received an unhandled protocol in the PROXY protocol header"},
	CIPEmpty:     {"CIP_EMPTY", "Connection closed while waiting for NetScaler Client IP header"},
	CIPAbort:     {"CIP_ABORT", "Connection error while waiting for NetScaler Client IP header"},
	CIPTimeout:   {"CIP_TIMEOUT", "Timeout while waiting for a NetScaler Client IP header"},
	CIPTruncated: {"CIP_TRUNCATED", "Truncated NetScaler Client IP header received"},
	CIPBadMagic:  {"CIP_BAD_MAGIC", "Received an invalid NetScaler Client IP magic number"},
	CIPBadProto:  {"CIP_BAD_PROTO", "Received an unhandled protocol in the NetScaler Client IP header"},
	SocksRecv:    {"SOCKS4_RECV", "SOCKS4 Proxy read error during handshake"},
	SocksAbort:   {"SOCKS4_ABORT", "SOCKS4 Proxy handshake aborted by server"},
	SocksDeny:    {"SOCKS4_DENY", "SOCKS4 Proxy deny the request"},
	OSRefused:    {"EREFUSED", "ECONNREFUSED returned by OS"},
	OSReset:      {"ERESET", "ECONNRESET returned by OS"},
	OSUnreach:    {"EUNREACH", "ENETUNREACH returned by OS"},
}

// Name is the reason's word, "" without a reason.
func (e ConnErr) Name() string { return connErrs[e].name }

// String is the message.
func (e ConnErr) String() string { return connErrs[e].text }
