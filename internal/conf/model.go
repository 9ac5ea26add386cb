package conf

import (
	"net/netip"
	"time"

	"segue/internal/cfg"
)

// Model is one configuration.
type Model struct {
	Env     map[string]string // after setenv & co
	Global  Global
	Proxies []*Proxy // in the order of the text, without defaults
	// Defaults are the defaults sections in the order of the text. Proxies
	// already contain what they inherit; these stay for messages and dumps.
	Defaults []*Proxy
	Extra    map[string]any         // sections of other features, by feature name
	Errors   map[string]*HTTPErrors // "http-errors" sections by name
	// Resolvers are the resolvers sections, the implicit "default" one last.
	Resolvers   []*Resolvers
	LogProfiles []*LogProfile
	Rings       []*Ring
	LogForwards []*LogForward
}

// Mode is a proxy's protocol.
type Mode uint8

const (
	TCP Mode = iota
	HTTP
	Haterm // answers requests itself, doc/haterm of 3.4
	CLI    // stats sockets
	Health
	Log
	SPOP
)

// Caps are the sides that a proxy has.
type Caps uint8

const (
	FrontCap Caps = 1 << iota
	BackCap
	DefaultsCap
	ListenCap = FrontCap | BackCap
)

// Global is the global section. Manual 3.
type Global struct {
	CABase, CrtBase                      string // directories of relative names of TLS files; "" = none
	MaxConn                              int    // 0 = from the descriptor limit
	MaxConnRate, MaxSessRate             int
	AnonKey                              uint32 // "anonkey", 0 = none
	StatsFile                            string // counters to start with, "" = none
	AutoMaxConn                          bool   // nobody said maxconn; it is what the descriptors allow
	NbThread                             int    // 0 = usable CPUs
	User, Group                          string
	UID, GID                             int // -1 = not set
	Chroot                               string
	PidFile                              string
	Daemon                               bool
	MasterWorker                         bool
	NoExitOnFailure                      bool
	ULimitN                              int
	Node, Desc                           string
	LocalPeer                            string
	Logs                                 []LogTarget
	LogTag                               string
	LogSendHost                          string // "" = the host name
	LogSendHostOn                        bool
	MaxPipes                             int
	NoSplice                             bool
	StatsSockets                         []*Bind
	StatsTimeout                         time.Duration
	StatsMaxConn                         int
	HardStopAfter                        time.Duration // 0 = none
	Grace, CloseSpread                   time.Duration
	CloseSpreadOff                       bool
	NewWorker                            bool // reload-mode new-worker
	MaxReloads                           int
	ServerStateBase, ServerStateFile     string
	SetDumpable                          bool
	UnixBindPrefix                       string
	UnixBind                             UnixPerm
	HTTPErrorsOff                        bool
	Env                                  []string // setenv & co, applied to the process
	H1CaseAdjust                         map[string]string
	H1AcceptPayload                      bool
	StrictLimits                         bool
	ExposeDeprecated, ExposeExperimental bool
	ExternalCheck, InsecureFork          bool
	Landlock                             bool // files cannot be opened once the service runs
	InsecureSetuid                       bool // programs may gain rights: no_new_privs is not set
	SpreadChecks                         int
	MaxSpreadChecks                      time.Duration
	ClusterSecret                        string
	SetVars                              []RuleLine // set-var, set-var-fmt
	Tune                                 Tune
	ZeroWarning, Quiet                   bool
	FDHardLimit                          int
	Caps                                 []string // setcap: capabilities that are kept
	RejectPrivileged                     bool     // harden.reject-privileged-ports.tcp
	DNSFamilies                          string   // dns-accept-family: "auto", "ipv4", "ipv6", "both"
}

// Tune is the tune.* settings that the engine reads.
type Tune struct {
	BufSize                                                int // 16384
	MaxRewrite                                             int // 1024
	MaxHdr                                                 int // 101
	LogURILen                                              int // 1024
	CookieLen                                              int // 63
	MaxAccept                                              int
	RcvBufClient, SndBufClient, RcvBufServer, SndBufServer int
	UnsentClient, UnsentServer                             int // tune.notsent-lowat
	IdleTimer                                              time.Duration
	PoolLowFDRatio, PoolHighFDRatio                        int
	MaxPollEvents                                          int
	PipeSize                                               int
	OwnIdle                                                bool // tune.idle-pool.shared off
	RecvEnough                                             int
	RunQueueDepth                                          int
	PatternCache                                           int
	MaxChecksPerThread                                     int
	VarsLimit                                              [6]int
	ForceIdle                                              bool
	StickCounters                                          int // 3
	// LargeBuf and SmallBuf are the sizes of HAProxy's two other kinds of buffers
	// in bytes with their lines, 0 if not given. They are only compared.
	LargeBuf, SmallBuf         int64
	LargeBufLine, SmallBufLine cfg.Line
}

