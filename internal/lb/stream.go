package lb

import (
	"net/netip"
	"segue/internal/conf"
	"segue/internal/htx"
	"segue/internal/sched"
	"segue/internal/syslog"
	"segue/internal/wire/h1"
)

// Thread is what one loop shares among its sessions. It belongs to the loop.
type Thread struct {
	*sched.Loop
	Index           int
	Sessions        int64 // on this thread
	FreeStreams     []*Stream
	FreeSessions    []*Session
	FreeServerConns []*ServerConn
	Writers         []*syslog.Writer // of the log targets; flushed after every iteration
	LogBuf          []byte           // the log line being made
	Line            []byte           // where rules put formats together; its content ends with the action
	Tmp             []byte           // arena of expressions, used as a stack: see package sample
	Rand            uint64           // xorshift state
	Process         *Process
	Date            DateCache
	Head            htx.Head // for parsing what no stream owns
	List            Session  // head of the list of sessions (show sess)
	Greetings       int      // bytes that unfinished large headers of new connections take
}

// DateCache holds the second's Date strings.
type DateCache struct {
	Second int64
	HTTP   [29]byte // RFC 9110 5.6.7
	CLF    [32]byte
	Local  SecondText // in the process's zone; owned by package logfmt
	UTC    SecondText
}

// SecondText is a second as logs write it: "02/Jan/2006:15:04:05 -0700".
type SecondText struct {
	Key  int64 // unix s + 1; 0 = none
	Text [26]byte
}

// Session is a client connection. It belongs to its thread and is recycled.
type Session struct {
	Conn       sched.Conn
	Thread     *Thread
	Bind       *Bind           // that accepted it; replaced by a newer generation's between requests
	Front      *Proxy          // Bind.Proxy
	Prev, Next *Session        // in Thread.List
	Src, Dst   netip.AddrPort  // as announced by PROXY or set by tcp-request session, else the connection's; see Local
	Peer       netip.AddrPort  // the connection's source: the socket's peer or what tcp-request connection set
	ConnDst    *netip.AddrPort // the connection's destination where tcp-request connection set it
	Partial    []byte          // received bytes of a head that is not complete
	Scanned    int             // bytes of Partial that hold no complete head
	Accepted   int64           // ns, loop time
	AcceptWall int64           // unix ns
	Handshake  int64           // ns spent before the first byte of a request
	ID         uint64
	Requests   int
	IdleSince  int64   // ns: start of the wait for the current request
	Stream     *Stream // the running one
	Flags      SessionFlags
	Vars       any
	Servers    []*ServerConn // private connections kept for this client, idle
	Last       *ServerState  // of the server that answered last
	TLVs       []byte        // of the PROXY v2 header
	KillReason byte          // first letter of the termination state when the task is canceled
	Listener   any           // front.Listener that accepted it
	FirstByte  int64         // ns: first byte of the current request; 0 = none yet
	Err        ConnErr       // why the connection failed before its first stream
}

// SessionFlags describe a session.
type SessionFlags uint16

const (
	SrcSet SessionFlags = 1 << iota
	DstSet
	UnixSocket
	LocalConn // PROXY LOCAL
	Counted
	ExpectProxy // by a rule: a PROXY header comes first
	RcvdProxy
	IsCheck   // no client: the session of a health check
	ExpectCIP // by a rule: a NetScaler Client IP header comes first
	Inspected // the frontend's content rules have seen the first request, as TCP
)

// ServerConn is a connection to a server. It belongs to a thread.
type ServerConn struct {
	Conn    sched.Conn
	Server  *Server // of the stream that uses it; nil while it is idle, or it would keep a generation in memory
	State   *ServerState
	Thread  *Thread
	Epoch   int64
	Uses    int
	Private bool // bound to its client (NTLM, never)
	Owner   *Session
	Safe    bool   // has answered at least two requests
	Hash    uint64 // of what distinguishes connections: source, sni, proxy header
	LastUse int64
	Ports   *Ports // that Port was taken from; nil: the kernel chose it
	Port    uint16 // source port
	Booked  bool   // counted before it is made: "strict-maxconn"
}

// Young says that an idle connection has served one request only: whether its
// server keeps connections open is not proved. It does not change while idle.
func (sc *ServerConn) Young() bool { return sc.Uses < 2 }

