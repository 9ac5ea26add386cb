package admin

import (
	"slices"
	"strings"

	"segue/internal/catalog"
	"segue/internal/command"
	"segue/internal/keyword"
	"segue/internal/lb"
	"segue/internal/pattern"
	"segue/internal/sample"
)

// Engine is what commands need of the owner of the data plane. It is found in
// lb.Process.Hooks; a command whose part is missing says so. Methods are called
// from CLI sessions' tasks and must not wait, except where noted.
type Engine interface {
	// Files is the table of the maps and ACLs of the running generation.
	Files() *pattern.Refs
	// Scope is what names mean in an expression typed on the command line.
	Scope() *sample.Scope
	// NewServer makes a server from the words that follow "server" on its line,
	// for px, of which it is not a part yet. Its state is that of a dynamic
	// server: in maintenance. It runs on a goroutine of its own and may block.
	NewServer(px *lb.Proxy, words []string) (*lb.Server, error)
	// ServerWords are the words of a server line that NewServer takes.
	ServerWords() []string
	// NewBackend makes a backend from a defaults section that is not published
	// yet. It runs on a goroutine of its own.
	NewBackend(name, defaults, mode, guid string) (*lb.Proxy, error)
	// Rebalance gives px a balancer for its present servers, while all loops
	// stand still.
	Rebalance(px *lb.Proxy) error
	// Accept starts or stops accepting on a frontend's listeners; with shut
	// they are closed for good.
	Accept(px *lb.Proxy, on, shut bool) error
	// StartupLogs is what the process printed when it read its configuration.
	StartupLogs() string
	// Log sends a line to the log targets of the global section. It runs on
	// th's loop.
	Log(th *lb.Thread, msg []byte)
}

func engine(c *command.Call) (Engine, bool) {
	e, ok := c.Process.Hooks.(Engine)
	if !ok {
		c.Fail("This command is not available in this process.")
	}
	return e, ok
}

// Feature returns the commands.
func Feature() *catalog.Feature {
	f := &catalog.Feature{Name: "admin", Commands: slices.Concat(
		processRows(), anonRows(), eventRows(), profilingRows(), fdRows(), buildRows(), cookieRows(), debugRows(), serverRows(), dynamicRows(), proxyRows(), sessionRows(), tableRows(), laterRows(), mapRows(), varRows(),
	)}
	slices.SortFunc(f.Commands, func(a, b command.Command) int { return strings.Compare(a.Name, b.Name) })
	return f
}

func doc(name, args, text string) keyword.Doc {
	return keyword.Doc{Name: name, Args: args, Section: "management 9.3", Text: text}
}

// server finds "<backend>/<server>" and answers when there is none. A server
// may be named by "#<id>", too.
func server(c *command.Call, word string) *lb.Server {
	back, name, ok := strings.Cut(word, "/")
	if !ok || name == "" {
		c.Fail("Require 'backend/server'.")
		return nil
	}
	px := backend(c, back)
	if px == nil {
		c.Fail("No such backend.")
		return nil
	}
	srv := px.ByName[name]
	if srv == nil {
		c.Fail("No such server.")
	}
	return srv
}

// liveServer is server for commands that change it: those of a disabled backend
// take none.
func liveServer(c *command.Call, word string) *lb.Server {
	srv := server(c, word)
	if srv != nil && srv.Proxy.Conf.Disabled {
		c.Fail("Proxy is disabled.")
		return nil
	}
	return srv
}

// backend finds a backend by name or "#<id>"; nil when there is none.
func backend(c *command.Call, name string) *lb.Proxy {
	g := c.Process.Gen.Load()
	if px := g.Backs[name]; px != nil {
		return px
	}
	for _, px := range g.Proxies {
		if px.Back != nil && name == "#"+itoa(px.ID) {
			return px
		}
	}
	return nil
}

// frontend finds a frontend and answers when there is none.
func frontend(c *command.Call, name string) *lb.Proxy {
	if name == "" {
		c.Fail("A frontend name is expected.")
		return nil
	}
	px := c.Process.Gen.Load().Fronts[name]
	if px == nil {
		c.Fail("No such frontend.")
	}
	return px
}