// Defaults sets what an empty global section means.
func (g *Global) Defaults() {
	g.UID, g.GID = -1, -1
	g.StatsTimeout = 10 * time.Second
	g.StatsMaxConn = 10
	g.MaxReloads = 50
	g.LogTag = "haproxy"
	g.StrictLimits = true
	g.Tune = Tune{BufSize: 16384, MaxRewrite: 1024, MaxHdr: 101, LogURILen: 1024, CookieLen: 63, MaxAccept: -1, PatternCache: 10000, StickCounters: 3}
}

// LogTarget is one "log" line. Manual 4.2 and 3.1.
type LogTarget struct {
	Pos             cfg.Line
	Global          bool   // "log global"
	Addr            string // host:port, path, stdout, stderr, fd@N, ring@name
	Len             int
	Format          string
	Facility        string
	Level, MinLevel string
	SampleRange     string
	SampleSize      int
	Profile         string // name of a log-profile, "" = none
}

// Timeouts in their units; 0 = not set. Manual 4.2 "timeout".
type Timeouts struct {
	Client, Server, Connect, HTTPRequest, HTTPKeepAlive, Queue, Tunnel, Tarpit, Check, ClientFin, ServerFin, ClientHS time.Duration
}

// RuleSet names the places where rule lines may stand, in the order of a
// request's life. Manual 4.2 and 4.3.
type RuleSet uint8

const (
	TCPReqConn RuleSet = iota
	TCPReqSess
	TCPReqCont
	HTTPReq
	TCPResCont
	HTTPRes
	HTTPAfterRes
	UseBackend
	UseServer
	Redirect // the old "redirect" line: an http-request rule after the others
	StatsAdmin
	StatsHTTPReq
	ForcePersist
	IgnorePersist
	Monitor
	HTTPCheck
	TCPCheck
	StickOn
	QUICInit
	ForceBESwitch
	RuleSets
)

// RuleLine is a rule before it is compiled: Words[0] is the first word after
// the rule set's name ("deny", "set-header", or a backend's name).
type RuleLine struct {
	Line cfg.Line
	From int    // index of Words[0] in Line.Words
	Def  string // name of the defaults section it was inherited from, "" if its own
}

// Words returns the words of the rule.
func (r *RuleLine) Words() []cfg.Word { return r.Line.Words[r.From:] }

