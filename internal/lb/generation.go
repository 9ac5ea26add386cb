package lb

import (
	"net/netip"
	"sync/atomic"

	"segue/internal/conf"
	"segue/internal/htx"
	"segue/internal/sched"
	"segue/internal/sockopt"
	"segue/internal/syslog"
	"segue/internal/wire/proxyproto"
)

// Generation is one linked configuration. It is immutable once published,
// except where a field says otherwise.
type Generation struct {
	Num     int
	Conf    *conf.Model
	State   *State
	Proxies []*Proxy // in the order of the text
	Fronts  map[string]*Proxy
	Backs   map[string]*Proxy
	Streams atomic.Int64 // that run on this generation
	Tunnels atomic.Int64
	Born    int64 // unix ns
	Retired atomic.Bool
	// RetiredAt is when another generation took over, unix ns; 0 = it serves.
	RetiredAt   atomic.Int64
	LogProfiles map[string]*LogProfile // by name
	Rings       []*syslog.Buffer       // in the order of the configuration: "show events"
	// TLVs are the types of PROXY fields that its expressions ask for; sessions
	// keep these, and the host name.
	TLVs *proxyproto.TypeSet
}

// Action is a compiled rule's deed. Exec may wait (tarpit, inspect-delay): it
// runs in the stream's task.
type Action interface {
	Exec(s *Stream) Verdict
}

// Cond is a compiled condition.
type Cond interface {
	Eval(s *Stream) bool
}

// Formatter is a compiled log format.
type Formatter interface {
	AppendTo(dst []byte, s *Stream) []byte
}

// Verdict is what follows an action.
type Verdict uint8

const (
	Continue Verdict = iota // with the next rule
	Stop                    // leave this rule set: accept, allow
	Answer                  // Stream.Reply holds what to send instead of going on
	Abort                   // close without an answer: reject, silent-drop
	More                    // the rule needs bytes that have not arrived
)

// Rule is an action under a condition.
type Rule struct {
	Cond   Cond // nil: always
	Unless bool
	Action Action
	File   string // where it was written
	Line   int
}

// Holds reports whether the rule applies to s.
func (r *Rule) Holds(s *Stream) bool {
	return r.Cond == nil || r.Cond.Eval(s) != r.Unless
}

// Switch is a use_backend or use-server line.
type Switch struct {
	Cond   Cond
	Unless bool
	Back   *Proxy    // static name
	Server *Server   // use-server
	Name   Formatter // dynamic name
}

// Timeouts in ns; 0 = none.
type Timeouts struct {
	Client, Server, Connect, HTTPRequest, HTTPKeepAlive, Queue, Tunnel, Tarpit, ClientFin, ServerFin int64
}

// Proxy is a frontend, a backend, or both.
type Proxy struct {
	// Named: an expression of the configuration names it. Set while linking.
	Named    bool
	Conf     *conf.Proxy
	Gen      *Generation
	Name     string
	ID       int
	Mode     conf.Mode
	Options  conf.Options
	Front    *ProxyState // counters of the front side, nil without one
	Back     *ProxyState
	Timeouts Timeouts
	// ToClients and ToServers tune the sockets of either side.
	ToClients, ToServers sockopt.Tuning

	Rules          conf.BySet[Rule]
	Switches       []Switch // use_backend
	UseServers     []Switch // use-server
	DefaultBackend *Proxy
	Servers        []*Server
	ByName         map[string]*Server
	Balancer       Balancer
	RetryOn        bool         // retry-on names what shows only after a request was sent
	Queue          any          // owned by package queue
	Queued         atomic.Int64 // streams waiting in the backend's own queue
	TotalServed    atomic.Int64

	Errors                 map[int]*Reply // errorfile & co, merged with the built-in ones
	Log                    LogPlan
	UniqueID               Formatter
	UniqueIDHeader         string
	MonitorURI             []byte
	MaxConn                int64
	FullConn               int64 // at which minconn servers reach maxconn; 0 = they always have maxconn
	ForwardFor, OriginalTo *conf.AddrHeader
	Forwarded              Formatter           // "option forwarded": the element that it adds; nil: none
	Captures               [2][]Capture        // request, response
	CookieLog              *conf.CookieCapture // "capture cookie"; nil: none
	Dispatch               *Server
	Origin                 Service // mode haterm: answers everything
	Reuse                  Reuse
	Persist                Persister                // nil: nothing keeps clients on servers
	Extra                  map[string]any           // compiled by features, by feature name
	LastError              atomic.Pointer[Capture1] // show errors

	ReqWant Want
	ResWant Want
}

