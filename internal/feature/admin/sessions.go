package admin

import (
	"net/netip"
	"strconv"
	"strings"
	"time"
	"unsafe"

	"segue/internal/command"
	"segue/internal/lb"
	"segue/internal/unit"
)

// sessionRows are the commands on client connections.
func sessionRows() []command.Command {
	return []command.Command{
		{Doc: doc("show sess", "[help|<id>|all] [opts...]", "report the list of current streams or dump this exact stream"), Level: command.Operator, Run: showSess},
		{Doc: doc("shutdown session", "[id]", "kill a specific session"), Level: command.Admin, Run: shutdownSession},
		{Doc: doc("shutdown sessions server", "<bk>/<srv>", "kill sessions on a server"), Level: command.Admin, Run: shutdownSessions},
	}
}

const showSessHelp = `Usage: show sess [<id> | all | help] [<options>*]
Dumps active streams (formerly called 'sessions'). Available selectors:
   <id>         dump only this stream identifier (0x...)
   all          dump all matching streams in large format
   help         show this message
   susp         report streams considered suspicious
Available options: 
   show-uri     also display the transaction URI, if available
   older <age>  only display streams older than <age> seconds
   server <b/s> only show streams attached to this backend+server
   backend <b>  only show streams attached to this backend
   frontend <f> only show streams attached to this frontend
Without any argument, all streams are dumped in a shorter format.`

// view is what "show sess" was asked for.
type view struct {
	id         uintptr // 0 = all
	large, uri bool
	susp       bool  // nothing: no stream here has a state that HAProxy calls suspicious
	older      int64 // ns
	front      *lb.ProxyState
	back       *lb.ProxyState
	server     *lb.ServerState
	anon       uint32 // key of the session, 0 = names are shown
}

// showSess lists streams, and connections to stats sockets.
func showSess(c *command.Call) {
	v := view{anon: c.Session.Anon}
	if !v.parse(c) {
		return
	}
	found := false
	for _, th := range c.Process.Threads {
		var text []byte
		c.On(th, func() { text, found = v.append(nil, th, found) })
		c.Out = append(c.Out, text...)
		if !c.Flush(c) {
			return
		}
	}
	if v.id != 0 && !found {
		c.Fail("Session not found.")
	}
}

// parse reads the words of "show sess".
func (v *view) parse(c *command.Call) bool {
	for i := 2; i < len(c.Args); i++ {
		next := c.Arg(i + 1)
		switch a := c.Args[i]; {
		case a == "help":
			c.Info(showSessHelp)
			return false
		case a == "all":
			v.large = true
		case a == "susp":
			v.susp = true
		case a == "show-uri":
			v.uri = true
		case a == "older":
			if next == "" {
				c.Fail("Expects a minimum age (in seconds by default).")
				return false
			}
			d, err := unit.ParseTime(next, time.Second)
			if err != nil {
				c.Fail("Invalid age.")
				return false
			}
			v.older = int64(d)
			i++
		case next == "" && (a == "server" || a == "backend" || a == "frontend"):
			c.Fail(map[string]string{"server": "Missing server name (<backend>/<server>).", "backend": "Missing backend name.", "frontend": "Missing frontend name."}[a])
			return false
		case a == "server":
			srv := server(c, next)
			if srv == nil {
				return false
			}
			v.server = srv.State
			i++
		case a == "backend":
			px := backend(c, next)
			if px == nil {
				c.Fail("No such backend.")
				return false
			}
			v.back = px.Back
			i++
		case a == "frontend":
			px := frontend(c, next)
			if px == nil {
				return false
			}
			v.front = px.Front
			i++
		case hexID(a) != 0:
			v.id, v.large = uintptr(hexID(a)), true
		default:
			c.Fail("Unsupported option '" + a + "', try 'help' for more info.")
			return false
		}
	}
	return true
}

// hexID reads a stream's identity, up to what is no digit; 0 where there is none.
// word is not empty.
func hexID(word string) uint64 {
	if word[0] < '0' || word[0] > '9' {
		return 0
	}
	word = strings.TrimPrefix(word, "0x")
	end := 0
	for end < len(word) && strings.IndexByte("0123456789abcdefABCDEF", word[end]) >= 0 {
		end++
	}
	n, _ := strconv.ParseUint(word[:end], 16, 64) // out of range is the largest: no stream
	return n
}

// append appends the thread's matching streams. It runs on the thread's loop.
func (v *view) append(dst []byte, th *lb.Thread, found bool) ([]byte, bool) {
	for ss := th.List.Next; ss != nil && ss != &th.List; ss = ss.Next {
		if ss.Stream == nil && ss.Bind.Hook == nil || !v.matches(ss, th.Now()) {
			continue
		}
		found = true
		if v.large {
			dst = v.appendLarge(dst, ss, th)
		} else {
			dst = v.appendShort(dst, ss, th)
		}
	}
	return dst, found
}