// Proxy is a defaults, frontend, backend or listen section.
type Proxy struct {
	Name     string
	Kind     string // "frontend", "backend", "listen", "defaults"
	Line     cfg.Line
	Caps     Caps
	Mode     Mode
	ModeSet  bool // by a mode line here or in the defaults
	ID       int  // "id", 0 = assigned at link
	GUID     string
	Desc     string
	Disabled bool
	From     string // the defaults section

	Timeouts   Timeouts
	MaxConn    int // frontend; 0 = global
	FullConn   int
	Backlog    int
	RateLimit  int // sessions a second
	Retries    int // 3
	RetryOn    []string
	Redispatch int // 0 off, n: every n retries, -n: from the end
	MaxKAQueue int // max-keep-alive-queue: -1 = no limit
	// MaxSessConns is how many idle server connections a session keeps for
	// itself, 5: max-session-srv-conns.
	MaxSessConns int
	HTTPReuse    string // never safe aggressive always
	ConnMode     ConnMode
	// ConnModeSet: an option said so, rather than the built-in default.
	ConnModeSet   bool
	RestrictNames string     // option http-restrict-req-hdr-names: "" = by the tables of the mode
	Forwarded     *Forwarded // option forwarded
	Options       Options
	NoOptions     Options // set by "no option": keeps a defaults' from applying again

	Binds                                                  []*Bind
	Servers                                                []*Server    // append with AddServer
	DefServer                                              *ServerWords // default-server lines, merged; shared, see ServerWords
	Templates                                              []*ServerTemplate
	Balance                                                Balance
	DefaultBackend                                         string
	DefaultBackendLine                                     *cfg.Line
	StickTable                                             *cfg.Line // the stick-table line, for its feature
	Dispatch                                               string
	Source                                                 *Source
	ForwardFor, OriginalTo                                 *AddrHeader
	Cookie                                                 *Cookie
	ErrorFiles                                             map[int]*ErrorReply
	ErrorFilesRefs                                         []ErrorFilesRef // errorfiles lines; ErrorFiles has their pages
	HTTPErrors                                             []RuleLine      // http-error lines
	Logs                                                   []LogTarget
	NoLog                                                  bool
	LogTag                                                 string
	LogFormat, LogFormatSD, ErrorLogFormat, UniqueIDFormat *cfg.Line // "format string" lines
	LogSteps                                               uint32    // bits of LogOrigin, 0 = only the end
	LogFormatName                                          string    // httplog tcplog httpslog clf "" ; builtin
	LogFormatLine                                          *cfg.Line // the option that set LogFormatName
	UniqueIDHeader                                         string
	MonitorURI                                             string
	Captures                                               []Capture
	CookieCapture                                          *CookieCapture
	ACLs                                                   []RuleLine
	Rules                                                  BySet[RuleLine] // append with AddRule
	CheckType                                              string          // option httpchk, tcp-check ...: its name, "" = plain connect
	CheckLine                                              *RuleLine       // that option's arguments
	SendNameHeader                                         string          // http-send-name-header
	DynamicCookieKey                                       string
	InspectDelay, ResInspectDelay                          time.Duration
	Stats                                                  *Stats
	LoadState                                              string // load-server-state-from-file: "", none, local, global
	StateFile                                              string
	HashType                                               HashType
	HashBalanceFactor                                      int
	HashPreserve                                           string
	Extra                                                  map[string]any      // by feature
	Keepalive                                              [2]TCPKeepalive     // client, server
	FirstLine                                              map[string]cfg.Line // where a word was last seen, for messages
	serverNames                                            map[string]*Server
	// Ignored is what the lines say whose side the proxy lacks: it has no effect,
	// but must be right. nil if there are none.
	Ignored *Proxy
}

// Aside returns the proxy that lines are read into whose side p lacks.
func (p *Proxy) Aside() *Proxy {
	if p.Ignored == nil {
		p.Ignored = &Proxy{Name: p.Name, Kind: p.Kind, Line: p.Line, Caps: p.Caps, Mode: p.Mode}
		p.Ignored.SetDefaults()
		p.Ignored.Mode = p.Mode
	}
	return p.Ignored
}

// AddRule appends a rule.
func (p *Proxy) AddRule(set RuleSet, r RuleLine) { p.Rules.Set(set, append(p.Rules.Of(set), r)) }

// AddServer appends s. If the proxy has a server of this name already, that
// one is returned and nothing is added.
func (p *Proxy) AddServer(s *Server) (old *Server) {
	if old = p.Server(s.Name); old != nil {
		return old
	}
	p.Servers = append(p.Servers, s)
	switch {
	case p.serverNames != nil:
		p.serverNames[s.Name] = s
	case len(p.Servers) > fewServers:
		p.serverNames = make(map[string]*Server)
		for _, s := range p.Servers {
			p.serverNames[s.Name] = s
		}
	}
	return nil
}

// fewServers is up to how many servers are looked through for a name. There are
// files with thousands of backends that have a few each.
const fewServers = 16

// TypeName is how messages call the proxy: a listen section is a "proxy".
func (p *Proxy) TypeName() string {
	if p.Kind == "listen" {
		return "proxy"
	}
	return p.Kind
}

// Server returns the server of a name, or nil.
func (p *Proxy) Server(name string) *Server {
	if p.serverNames != nil {
		return p.serverNames[name]
	}
	for _, s := range p.Servers {
		if s.Name == name {
			return s
		}
	}
	return nil
}

// ConnMode is what happens to connections after a response.
type ConnMode uint8

const (
	KeepAlive ConnMode = iota // http-keep-alive
	ServerClose
	HTTPClose
)

// Options are the on/off words of "option".
type Options uint64

