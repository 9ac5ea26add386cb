package admin

import (
	"strconv"

	"segue/internal/command"
	"segue/internal/lb"
)

// proxyRows are the commands on frontends and backends.
func proxyRows() []command.Command {
	return []command.Command{
		{Doc: doc("disable frontend", "<frontend>", "temporarily disable specific frontend"), Level: command.Admin, Run: disableFrontend},
		{Doc: doc("enable frontend", "<frontend>", "re-enable specific frontend"), Level: command.Admin, Run: enableFrontend},
		{Doc: doc("publish backend", "<backend>", "mark backend as ready for traffic"), Level: command.Admin, Run: publish(true)},
		{Doc: doc("set maxconn frontend", "<frontend> <value>", "change a frontend's maxconn setting"), Level: command.Admin, Run: setMaxConnFrontend},
		{Doc: doc("show backend", "", "list backends in the current running config"), Run: showBackend},
		{Doc: doc("show errors", "[<px>] [request|response]", "report last request and/or response errors for each proxy"), Level: command.Operator, Run: showErrors},
		{Doc: doc("show servers conn", "[<backend>]", "dump server connections status (all or for a single backend)"), Run: showServersConn},
		{Doc: doc("show servers state", "[<backend>]", "dump volatile server information (all or for a single backend)"), Run: showServersState},
		{Doc: doc("shutdown frontend", "<frontend>", "stop a specific frontend"), Level: command.Admin, Run: shutdownFrontend},
		{Doc: doc("unpublish backend", "<backend>", "remove backend for traffic processing"), Level: command.Admin, Run: publish(false)},
	}
}

func disableFrontend(c *command.Call) {
	px := frontend(c, c.Arg(2))
	switch {
	case px == nil:
	case px.Front.Stopped.Load():
		c.Note("Frontend was previously shut down, cannot disable.")
	case px.Front.Paused.Load():
		c.Note("All sockets are already disabled.")
	default:
		accept(c, px, false, false, "Failed to pause frontend, check logs for precise cause.")
	}
}

func enableFrontend(c *command.Call) {
	px := frontend(c, c.Arg(2))
	switch {
	case px == nil:
	case px.Front.Stopped.Load():
		c.Fail("Frontend was previously shut down, cannot enable.")
	case !px.Front.Paused.Load():
		c.Note("All sockets are already enabled.")
	default:
		accept(c, px, true, false, "Failed to resume frontend, check logs for precise cause (port conflict?).")
	}
}

func shutdownFrontend(c *command.Call) {
	px := frontend(c, c.Arg(2))
	switch {
	case px == nil:
	case px.Front.Stopped.Load():
		c.Note("Frontend was already shut down.")
	default:
		accept(c, px, false, true, "Failed to stop frontend.")
	}
}

// accept makes the frontend's listeners accept or not, and notes it.
func accept(c *command.Call, px *lb.Proxy, on, shut bool, failed string) {
	e, ok := engine(c)
	if !ok {
		return
	}
	c.Process.Mu.Lock()
	defer c.Process.Mu.Unlock()
	if e.Accept(px, on, shut) != nil {
		c.Fail(failed)
		return
	}
	px.Front.Paused.Store(!on && !shut)
	px.Front.Stopped.Store(shut)
}

func setMaxConnFrontend(c *command.Call) {
	px := frontend(c, c.Arg(3))
	if px == nil {
		return
	}
	if c.Arg(4) == "" {
		c.Fail("Integer value expected.")
		return
	}
	n := int64(atoi(c.Arg(4)))
	if n < 0 {
		c.Fail("Value out of range.")
		return
	}
	px.Front.MaxConn.Store(n)
	if e, ok := c.Process.Hooks.(Engine); ok && !px.Front.Paused.Load() && !px.Front.Stopped.Load() {
		_ = e.Accept(px, true, false) // listeners that met the old limit look again
	}
}

func showBackend(c *command.Call) {
	c.Say("# name")
	for _, px := range c.Process.Gen.Load().Proxies {
		if px.Back != nil {
			c.Say(px.Name)
		}
	}
}

// publish lets use_backend rules choose the backend, or makes them pass it
// over. Manual 4.2 "use_backend".
func publish(on bool) func(c *command.Call) {
	return func(c *command.Call) {
		px := backend(c, c.Arg(2))
		switch {
		case px == nil:
			c.Fail("No such backend.")
			return
		case px.Conf.Disabled:
			c.Fail("No effect on a disabled backend.")
			return
		}
		px.Back.Unpub.Store(!on)
		if on {
			c.Info("Backend published.")
		} else {
			c.Info("Backend unpublished.")
		}
	}
}

// showErrors prints the last message of each proxy that did not parse.
func showErrors(c *command.Call) {
	args := c.Args[2:]
	only, side := 0, ""
	if len(args) > 0 && args[0] != "request" && args[0] != "response" {
		g := c.Process.Gen.Load()
		for _, px := range g.Proxies {
			if px.Name == args[0] {
				only = px.ID
			}
		}
		if only == 0 {
			only = atoi(args[0])
		}
		if only == 0 {
			c.Fail("No such proxy.")
			return
		}
		args = args[1:]
	}
	if len(args) > 0 {
		side = args[0]
	}
	var total int64
	g := c.Process.Gen.Load()
	for _, px := range g.Proxies {
		if e := px.LastError.Load(); e != nil {
			total = max(total, e.Num+1)
		}
	}
	c.Out = append(appendStamp(append(c.Out, "Total events captured on "...), c.Thread.WallNow()), " : "...)
	c.Out = append(strconv.AppendInt(c.Out, total, 10), '\n')
	for _, px := range g.Proxies {
		e := px.LastError.Load()
		if e == nil || only > 0 && px.ID != only || e.Back && side == "request" || !e.Back && side == "response" {
			continue
		}
		c.Out = appendError(c.Out, g, px, e)
		if !c.Flush(c) {
			return
		}
	}
}