// Stream is one request and its response, or a TCP flow.
type Stream struct {
	Session *Session
	Thread  *Thread
	Task    *sched.Task
	Gen     *Generation
	Front   *Proxy
	Back    *Proxy
	Server  *Server
	SrvConn *ServerConn
	Bind    *Bind
	// LogMessage is the line that a backend in mode log balances: a stream
	// stands for it there.
	LogMessage []byte

	Req, Res         htx.Head
	ReqBody, ResBody h1.Body
	Pending          []byte // request bytes received after the head, owned by the stream
	Input            []byte // TCP content rules: what has been received so far
	Output           []byte // the same from the server
	Buf              []byte // owned bytes for replays and waits

	// Times are loop ns; -1 = did not happen.
	Start, Idle, HeadDone, Queued, Connected, ResHeadDone, End int64
	StartWall                                                  int64

	BytesIn, BytesOut         int64   // from the client, to the client
	ToServer, FromServer      int64   // bytes of the running attempt that are not counted yet
	ReqBytes, ResBytes        int64   // forwarded bodies
	Status                    int     // logged
	ServerStatus              uint16  // as the server sent it; 0 = nothing
	ResRest, ResEnd           int     // where in the loop's scratch the bytes behind the response's head are
	ResHeadLen                int     // bytes of the head sent to the client
	Service                   Service // answers instead of a server
	MaxRetries                int     // by set-retries, plus 1; 0 = the backend\'s
	Retries                   int
	Redispatched              bool
	SrvQueuePos, BackQueuePos int64
	Term                      [4]byte // termination state, manual 8.5
	Flags                     StreamFlags
	Reply                     *Reply
	ReplyDyn                  Reply          // for replies made at runtime
	Vars                      any            // owned by feature vars
	Captured                  [2][][]byte    // request, response
	Src, Dst                  netip.AddrPort // set by rules of the stream; else invalid: see Client and Local
	CookieLog                 [2][]byte      // "capture cookie": request, response
	Method0, Target0          htx.Span       // in Req: as received, before rules changed them
	BackSrc                   netip.AddrPort // our end of the last connection to a server; see Remember
	Past                      PastConn
	Unique                    []byte
	ID                        uint64 // in the process, from 0
	Avoid                     *Server
	Pinned                    *Server        // persistence chose it
	CookieFirst, CookieLast   int64          // unix s: dates of the persistence cookie; 0 = none
	Dir                       Direction      // of the rules that run now
	LogOrigin                 conf.LogOrigin // of the log line that is made now
	Missing                   bool           // a fetch lacked bytes
	Final                     bool           // no more bytes will come: fetches must decide
	Timeouts                  Timeouts       // of this stream, set-timeout may change them
	Priority                  int64          // set-priority
	RuleFile                  string
	RuleLine                  int
	Level                     int       // log level, -1 = silent
	Iter                      [8]uint32 // iteration state of multi-valued fetches
	Iterate                   bool      // multi-valued fetches hand out each value (ACLs)
	Scratch                   any       // owned by package sample
	Relay                     any       // owned by package stream, kept with the stream
	Extra                     any
}

// Direction tells request from response evaluation.
type Direction uint8

const (
	Request Direction = iota
	Response
)

// StreamFlags describe a stream.
type StreamFlags uint32

const (
	IsTCP       StreamFlags = 1 << iota
	Reused                  // sent on a connection that was idle
	SlotHeld                // Server.State.Served counts it
	CloseClient             // Connection: close to the client
	CloseServer
	Tunneled
	HeadRequest
	LocalAnswer
	LogDone
	NoRetry
	Tarpitted
	Silent     // no log line
	LaxRewrite // strict-mode off: rewrites may fail; ends with the rule set
	NoL7Retry  // disable-l7-retry
	SrvCounted // the server's current sessions count it
	BackCounted
	Unparsed      // answers something that was no request: no rule sees the answer
	Direct        // persistence or use-server chose the server
	ForcePersist  // even if it is down
	IgnorePersist // a persistence cookie does not count
	NoPause       // the last failure is tried again at once
	Repeat        // retry-on wants the request, which was sent, to be sent again
	makingID      // UniqueID is at work
	ToHTTP        // a rule wants the TCP flow to go on as HTTP
	ResetServer   // the server's connection ends within an exchange: by a reset
)

// maxUniqueID is how many bytes HAProxy 3.4 keeps of a unique ID, in logs, headers
// and towards servers. A PROXY header may hold 128 (its specification, 2.2.5).
const maxUniqueID = 127

// UniqueID is the stream's identifier, made on first use; empty where there is
// none: what came in place of a request has none, and a format that names the
// identifier itself finds it empty. Manual 4.2 "unique-id-format": the frontend's,
// in a health check the backend's.
func (s *Stream) UniqueID() []byte {
	px := s.Front
	if s.Session != nil && s.Session.Flags&IsCheck != 0 {
		px = s.Back
	}
	if len(s.Unique) == 0 && px != nil && px.UniqueID != nil && s.Flags&(makingID|Unparsed) == 0 {
		s.Flags |= makingID
		s.Unique = px.UniqueID.AppendTo(s.Unique[:0], s)
		s.Unique = s.Unique[:min(len(s.Unique), maxUniqueID)]
		s.Flags &^= makingID
	}
	return s.Unique
}

// SetTerm sets the first two letters of the termination state unless they are
// set already.
func (s *Stream) SetTerm(cause, state byte) {
	if s.Term[0] == '-' {
		s.Term[0], s.Term[1] = cause, state
	}
}

// Head returns the message of the direction that rules look at.
func (s *Stream) Head() *htx.Head {
	if s.Dir == Response {
		return &s.Res
	}
	return &s.Req
}

// Option reports whether the frontend or the backend has the option.
func (s *Stream) Option(o conf.Options) bool {
	return (s.Front.Options|s.Back.Options)&o != 0
}

// Link adds the session to its thread's list.
func (ss *Session) Link() {
	h := &ss.Thread.List
	if h.Next == nil {
		h.Next, h.Prev = h, h
	}
	ss.Prev, ss.Next = h.Prev, h
	h.Prev.Next = ss
	h.Prev = ss
}

// Unlink takes it out.
func (ss *Session) Unlink() {
	if ss.Next != nil {
		ss.Prev.Next, ss.Next.Prev = ss.Next, ss.Prev
		ss.Next, ss.Prev = nil, nil
	}
}