const (
	OptForwardFor Options = 1 << iota
	OptDontLogNull
	OptDontLogNormal
	OptLogASAP
	OptLogSepErrors
	OptAbortOnClose
	OptHTTPBufferRequest
	OptPretendKeepalive
	OptNoLinger
	OptSmartAccept
	OptSmartConnect
	OptSpliceRequest
	OptSpliceResponse
	OptSpliceAuto
	OptClientKA
	OptServerKA
	OptPersist
	OptAllBackups
	OptUnsafeRequest
	OptUnsafeResponse
	OptCaseAdjustClient
	OptCaseAdjustServer
	OptCheckCache
	OptIgnoreProbes
	OptNoDelay
	OptSocketStats
	OptTransparent
	OptUseProxyHeader
	OptIdleCloseOnResponse
	OptLogHealthChecks
	OptIndependentStreams
	OptPreferLastServer
	OptDisableH2Upgrade
	OptRestrictURI
	OptContStats
	OptHTTPDropReqTrailers
	OptHTTPDropResTrailers
)

// UnixPerm is owner and mode of a unix socket.
type UnixPerm struct {
	User, Group    string
	UID, GID       int
	Mode           uint32 // 0 = not set
	UIDSet, GIDSet bool   // UID and GID are valid
}

// AddrKind is the family of an address word. Manual 11.
type AddrKind uint8

const (
	AddrNone AddrKind = iota
	AddrIP
	AddrHost // to be resolved
	AddrUnix
	AddrAbns
	AddrAbnsz
	AddrFD
	AddrSockpair
	AddrRHTTP
)

// Addr is a parsed address word.
type Addr struct {
	Kind           AddrKind
	IP             netip.Addr // AddrIP; invalid = any
	V6             bool       // for "*": ipv6@
	Host           string     // AddrHost, or the path or name of a socket
	Port, PortHigh int        // a range has PortHigh > Port; -1 = not given
	PortSign       int8       // '+', '-' for port maps of servers
	FD             int
	Text           string // as written
	Dgram, Stream  bool   // udp@, uxdg@, dgram+ / tcp@, stream+ forms
	QUIC, MPTCP    bool   // quic4@, mptcp@ ...
}

// Bind is one address of a bind line; a line with several has several Binds.
type Bind struct {
	Line                                                                cfg.Line
	Addr                                                                Addr
	Name                                                                string
	ID                                                                  int
	GUID                                                                string
	MaxConn, Backlog, MSS, Nice                                         int
	Interface, Namespace                                                string
	CIPMagic                                                            uint32
	IdlePing                                                            time.Duration
	V4V6, V6Only, DeferAccept, TFO, Transparent, AcceptProxy, AcceptCIP bool
	ExposeFD                                                            bool
	Unix                                                                UnixPerm
	Level                                                               string // stats sockets: user operator admin
	SeverityOutput                                                      string
	SSL                                                                 bool
	Proto                                                               string
	ALPN                                                                []string
	Thread                                                              string
	Shards                                                              string
	TCPUserTimeout                                                      time.Duration
	CC                                                                  string
	MD5                                                                 string
	SaveSYN                                                             uint8
	Label                                                               string
	Extra                                                               map[string]any
}

// ServerWords are the settings of a server that default-server may give, too.
// Manual 5.2. They are most of a server, and few servers of a large file have
// words of their own: equal ones share, so that nobody writes to them once they
// are part of a model.
type ServerWords struct {
	Weight                                                int // 1
	WeightSet                                             bool
	MaxConn, MinConn, MaxQueue, MaxReuse                  int // MaxReuse -1 = no limit
	PoolMaxConn, PoolLowConn                              int
	PoolPurge                                             time.Duration
	Backup, Disabled                                      bool
	Check, AgentCheck                                     bool
	Inter, FastInter, DownInter                           time.Duration
	Rise, Fall                                            int
	FromDefault                                           bool // a default-server line stands before
	CheckPort                                             int
	CheckAddr                                             string
	CheckWords                                            map[string]string // check-sni, check-alpn, check-proto ...
	AgentPort                                             int
	AgentInter                                            time.Duration
	AgentAddr, AgentSend                                  string
	Cookie                                                string
	Redir                                                 string
	SendProxy                                             uint8    // 0, 1, 2 = version
	ProxyV2                                               []string // ssl cert-cn ... proxy-v2-options
	ProxyTLVs                                             []cfg.Line
	Source                                                *Source
	Observe, OnError, OnMarkedDown, OnMarkedUp, InitState string
	ErrorLimit                                            int
	SlowStart                                             time.Duration
	Track                                                 string
	InitAddr                                              []string
	Resolvers, ResolvePrefer                              string
	ResolveNets                                           []netip.Prefix
	ResolveDup, ResolveKeepWeight                         bool // resolve-opts allow-dup-ip, ignore-weight
	NonStick                                              bool
	StrictMaxConn                                         bool
	IdlePing                                              time.Duration
	LogProto                                              string // legacy, octet-count
	LogBufSize                                            int
	HashKey                                               string
	PoolConnName                                          *cfg.Line
	SNI                                                   *cfg.Line // only checked: there is no TLS
	Namespace                                             string
	SSL                                                   bool
	TFO                                                   bool
	TCPUserTimeout                                        time.Duration
	Socks4                                                string
	CC                                                    string
	MD5                                                   string
	ID                                                    int
	GUID                                                  string
	Shard                                                 int
	WS                                                    string
	Proto                                                 string
	Extra                                                 map[string]any
}