// Want summarises what a proxy asks of each message, so that the hot path tests
// one word.
type Want uint32

const (
	WantBuffer Want = 1 << iota // wait for the body first
	WantCaptures
	WantUniqueID
	WantStats
	WantMonitor
	WantCookie // capture cookie, checkcache
	WantPost   // WantBuffer for POST only
)

// Reuse is http-reuse.
type Reuse uint8

const (
	ReuseSafe Reuse = iota
	ReuseNever
	ReuseAggressive
	ReuseAlways
)

// Capture is a captured header.
type Capture struct {
	ID   htx.ID
	Name string // lower case
	Len  int
}

// Capture1 is the last message of a proxy that did not parse.
type Capture1 struct {
	When   int64 // unix ns
	Proxy  string
	Back   bool
	Other  string // backend or frontend
	Server string
	Src    string
	Pos    int
	Status string
	Bytes  []byte
	Num    int64
	SessID int64
}

// Reply is a prepared answer.
type Reply struct {
	Status      int
	Raw         []byte // a whole HTTP/1 response as errorfile holds it; nil: Head and Body
	Reason      string
	ContentType string
	Headers     []ReplyHeader
	Body        []byte
	BodyFmt     Formatter
	NoCache     bool
	Keep        bool // keep-alive is allowed after it
	Logged      int  // status that logs and counters show: that of the error it stands for; 0 = Status
}

// ReplyHeader is one field of a Reply.
type ReplyHeader struct {
	Name  string
	Value Formatter // nil: Text
	Text  string
}

// Persister keeps clients on their servers. It is package persist's Plan.
type Persister interface {
	// Conditions runs when the backend is known.
	Conditions(s *Stream)
	// Request runs after the request rules of HTTP, Connect after those of TCP:
	// both may set Stream.Pinned. now is in unix seconds.
	Request(s *Stream, now int64)
	Connect(s *Stream)
	// Response runs after the response rules.
	Response(s *Stream, now int64)
	// EditsResponse says whether Response does anything at all.
	EditsResponse() bool
}

// Balancer picks servers for one backend. Methods are called from every loop.
type Balancer interface {
	// Pick returns a usable server that has a free slot; nil when all are down,
	// or full, in which case full is true.
	Pick(s *Stream, avoid *Server) (srv *Server, full bool)
	// Changed says that srv's state or weight changed.
	Changed(srv *Server)
	// Taken and Dropped say that a stream took or left srv.
	Taken(srv *Server)
	Dropped(srv *Server)
}

// Bind is one listening address of a generation.
type Bind struct {
	Conf  *conf.Bind
	Proxy *Proxy
	State *BindState
	Name  string
	ID    int
	Hook  Hook // stats sockets and other listeners that are no proxy's
	// Leaving says that its listener is gone: connections that came through it
	// end after their answer.
	Leaving atomic.Bool
	Stats   bool // a stats socket
}

// Server is one server of one generation.
type Server struct {
	Conf  *conf.Server
	Proxy *Proxy
	State *ServerState
	Name  string
	ID    int
	Index int
	LB    any         // owned by the backend's Balancer
	Gone  atomic.Bool // deleted at run time
	Queue any         // owned by package queue
	Extra map[string]any

	MaxConn, MinConn atomic.Int64    // 0 = no limit; set maxconn server changes it
	Named            bool            // an expression of the configuration names it; set while linking
	TLVs             []TLV           // set-proxy-v2-tlv-fmt
	PoolName         Formatter       // pool-conn-name; nil: none
	Source           *Source         // its own or the backend's; nil: none
	Namespace        *Namespace      // nil: the process's own
	Socks            *netip.AddrPort // the SOCKS4 proxy that connections go through; nil: none
	Track            *Server
}

// TLV is a field of the PROXY header that a format makes.
type TLV struct {
	Type  uint8
	Value Formatter
}

// Service answers a stream in place of a server: the stats page, haterm, a
// metrics exporter. Serve reports whether the client's connection stays usable.
type Service interface {
	Serve(s *Stream) bool
}

// Hook serves the connections of a special listener: Session returns the job
// that owns one.
type Hook interface {
	Session(ss *Session) sched.Job
}
