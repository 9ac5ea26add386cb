package core

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"segue/internal/catalog"
	"segue/internal/conf"
	"segue/internal/diag"
)

// maxThreads is the largest nbthread of HAProxy 3.4.
const maxThreads = 1024

// globalProcessRows lists the words of the global section about the process
// and its environment. Manual 3.1.
func globalProcessRows() []catalog.Directive {
	type g = conf.Global
	row := func(name, args, text string, parse func(c *conf.Context)) catalog.Directive {
		return catalog.Directive{Doc: doc(name, args, "3.1", text), In: catalog.Global, Listed: name, Parse: parse}
	}
	quiet := func(name, args, text string, parse func(c *conf.Context)) catalog.Directive {
		r := row(name, args, text, parse)
		r.Listed = ""
		return r
	}
	no := func(r catalog.Directive) catalog.Directive {
		r.NoOK = true
		return r
	}
	rows := []catalog.Directive{
		no(quiet("busy-polling", "", "Never sleeps in the poller.", globalBusyPolling)),
		row("chroot", "<dir>", "Changes the root directory.", globalChroot),
		row("close-spread-time", "<time>", "Spreads the closing of connections while stopping.", globalCloseSpread),
		row("daemon", "", "Goes to the background.", globalFlag(func(g *g) *bool { return &g.Daemon })),
		row("default-path", "{ config | current | parent | origin <dir> }", "Says where relative file names start.", globalDefaultPath),
		row("expose-deprecated-directives", "", "Takes deprecated words without a warning.", globalFlag(func(g *g) *bool { return &g.ExposeDeprecated })),
		row("expose-experimental-directives", "", "Allows experimental words.", globalFlag(func(g *g) *bool { return &g.ExposeExperimental })),
		quiet("gid", "<number>", "Sets the group by number.", globalGID),
		row("grace", "<time>", "Sets the time between a soft stop and closing listeners.", globalTime(time.Millisecond, func(g *g) *time.Duration { return &g.Grace })),
		quiet("group", "<name>", "Sets the group by name.", globalGroup),
		row("h1-accept-payload-with-any-method", "", "Takes bodies with GET, HEAD and DELETE from HTTP/1.0.", globalFlag(func(g *g) *bool { return &g.H1AcceptPayload })),
		row("h1-case-adjust", "<from> <to>", "Sets the case of a header name for h1-case-adjust-bogus-*.", globalCaseAdjust),
		row("h1-case-adjust-file", "<file>", "Reads h1-case-adjust pairs from a file.", globalCaseAdjustFile),
		no(quiet("insecure-fork-wanted", "", "Allows the process to start others.", globalNegatable(func(g *g) *bool { return &g.InsecureFork }))),
		quiet("insecure-setuid-wanted", "", "Allows programs to change their user.", globalFlag(func(g *g) *bool { return &g.InsecureSetuid })),
		row("localpeer", "<name>", "Sets the name of this process among peers: HAPROXY_LOCALPEER.", globalText(func(g *g) *string { return &g.LocalPeer })),
		row("master-worker", "[no-exit-on-failure]", "Runs a master that watches its workers.", globalMasterWorker),
		row("mworker-max-reloads", "<number>", "Ends workers that survive this many reloads.", maxReloads),
		row("nbproc", "<number>", "Gone since 2.5, refused.", globalNbproc),
		row("nbthread", "<number>", "Sets the number of threads.", globalNbthread),
		row("pidfile", "<file>", "Writes the process numbers to a file.", pidFile),
		row("pp2-never-send-local", "", "Sends PROXY where the protocol says LOCAL.", shape(flag).check),
		row("presetenv", "<name> <value>", "Sets a variable unless it is set.", globalEnv),
		row("resetenv", "[<name> ...]", "Removes all variables but these.", globalEnv),
		row("setenv", "<name> <value>", "Sets a variable.", globalEnv),
		row("unsetenv", "[<name> ...]", "Removes variables.", globalEnv),
		quiet("server-state-base", "<directory>", "Sets where server state files are.", globalText(func(g *g) *string { return &g.ServerStateBase })),
		quiet("server-state-file", "<file>", "Names the global server state file.", globalText(func(g *g) *string { return &g.ServerStateFile })),
		no(quiet("numa-cpu-mapping", "", "Binds threads to the first NUMA node.", nothing)),
		no(quiet("set-dumpable", "", "Allows core dumps.", globalSwitch(func(g *g) *bool { return &g.SetDumpable }))),
		row("set-var", "<name> <expr>", "Sets a process variable.", globalSetVar),
		row("set-var-fmt", "<name> <fmt>", "Sets a process variable from a format.", globalSetVar),
		row("setcap", "<name>[,<name>...]", "Keeps capabilities when the user changes.", globalSetCap),
		no(quiet("strict-limits", "", "Ends the start if a limit cannot be raised.", globalNegatable(func(g *g) *bool { return &g.StrictLimits }))),
		quiet("uid", "<number>", "Sets the user by number.", globalUID),
		quiet("ulimit-n", "<number>", "Limits file descriptors.", globalLax(func(g *g) *int { return &g.ULimitN })),
		quiet("unix-bind", "[prefix <prefix>] [mode <mode>] [user <user>] [uid <uid>] [group <group>] [gid <gid>]", "Sets defaults of unix sockets.", globalUnixBind),
		quiet("user", "<name>", "Sets the user by name.", globalUser),
	}
	return rows
}