// Server is one server line.
type Server struct {
	Line cfg.Line
	Name string
	Addr Addr
	*ServerWords
}

// ServerTemplate is a server-template line.
type ServerTemplate struct {
	Server
	Prefix   string
	From, To int
}

// Balance is the balance line.
type Balance struct {
	Algo string // "roundrobin" when not given (or "random" in 3.4: see link)
	Args []string
	Line *cfg.Line
}

// HashType is the hash-type line.
type HashType struct{ Method, Function, Modifier string }

// Source is a source line or word.
type Source struct {
	Addr      Addr
	UseSrc    UseSrc
	Foreign   Addr   // UseSrcAddr
	Header    string // UseSrcHdr: the field's name
	Occur     int    // which of its values; negative: from the end
	Interface string
}

// UseSrc is the foreign address that "usesrc" takes.
type UseSrc uint8

const (
	UseSrcNone     UseSrc = iota
	UseSrcClient          // the client's address and port
	UseSrcClientIP        // the client's address
	UseSrcHdr             // the address in a field of the request
	UseSrcAddr            // a fixed one
)

// Forwarded is the option forwarded line.
type Forwarded struct {
	Line                           cfg.Line
	Proto                          bool
	Host, By, ByPort, For, ForPort ForwardedPart
}

// ForwardedPart is a parameter of the Forwarded field, or the port of one.
type ForwardedPart struct {
	On   bool
	Expr string // "" = what the connection says
	Word int    // of the line
}

// AddrHeader is option forwardfor or originalto.
type AddrHeader struct {
	Name   string
	Lower  string // Name in lower case
	Custom bool   // not the usual name
	Except netip.Prefix
	IfNone bool
}

// Excepts reports whether no field is added for addr.
func (h *AddrHeader) Excepts(addr netip.Addr) bool {
	return h.Except.IsValid() && h.Except.Contains(addr)
}

// Cookie is the cookie line. Manual 4.2 "cookie".
type Cookie struct {
	Name, Domain                                            string
	Mode                                                    string // rewrite insert prefix
	Indirect, NoCache, PostOnly, Preserve, HTTPOnly, Secure bool
	MaxIdle, MaxLife                                        time.Duration
	Dynamic                                                 bool
	DynamicKey                                              string
	Attrs                                                   []string
}

// ErrorReply is what is sent for one status.
type ErrorReply struct {
	Status   int
	Raw      []byte // the file: a whole HTTP/1 response
	Location string // errorloc
	LocCode  int    // 302 or 303
	File     string
	Line     cfg.Line
}

// ErrorFilesRef is an errorfiles line.
type ErrorFilesRef struct {
	Line  cfg.Line
	Name  string
	Codes []int               // empty = all
	Over  map[int]*ErrorReply // the pages that stood before this line, which it replaces
}

// HTTPErrors is an http-errors section.
type HTTPErrors struct {
	Name  string
	Files map[int]*ErrorReply
	Line  cfg.Line
}

// Capture is a "capture request/response header" or "declare capture" line.
type Capture struct {
	Response bool
	Header   string // "" = declared only
	Len      int
}

// CookieCapture is "capture cookie".
type CookieCapture struct {
	Name string // what "name=value" begins with
	Len  int    // bytes
}

// Stats is what the stats words say. Manual 4.2 "stats".
type Stats struct {
	URI, Realm                                                string
	RealmSet                                                  bool     // by a line of its own
	Auth                                                      []string // user:password
	Refresh                                                   time.Duration
	Admin                                                     bool
	HideVersion, ShowLegends, ShowModules, ShowNode, ShowDesc bool
	NodeName, Desc                                            string
	Scope                                                     []string
	MaxConn                                                   int
}

// TCPKeepalive is the *tcpka-* words.
type TCPKeepalive struct {
	Count       int
	Idle, Intvl time.Duration
}
