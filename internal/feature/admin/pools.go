package admin

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unsafe"

	"segue/internal/command"
	"segue/internal/lb"
)

// objects is one kind of object that threads keep for the next connection.
type objects struct {
	name       string
	size       int // bytes of one, without what its buffers have grown to
	used, free int
}

func (p *objects) total() int { return (p.used + p.free) * p.size }

// poolView is what "show pools" was asked for.
type poolView struct {
	order  func(a, b objects) int
	prefix string
	most   int // lines, 0 = all
}

// showPools says how much of the memory is in objects that are used again. What
// is not in them is Go's: "show profiling memory" and "show info" say how much.
// Management guide 9.3 "show pools".
func showPools(c *command.Call) {
	v, ok := poolWords(c.Args[2:])
	if !ok {
		c.Fail("Expects either 'byname', 'bysize', 'byusage', 'match <pfx>', 'detailed', or a max number of output lines.")
		return
	}
	all := slices.DeleteFunc(pools(c), func(p objects) bool { return !strings.HasPrefix(p.name, v.prefix) })
	slices.SortStableFunc(all, v.order)
	limit := ""
	if v.most > 0 {
		limit = " (limited to the first " + strconv.Itoa(v.most) + " entries)"
	}
	c.Say("Dumping pools usage" + limit + ". The rest of the memory is the Go runtime's.")
	sum, used := 0, 0
	for i := range all {
		p := &all[i]
		sum += p.total()
		used += p.used * p.size
		if v.most == 0 || i < v.most {
			c.Say("  - Pool " + p.name + " (" + itoa(p.size) + " bytes) : " + itoa(p.used+p.free) + " allocated (" + itoa(p.total()) +
				" bytes), " + itoa(p.used) + " used (~" + itoa(p.free) + " by thread caches), 0 failures")
		}
	}
	c.Say("Total: " + itoa(len(all)) + " pools, " + itoa(sum) + " bytes allocated, " + itoa(used) + " used.")
}

// poolWords reads the words of "show pools".
func poolWords(words []string) (v poolView, ok bool) {
	v.order = func(objects, objects) int { return 0 }
	for i := 0; i < len(words); i++ {
		switch n := atoi(words[i]); {
		case words[i] == "byname":
			v.order = func(a, b objects) int { return strings.Compare(a.name, b.name) }
		case words[i] == "bysize":
			v.order = func(a, b objects) int { return cmp.Compare(b.size, a.size) }
		case words[i] == "byusage":
			v.order = func(a, b objects) int { return cmp.Compare(b.total(), a.total()) }
		case words[i] == "detailed":
		case words[i] == "match" && i+1 < len(words):
			i++
			v.prefix = words[i]
		case n > 0 || words[i] == "0":
			v.most = n
		default:
			return v, false
		}
	}
	return v, true
}

// pools counts the objects of all threads.
func pools(c *command.Call) []objects {
	session := objects{name: "session", size: int(unsafe.Sizeof(lb.Session{}))}
	stream := objects{name: "stream", size: int(unsafe.Sizeof(lb.Stream{}))}
	server := objects{name: "server_conn", size: int(unsafe.Sizeof(lb.ServerConn{}))}
	each(c, func(th *lb.Thread) {
		for ss := th.List.Next; ss != nil && ss != &th.List; ss = ss.Next {
			session.used++
			if ss.Stream != nil {
				stream.used++
			}
		}
		session.free += len(th.FreeSessions)
		stream.free += len(th.FreeStreams)
		server.free += len(th.FreeServerConns)
	})
	for _, px := range c.Process.Gen.Load().Proxies {
		for _, srv := range px.Servers {
			server.used += int(srv.State.Conns.Load())
		}
	}
	return []objects{session, stream, server}
}
