package admin

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"segue/internal/command"
	"segue/internal/conf"
	"segue/internal/health"
	"segue/internal/lb"
	"segue/internal/pool"
	"segue/internal/queue"
	"segue/internal/resolve"
)

// dynamicRows add and remove servers and backends.
func dynamicRows() []command.Command {
	return []command.Command{
		{Doc: doc("add backend", "<backend>", "add a new backend"), Level: command.Admin, Run: addBackend},
		{Doc: doc("add server", "<bk>/<srv>", "create a new server"), Level: command.Admin, Run: addServer},
		{Doc: doc("del backend", "<backend>", "delete a backend"), Level: command.Admin, Run: delBackend},
		{Doc: doc("del server", "<bk>/<srv>", "remove a dynamically added server"), Level: command.Admin, Run: delServer},
		{Doc: doc("wait", "{-h|<delay_ms>} cond [args...]", "wait the specified delay or condition (-h to see list)"), Level: command.Admin, Run: wait},
	}
}

// stopped runs f while no loop runs, so that it may change what loops read
// without locks: the lists of a published generation. It may not wait for a
// loop. Two calls come one after the other; they are rare.
func stopped(c *command.Call, f func()) {
	p := c.Process
	mu := p.State.Object("admin/stopped", func() any { return new(sync.Mutex) }).(*sync.Mutex)
	c.Task.Do(func() {
		mu.Lock()
		defer mu.Unlock()
		var here sync.WaitGroup
		here.Add(len(p.Threads))
		release := make(chan struct{})
		defer close(release)
		for _, th := range p.Threads {
			th.Post(func() {
				here.Done()
				<-release
			})
		}
		here.Wait()
		p.Mu.Lock()
		defer p.Mu.Unlock()
		f()
	})
}

// adding is held by the one session that adds a server, or adds or deletes a
// backend. Tasks wait for it on a goroutine.
var adding sync.Mutex

// addServer makes a server of a running backend. It starts in maintenance.
func addServer(c *command.Call) {
	if c.Arg(2) == "help" {
		if e, ok := engine(c); ok {
			c.Info("List of keywords supported for dynamic server:\n" + strings.Join(e.ServerWords(), "\n"))
		}
		return
	}
	back, name, ok := strings.Cut(c.Arg(2), "/")
	if !ok || name == "" {
		c.Fail("Require 'backend/server'.")
		return
	}
	// From the look at the name to the server's entry under it nobody else adds
	// one: both would work on the state of that name.
	c.Task.Do(adding.Lock)
	defer adding.Unlock()
	px := backend(c, back)
	if px == nil {
		c.Fail("No such backend.")
		return
	}
	if px.Conf.Disabled {
		c.Fail("Proxy is disabled.")
		return
	}
	if why := refusesServers(px); why != "" {
		c.Fail("Backend does not support dynamic servers : " + why + ".")
		return
	}
	e, ok := engine(c)
	if !ok {
		return
	}
	if px.ByName[name] != nil {
		c.Fail("Already exists a server with the same name in backend.")
		return
	}
	var srv *lb.Server
	var err error
	words := append([]string{name}, c.Args[3:]...)
	c.Task.Do(func() { srv, err = e.NewServer(px, words) })
	if err != nil {
		c.Fail(err.Error())
		return
	}
	stopped(c, func() {
		switch {
		case backend(c, back) != px:
			err = errReloaded
		case px.ByName[name] != nil:
			err = errExists
		default:
			if err = attach(e, px, srv); err == nil {
				c.Process.State.KeepServer(px.Name, name, srv.State)
			}
		}
	})
	if err != nil {
		c.Fail(err.Error())
		return
	}
	health.Add(c.Process, srv)
	health.Reweighed(srv)
	resolve.Of(c.Process).Add(srv)
	if px.Mode == conf.TCP && srv.Conf.Cookie != "" {
		c.Note("Ignoring cookie as HTTP mode is disabled.")
	}
	c.Note("New server registered.")
}

type refusal string

func (r refusal) Error() string { return string(r) }

const (
	errExists   = refusal("Already exists a server with the same name in backend.")
	errReloaded = refusal("The configuration was replaced meanwhile, try again.")
)

// refusesServers says why a backend takes no servers at runtime, "" if it does.
func refusesServers(px *lb.Proxy) string {
	switch {
	case px.Conf.Dispatch != "":
		return "backend '" + px.Name + "' uses dispatch"
	case px.Mode == conf.Log:
		return "backend '" + px.Name + "' uses mode log"
	case px.StaticWeights():
		return "backend '" + px.Name + "' uses a non dynamic load balancing method"
	}
	return ""
}

