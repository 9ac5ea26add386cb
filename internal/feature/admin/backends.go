package admin

import (
	"maps"
	"slices"
	"strings"

	"segue/internal/command"
	"segue/internal/conf"
	"segue/internal/lb"
	"segue/internal/queue"
)

const addBackendUsage = "Usage: add backend <name> from <defproxy> [mode <px_mode>] [guid <val>]."

// addBackend makes a backend of a defaults section: "add backend <name> from
// <defproxy> [mode <px_mode>] [guid <val>]". It is not published.
func addBackend(c *command.Call) {
	name := c.Arg(2)
	switch {
	case name == "":
		c.Fail("Require backend name.")
		return
	case badChar(name) >= 0:
		c.Fail("Invalid character '" + name[badChar(name):badChar(name)+1] + "' in backend name.")
		return
	case c.Arg(3) != "from" || c.Arg(4) == "":
		c.Fail("Usage: add backend <name> from <defproxy>.")
		return
	}
	mode, guid := "", ""
	for i := 5; i < len(c.Args); i += 2 {
		value := c.Arg(i + 1)
		switch {
		case value == "":
			c.Fail(addBackendUsage)
			return
		case c.Args[i] == "mode" && slices.Contains([]string{"log", "spop"}, value):
			c.Fail("Dynamic backends are compatible with only TCP or HTTP mode.")
			return
		case c.Args[i] == "mode" && value != "tcp" && value != "http":
			c.Fail("Unknown proxy mode.")
			return
		case c.Args[i] == "mode":
			mode = value
		case c.Args[i] == "guid":
			guid = value
		default:
			c.Fail(addBackendUsage)
			return
		}
	}
	e, ok := engine(c)
	if !ok {
		return
	}
	// The id is found, and the list read, on a goroutine beside the loops.
	c.Task.Do(adding.Lock)
	defer adding.Unlock()
	g := c.Process.Gen.Load()
	switch from := defaultsOf(g.Conf, c.Arg(4)); {
	case from == nil:
		c.Fail("Cannot find default proxy '" + c.Arg(4) + "'.")
		return
	case mode == "" && !from.ModeSet:
		c.Fail("Mode is required as '" + from.Name + "' default proxy does not explicitly defines it.")
		return
	}
	if kind, taken := takenBy(g, name); taken {
		c.Fail("Error during backend creation : name is already used by other proxy '" + kind + " " + name + "'.")
		return
	}
	var px *lb.Proxy
	var err error
	c.Task.Do(func() { px, err = e.NewBackend(name, c.Arg(4), mode, guid) })
	if err != nil {
		c.Fail("Error during backend creation : " + err.Error() + ".")
		return
	}
	stopped(c, func() {
		g := c.Process.Gen.Load()
		if kind, taken := takenBy(g, name); taken {
			err = refusal("Error during backend creation : name is already used by other proxy '" + kind + " " + name + "'.")
			return
		}
		px.Gen = g
		px.Back.Unpub.Store(true)
		c.Process.State.KeepBackend(name, px.Back)
		queue.Attach(px, c.Process.State)
		g.Proxies = append(slices.Clone(g.Proxies), px)
		g.Backs = maps.Clone(g.Backs)
		g.Backs[name] = px
	})
	if err != nil {
		c.Fail(err.Error())
		return
	}
	c.Note("New backend registered.")
}

// badChar is where a name has a character that names may not have, or -1.
func badChar(name string) int {
	return strings.IndexFunc(name, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && !strings.ContainsRune("-_.:", r)
	})
}

// defaultsOf finds a named defaults section, nil for none.
func defaultsOf(m *conf.Model, name string) *conf.Proxy {
	i := slices.IndexFunc(m.Defaults, func(d *conf.Proxy) bool { return d.Name == name && name != "" })
	if i < 0 {
		return nil
	}
	return m.Defaults[i]
}

// takenBy says what kind of proxy has the name already.
func takenBy(g *lb.Generation, name string) (kind string, taken bool) {
	for _, px := range g.Proxies {
		if px.Name == name {
			return px.Conf.Kind, true
		}
	}
	return "", false
}

// backendRemovable says whether a backend may be deleted now; never tells that
// waiting would not help.
func backendRemovable(c *command.Call, name string) (ready, never bool, msg string) {
	px := backend(c, name)
	switch {
	case px == nil:
		return false, true, "No such backend."
	case px.Front != nil:
		return false, true, "Cannot delete a listen section."
	case px.Conf.Dispatch != "":
		return false, true, "Deletion of backend with deprecated dispatch/transparent options is not supported."
	case px.Conf.StickTable != nil:
		return false, true, "Cannot remove a backend with stick-table."
	case backendPointedAt(c.Process.Gen.Load(), px):
		return false, true, "This proxy cannot be removed at runtime due to other configuration elements pointing to it."
	case px.Mode != conf.TCP && px.Mode != conf.HTTP:
		return false, true, "Only TCP or HTTP proxies can be removed at runtime."
	case !px.Back.Unpub.Load():
		return false, true, "Backend must be unpublished prior to its deletion."
	case len(px.Servers) > 0:
		return false, true, "Only a backend without server can be deleted."
	case px.Back.Cur.Load() > 0:
		return false, false, "Backend still has attached streams on it."
	}
	return true, false, ""
}

// backendPointedAt says whether a rule, an expression or a default_backend
// names px.
func backendPointedAt(g *lb.Generation, px *lb.Proxy) bool {
	if px.Named {
		return true
	}
	for _, other := range g.Proxies {
		if other.DefaultBackend == px {
			return true
		}
		for i := range other.Switches {
			if other.Switches[i].Back == px {
				return true
			}
		}
		for _, srv := range other.Servers {
			if srv.Track != nil && srv.Track.Proxy == px {
				return true
			}
		}
	}
	return false
}

func delBackend(c *command.Call) {
	name := c.Arg(2)
	if c.Arg(3) != "" {
		c.Fail("Usage: del backend <name>.")
		return
	}
	c.Task.Do(adding.Lock)
	defer adding.Unlock()
	if ready, _, msg := backendRemovable(c, name); !ready {
		c.Fail(msg)
		return
	}
	px := backend(c, name)
	var why string
	stopped(c, func() {
		if ready, _, msg := backendRemovable(c, name); !ready {
			why = msg
			return
		}
		g := c.Process.Gen.Load()
		g.Proxies = slices.DeleteFunc(slices.Clone(g.Proxies), func(x *lb.Proxy) bool { return x == px })
		g.Backs = maps.Clone(g.Backs)
		delete(g.Backs, px.Name)
		c.Process.State.DropBackend(px.Name)
	})
	if why != "" {
		c.Fail(why)
		return
	}
	c.Note("Backend deleted.")
}