func (v *view) matches(ss *lb.Session, now int64) bool {
	s := ss.Stream
	switch {
	case v.susp, v.id != 0 && v.id != identity(ss):
		return false
	case v.older > 0 && now-began(ss) < v.older:
		return false
	case v.front != nil && ss.Front.Front != v.front:
		return false
	case v.back != nil && (s == nil || s.Back == nil || s.Back.Back != v.back):
		return false
	case v.server != nil && (s == nil || s.Server == nil || s.Server.State != v.server):
		return false
	}
	return true
}

// identity names a stream, or a connection without one, as long as it lives.
func identity(ss *lb.Session) uintptr {
	if ss.Stream != nil {
		return uintptr(unsafe.Pointer(ss.Stream))
	}
	return uintptr(unsafe.Pointer(ss))
}

func began(ss *lb.Session) int64 {
	if ss.Stream != nil {
		return ss.Stream.Start
	}
	return ss.Accepted
}

// names are the proxy's and the server's as "show sess" prints them.
func (v *view) names(ss *lb.Session) (back, srv string) {
	back, srv = "<NONE>", "<none>"
	if s := ss.Stream; s != nil {
		if s.Back != nil {
			back = hide(v.anon, s.Back.Name)
		}
		if s.Server != nil {
			srv = hide(v.anon, s.Server.Name)
		}
	}
	return back, srv
}

// source is "tcpv4" and the "address:port" that the connection came from, or
// what stands for unix sockets. What rules of later levels and a PROXY header
// made of it is not shown, as in HAProxy.
func (v *view) source(ss *lb.Session) (proto, addr string) {
	switch a := ss.Peer.Addr(); {
	case !a.IsValid():
		return "unix_stream", "unix:" + itoa(ss.Bind.ID)
	case a.Is4():
		return "tcpv4", v.hostPort(ss.Peer)
	}
	return "tcpv6", v.hostPort(ss.Peer)
}

// hostPort is HAProxy's way to write an address: no brackets.
func (v *view) hostPort(a netip.AddrPort) string {
	return hide(v.anon, a.Addr().WithZone("").String()) + ":" + itoa(int(a.Port()))
}

// local is where the connection came in.
func (v *view) local(ss *lb.Session) string {
	a := ss.ConnLocal()
	if !a.IsValid() {
		return "unix:" + itoa(ss.Bind.ID)
	}
	return v.hostPort(a)
}

func (v *view) appendShort(dst []byte, ss *lb.Session, th *lb.Thread) []byte {
	proto, src := v.source(ss)
	back, srv := v.names(ss)
	dst = strconv.AppendUint(append(dst, "0x"...), uint64(identity(ss)), 16)
	dst = append(append(append(append(dst, ": proto="...), proto...), " src="...), src...)
	dst = append(append(append(append(dst, " fe="...), hide(v.anon, ss.Front.Name)...), " be="...), back...)
	dst = append(append(dst, " srv="...), srv...)
	age := (th.Now() - began(ss)) / 1e9
	dst = append(strconv.AppendInt(append(dst, " ts=00 epoch=0 age="...), age, 10), 's')
	dst = strconv.AppendInt(append(dst, " calls=1 rate=0 cpu=0 lat=0 scf=[fd="...), int64(ss.Conn.FD()), 10)
	dst = append(dst, "] scb=[fd="...)
	dst = strconv.AppendInt(dst, serverFD(ss), 10)
	dst = append(dst, "] rc="...)
	retries := 0
	if ss.Stream != nil {
		retries = ss.Stream.Retries
	}
	dst = append(strconv.AppendInt(dst, int64(retries), 10), " c_exp="...)
	if s := ss.Stream; v.uri && s != nil && v.anon == 0 && s.Flags&lb.IsTCP == 0 {
		dst = append(append(dst, " uri=\""...), uriOf(s)...)
		dst = append(dst, '"')
	}
	return append(dst, '\n')
}

func uriOf(s *lb.Stream) []byte {
	return append(append(append([]byte(nil), s.Req.Bytes(s.Req.Method)...), ' '), s.Req.PathQuery()...)
}

func serverFD(ss *lb.Session) int64 {
	if s := ss.Stream; s != nil && s.SrvConn != nil {
		return int64(s.SrvConn.Conn.FD())
	}
	return -1
}