// attach makes the server a part of px. All loops stand still.
func attach(e Engine, px *lb.Proxy, srv *lb.Server) error {
	before, names := px.Servers, px.ByName
	if srv.ID == 0 {
		srv.ID = freeID(px)
	}
	for _, other := range px.Servers {
		if other.ID == srv.ID {
			return refusal("custom id " + itoa(srv.ID) + " for server " + srv.Name + " is already used by server " + other.Name + ".")
		}
	}
	srv.Index = len(px.Servers)
	// Streams that wait somewhere may still walk the old list and map.
	px.Servers = append(slices.Clone(before), srv)
	px.ByName = maps.Clone(names)
	px.ByName[srv.Name] = srv
	if err := e.Rebalance(px); err != nil {
		px.Servers, px.ByName = before, names
		return err
	}
	if px.Queue != nil {
		queue.AttachServer(px, srv)
	}
	return nil
}

// freeID is the smallest id that no server of px has.
func freeID(px *lb.Proxy) int {
	used := map[int]bool{}
	for _, srv := range px.Servers {
		used[srv.ID] = true
	}
	id := 1
	for used[id] {
		id++
	}
	return id
}

// serverRemovable says whether a server may be deleted now; never tells that
// waiting would not help.
func serverRemovable(c *command.Call, word string) (ready, never bool, msg string) {
	back, name, ok := strings.Cut(word, "/")
	if !ok || name == "" {
		return false, true, "Require 'backend/server'."
	}
	px := backend(c, back)
	if px == nil {
		return false, true, "No such backend."
	}
	srv := px.ByName[name]
	switch {
	case srv == nil:
		return false, true, "No such server."
	case pointedAt(c.Process.Gen.Load(), srv):
		return false, true, "This server cannot be removed at runtime due to other configuration elements pointing to it."
	case lb.Admin(srv.State.Admin.Load())&lb.MaintMask == 0:
		return false, true, "Only servers in maintenance mode can be deleted."
	}
	st := srv.State
	if st.Served.Load() > 0 || st.Waiting.Load() > 0 || st.Conns.Load() > st.IdleConns.Load() {
		return false, false, "Server still has connections attached to it, cannot remove it."
	}
	return true, false, ""
}

// pointedAt says whether something in the configuration names the server.
func pointedAt(g *lb.Generation, srv *lb.Server) bool {
	for _, px := range g.Proxies {
		for i := range px.UseServers {
			if px.UseServers[i].Server == srv {
				return true
			}
		}
		for _, other := range px.Servers {
			if other.Track == srv {
				return true
			}
		}
	}
	return srv.Named
}

func delServer(c *command.Call) {
	word := c.Arg(2)
	if back, name, ok := strings.Cut(word, "/"); !ok || back == "" || name == "" {
		c.Fail("Require 'backend/server'.")
		return
	}
	e, ok := engine(c)
	if !ok {
		return
	}
	if ready, _, msg := serverRemovable(c, word); !ready {
		c.Fail(msg)
		return
	}
	srv := server(c, word)
	// What it has of the server that it tracks ends with its checks: until it is
	// gone it is away by itself.
	own := srv.State.Admin.Or(uint32(lb.ForcedMaint))&uint32(lb.ForcedMaint) != 0
	health.Remove(srv)
	resolve.Of(c.Process).Remove(srv)
	purge(c, srv)
	var why string
	var gone bool // by a reload or another session: its checks are not ours
	stopped(c, func() {
		px := srv.Proxy
		gone = backend(c, px.Name) != px || px.ByName[srv.Name] != srv
		ready, _, msg := serverRemovable(c, word)
		switch {
		case !ready:
			why = msg
			return
		case gone:
			why = errReloaded.Error()
			return
		}
		before, names := px.Servers, px.ByName
		px.Servers = slices.DeleteFunc(slices.Clone(before), func(x *lb.Server) bool { return x == srv })
		px.ByName = maps.Clone(names)
		delete(px.ByName, srv.Name)
		for i, x := range px.Servers {
			x.Index = i
		}
		if err := e.Rebalance(px); err != nil {
			px.Servers, px.ByName = before, names
			why = err.Error()
			return
		}
		queue.Detach(srv)
		c.Process.State.DropServer(px.Name, srv.Name)
	})
	if why != "" {
		if !own {
			srv.State.Admin.And(^uint32(lb.ForcedMaint))
		}
		if !gone {
			health.Add(c.Process, srv)
			resolve.Of(c.Process).Add(srv)
		}
		c.Fail(why)
		return
	}
	c.Info("Server deleted.")
}

// purge closes the server's idle connections on every thread.
func purge(c *command.Call, srv *lb.Server) {
	srv.State.Epoch.Add(1)
	each(c, func(th *lb.Thread) {
		pool.Purge(th, srv.State)
	})
}

func isHTTP(px *lb.Proxy) bool { return px.Mode == conf.HTTP || px.Mode == conf.Haterm }