// globalFlag is the parser of a word that turns something on.
func globalFlag(field func(g *conf.Global) *bool) func(c *conf.Context) {
	return func(c *conf.Context) {
		if atMost(c, 0) {
			*field(&c.Model.Global) = true
		}
	}
}

// globalNegatable is globalFlag for words that take "no".
func globalNegatable(field func(g *conf.Global) *bool) func(c *conf.Context) {
	return func(c *conf.Context) {
		if atMost(c, 0) {
			*field(&c.Model.Global) = !c.Neg
		}
	}
}

// globalSwitch is globalNegatable for words that take "on" and "off" as well.
func globalSwitch(field func(g *conf.Global) *bool) func(c *conf.Context) {
	return func(c *conf.Context) {
		switch w := c.Text(0); {
		case c.Neg:
			*field(&c.Model.Global) = false
		case w == "" || w == "on" || w == "off" || w == "libs":
			*field(&c.Model.Global) = w != "off"
		default:
			c.Alertf(c.Arg, "'%s' only supports 'on' and 'off' as an argument, found '%s'.", c.Name(), w)
		}
	}
}

func maxReloads(c *conf.Context) {
	if n, _ := leadingInt(c.Text(0)); n < 0 {
		c.Alertf(c.Arg, "'%s' expects a positive value or zero.", c.Name())
		return
	}
	globalLax(func(g *conf.Global) *int { return &g.MaxReloads })(c)
}

func pidFile(c *conf.Context) {
	switch {
	case c.Text(0) == "":
		c.Alertf(c.Arg, "'%s' expects a file name as an argument.", c.Name())
	case atMost(c, 1):
		c.Model.Global.PidFile = c.Text(0)
	}
}

func globalBusyPolling(c *conf.Context) { atMost(c, 0) }

// globalText is the parser of a word with one text.
func globalText(field func(g *conf.Global) *string) func(c *conf.Context) {
	return func(c *conf.Context) {
		spare(c, 1)
		if c.Text(0) == "" {
			c.Alertf(c.Arg, "'%s' expects an argument.", c.Name())
			return
		}
		*field(&c.Model.Global) = c.Text(0)
	}
}

func globalChroot(c *conf.Context) {
	if !atMost(c, 1) {
		return
	}
	if c.Text(0) == "" {
		c.Alertf(c.Arg, "'chroot' expects a directory as an argument.")
		return
	}
	c.Model.Global.Chroot = c.Text(0)
}

func globalCloseSpread(c *conf.Context) {
	if c.Text(0) == "infinite" {
		c.Model.Global.CloseSpreadOff = true
		return
	}
	globalTime(time.Millisecond, func(g *conf.Global) *time.Duration { return &g.CloseSpread })(c)
}

func globalDefaultPath(c *conf.Context) {
	switch c.Text(0) {
	case "current":
		atMost(c, 1)
	case "config", "parent":
		if atMost(c, 1) {
			c.Warnf(c.Arg, "'default-path %s' is accepted and has no effect in this version: relative names start at the current directory.", c.Text(0))
		}
	case "origin":
		if c.Text(1) == "" {
			c.Alertf(c.Arg+1, "'default-path' : 'origin' expects a directory.")
			return
		}
		c.Warnf(c.Arg, "'default-path origin' is accepted and has no effect in this version: relative names start at the current directory.")
	case "":
		c.Alertf(c.Arg, "'default-path' expects a path argument among 'current', 'config', 'parent', and 'origin'.")
	default:
		c.Alertf(c.Arg, "'default-path' : only 'current', 'config', 'parent', and 'origin' are supported, got '%s'.", c.Text(0))
	}
}