// appendLarge describes a stream at length.
func (v *view) appendLarge(dst []byte, ss *lb.Session, th *lb.Thread) []byte {
	proto, src := v.source(ss)
	s := ss.Stream
	wall, id := ss.AcceptWall, uint64(0)
	if s != nil {
		wall, id = s.StartWall, s.ID
	}
	dst = strconv.AppendUint(append(dst, "0x"...), uint64(identity(ss)), 16)
	dst = time.Unix(0, wall).AppendFormat(append(dst, ": ["...), "02/Jan/2006:15:04:05.000000")
	dst = strconv.AppendUint(append(dst, "] id="...), id, 10)
	dst = append(append(append(append(dst, " proto="...), proto...), " source="...), src...)
	dst = append(append(dst, "\n  frontend="...), hide(v.anon, ss.Front.Name)...)
	dst = append(strconv.AppendInt(append(dst, " (id="...), int64(ss.Front.ID), 10), " mode="...)
	dst = append(append(dst, mode(ss.Front)...), "), listener="...)
	name := ss.Bind.Name
	if name == "" {
		name = "?"
	}
	dst = append(strconv.AppendInt(append(append(dst, name...), " (id="...), int64(ss.Bind.ID), 10), ") addr="...)
	dst = append(append(dst, v.local(ss)...), "\n  backend="...)
	if s == nil || s.Back == nil {
		dst = append(dst, "<NONE> (id=-1 mode=-)"...)
	} else {
		dst = append(strconv.AppendInt(append(append(dst, hide(v.anon, s.Back.Name)...), " (id="...), int64(s.Back.ID), 10), " mode="...)
		dst = append(append(dst, mode(s.Back)...), ')')
	}
	dst = append(dst, "\n  server="...)
	if s == nil || s.Server == nil {
		dst = append(dst, "<NONE> (id=-1)"...)
	} else {
		dst = append(strconv.AppendInt(append(append(dst, hide(v.anon, s.Server.Name)...), " (id="...), int64(s.Server.ID), 10), ')')
		if a := s.Server.State.Addr.Load(); a != nil && v.anon == 0 {
			dst = a.AppendTo(append(dst, " addr="...))
		}
	}
	dst = strconv.AppendInt(append(dst, "\n  task=(tid="...), int64(th.Index+1), 10)
	dst = append(strconv.AppendInt(append(dst, " age="...), (th.Now()-began(ss))/1e9, 10), "s)\n"...)
	if s == nil {
		return dst
	}
	if s.Flags&lb.IsTCP == 0 && v.anon == 0 {
		dst = append(append(append(dst, "  uri="...), uriOf(s)...), " version=1."...)
		dst = append(strconv.AppendInt(append(strconv.AppendInt(dst, int64(s.Req.Minor), 10), " status="...), int64(s.Status), 10), '\n')
	}
	dst = strconv.AppendInt(append(dst, "  scf=fd="...), int64(ss.Conn.FD()), 10)
	dst = strconv.AppendInt(append(dst, " in="...), s.BytesIn, 10)
	dst = strconv.AppendInt(append(dst, " out="...), s.BytesOut, 10)
	dst = strconv.AppendInt(append(dst, "\n  scb=fd="...), serverFD(ss), 10)
	return append(dst, '\n')
}

func mode(px *lb.Proxy) string {
	if isHTTP(px) {
		return "http"
	}
	return "tcp"
}

// kill ends the stream with the letter as its cause. It runs on its loop.
func kill(ss *lb.Session, letter byte) {
	if s := ss.Stream; s != nil && s.Task != nil {
		ss.KillReason = letter
		s.Task.Cancel()
	}
}

// shutdownSession ends one stream, named by its identity. Its log line says "K".
func shutdownSession(c *command.Call) {
	word := c.Arg(2)
	id, err := strconv.ParseUint(strings.TrimPrefix(word, "0x"), 16, 64)
	if word == "" || err != nil || id == 0 {
		c.Fail("Session pointer expected (use 'show sess').")
		return
	}
	found := false
	for _, th := range c.Process.Threads {
		c.On(th, func() {
			for ss := th.List.Next; ss != nil && ss != &th.List; ss = ss.Next {
				if ss.Stream != nil && identity(ss) == uintptr(id) {
					kill(ss, 'K')
					found = true
				}
			}
		})
	}
	if !found {
		c.Fail("No such session (use 'show sess').")
	}
}

// shutdownSessions ends all streams on a server, of all generations.
func shutdownSessions(c *command.Call) {
	srv := liveServer(c, c.Arg(3))
	if srv == nil {
		return
	}
	for _, th := range c.Process.Threads {
		c.On(th, func() {
			for ss := th.List.Next; ss != nil && ss != &th.List; ss = ss.Next {
				if s := ss.Stream; s != nil && s.Server != nil && s.Server.State == srv.State {
					kill(ss, 'K')
				}
			}
		})
	}
}