// globalEnv keeps the line; package cfg executed it while reading, and reported
// empty names but those of resetenv.
func globalEnv(c *conf.Context) {
	if i := slices.Index(c.Args(), ""); i >= 0 && c.Name() == "resetenv" {
		tightf(c, c.Arg+i, "argument number %d at position %d is empty and marks the end of the argument list:", i+1, c.Line.Pos(c.Arg+i).Col+1) // behind the opening quote
		return
	}
	c.Model.Global.Env = append(c.Model.Global.Env, c.Name()+" "+join(c, 0))
}

func globalSetVar(c *conf.Context) {
	r := c.Rule(0)
	r.From = c.Arg - 1
	c.Model.Global.SetVars = append(c.Model.Global.SetVars, r)
}

func globalMasterWorker(c *conf.Context) {
	if !atMost(c, 1) {
		return
	}
	switch c.Text(0) {
	case "":
	case "no-exit-on-failure":
		c.Model.Global.NoExitOnFailure = true
	default:
		c.Alertf(c.Arg, "'master-worker' only supports 'no-exit-on-failure' option.")
		return
	}
	c.Model.Global.MasterWorker = true
	report(c, diag.Warning, diag.FormHidden, c.Arg-1, "The 'master-worker' keyword is deprecated in 3.3 and will be removed in 3.5. Use -W or -Ws in the startup script instead.")
}

func globalNbproc(c *conf.Context) {
	c.Alertf(0, "nbproc is not supported any more since HAProxy 2.5. Threads will automatically be used on multi-processor machines if available.")
}

func globalNbthread(c *conf.Context) {
	if !atMost(c, 1) {
		return
	}
	n, ok := leadingInt(c.Text(0))
	if !ok {
		c.Alertf(c.Arg, "'nbthread' passed a missing or unparsable integer value in '%s'", c.Text(0))
		return
	}
	if n < 1 || n > maxThreads {
		c.Alertf(c.Arg, "'nbthread' value must be between 1 and %d (was %d)", maxThreads, n)
		return
	}
	c.Model.Global.NbThread = n
}

func globalUID(c *conf.Context) {
	if n, ok := globalOwner(c, "user"); ok {
		c.Model.Global.UID = n
	}
}

// globalSetCap reads the names of capabilities. Manual 3.1 "setcap".
func globalSetCap(c *conf.Context) {
	const names = "Supported ones are: cap_net_raw, cap_net_admin, cap_net_bind_service and cap_sys_admin."
	if !atMost(c, 1) {
		return
	}
	if c.Text(0) == "" {
		c.Alertf(c.Arg, "'%s' : missing capability name(s).  %s", c.Name(), names)
		return
	}
	var caps []string
	for name := range strings.SplitSeq(c.Text(0), ",") {
		switch name {
		case "":
		case "cap_net_raw", "cap_net_admin", "cap_net_bind_service", "cap_sys_admin":
			caps = append(caps, name)
		default:
			c.Alertf(c.Arg, "'%s' : unsupported capability '%s'.  %s", c.Name(), name, names)
			return
		}
	}
	c.Model.Global.Caps = caps
}

func globalGID(c *conf.Context) {
	if n, ok := globalOwner(c, "group"); ok {
		c.Model.Global.GID = n
	}
}

// globalOwner reads the number of uid and gid; name is the word that a name
// belongs to.
func globalOwner(c *conf.Context, name string) (int, bool) {
	if !atMost(c, 1) {
		return 0, false
	}
	if c.Text(0) == "" {
		c.Alertf(c.Arg, "'%s' expects an integer argument.", c.Name())
		return 0, false
	}
	n, ok := leadingInt(c.Text(0))
	if _, err := strconv.ParseInt(c.Text(0), 10, 32); ok && err != nil {
		ok = false // leadingInt saturates, and an identity must not
	}
	if !ok {
		c.Diag.Add(diag.Entry{Sev: diag.Warning, Pos: c.Line.Pos(c.Arg), Msg: " " + c.Name() + ": string '" + c.Text(0) + "' is not a number." +
			"\n   | You might want to use the '" + name + "' parameter to use a system " + name + " name."})
	}
	return n, ok
}

func globalUser(c *conf.Context) {
	if !atMost(c, 1) {
		return
	}
	id, ok := c.UserID(c.Text(0))
	if !ok {
		c.Alertf(c.Arg, "cannot find user id for '%s' (0:Success)", c.Text(0))
		return
	}
	c.Model.Global.User, c.Model.Global.UID = c.Text(0), id
}

func globalGroup(c *conf.Context) {
	if !atMost(c, 1) {
		return
	}
	id, ok := c.GroupID(c.Text(0))
	if !ok {
		c.Alertf(c.Arg, "cannot find group id for '%s' (0:Success)", c.Text(0))
		return
	}
	c.Model.Global.Group, c.Model.Global.GID = c.Text(0), id
}
