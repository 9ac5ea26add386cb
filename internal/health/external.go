package health

import (
	"context"
	"errors"
	"os/exec"
	"strconv"
	"time"

	"segue/internal/conf"
	"segue/internal/diag"
	"segue/internal/lb"
	"segue/internal/sched"
)

// runCommand is "option external-check": the command's exit status decides. It
// runs on a goroutine of its own and is killed at the deadline. Manual 4.2
// "external-check command".
func (c *Check) runCommand(t *sched.Task, o *outcome) {
	set, p := &c.job.set, c.job.plan
	limit := time.Duration(set.inter)
	if set.timeout > 0 {
		limit = time.Duration(set.timeout)
	}
	args, env := commandLine(c.job.srv, p.path, t.Loop().WallNow())
	var err error
	var late bool
	t.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), limit)
		defer cancel()
		cmd := exec.CommandContext(ctx, p.command, args...)
		cmd.Env = env
		cmd.WaitDelay = time.Second
		err = cmd.Run()
		late = ctx.Err() != nil
	})
	var exit *exec.ExitError
	switch {
	case late:
		o.status = ProcTimeout
	case err == nil:
		o.status = ProcOK
	case errors.As(err, &exit):
		o.status, o.code = ProcErr, exit.ExitCode() // -1: a signal ended it
	default:
		o.status, o.code = ProcErr, notRun
	}
}

// notRun is the code of a command that could not be executed.
const notRun = 255

// commandLine returns the arguments and the environment of a command.
func commandLine(srv *lb.Server, path string, wall int64) (args, env []string) {
	px := srv.Proxy
	front, frontPort := "NOT_USED", "NOT_USED"
	if len(px.Conf.Binds) > 0 {
		front, frontPort = addrWords(&px.Conf.Binds[0].Addr)
	}
	host, port := addrWords(&srv.Conf.Addr)
	if p := srv.State.Addr.Load(); p != nil && srv.Conf.Addr.Kind <= conf.AddrHost {
		host, port = p.Addr().String(), strconv.Itoa(int(p.Port()))
	}
	proto := "tcp"
	if px.Mode == conf.HTTP {
		proto = "h1"
	}
	env = []string{
		"PATH=" + path,
		"HAPROXY_PROXY_NAME=" + px.Name, "HAPROXY_PROXY_ID=" + strconv.Itoa(px.ID),
		"HAPROXY_PROXY_ADDR=" + known(front), "HAPROXY_PROXY_PORT=" + known(frontPort),
		"HAPROXY_SERVER_NAME=" + srv.Name, "HAPROXY_SERVER_ID=" + strconv.Itoa(srv.ID),
		"HAPROXY_SERVER_ADDR=" + host, "HAPROXY_SERVER_PORT=" + known(port),
		"HAPROXY_SERVER_MAXCONN=" + strconv.FormatInt(srv.MaxConn.Load(), 10),
		"HAPROXY_SERVER_CURCONN=" + strconv.FormatInt(srv.State.Served.Load(), 10),
		"HAPROXY_SERVER_SSL=" + map[bool]string{true: "1", false: "0"}[srv.Conf.SSL],
		"HAPROXY_SERVER_PROTO=" + proto,
	}
	return []string{front, frontPort, host, port}, env
}

// known is the form of an argument in the environment.
func known(arg string) string {
	if arg == "NOT_USED" {
		return ""
	}
	return arg
}

// addrWords is an address as commands get it.
func addrWords(a *conf.Addr) (host, port string) {
	switch a.Kind {
	case conf.AddrUnix, conf.AddrAbns, conf.AddrAbnsz:
		return a.Host, "NOT_USED"
	case conf.AddrIP:
		host = "0.0.0.0"
		if a.IP.IsValid() {
			host = a.IP.String()
		}
	default:
		host = a.Host
	}
	return host, strconv.Itoa(max(a.Port, 0))
}

// external refuses a check that could not run. Manual 3.1 "external-check".
func (c *compiler) external(src *Source) {
	g := &c.px.Gen.Conf.Global
	missing := ""
	switch {
	case !g.ExternalCheck:
		missing = "global.external-check"
	case src.Command == "":
		missing = "external-check command"
	}
	say := func(sev diag.Severity, msg string) {
		c.lang.Diag.Add(diag.Entry{Sev: sev, Bare: true, Msg: "Proxy '" + c.px.Name + "' : " + msg})
	}
	if missing != "" {
		say(diag.Alert, "'option external-check' unable to find required '"+missing+"'.")
	}
	if !g.InsecureFork {
		say(diag.Warning, "'insecure-fork-wanted' not enabled in the global section, 'option external-check' will likely fail.")
	}
	if src.Path == "" && src.Command != "" && src.Command[0] != '/' {
		c.lang.Diag.Add(diag.Entry{Sev: diag.Alert, Bare: true, Msg: "Proxy '" + c.px.Name +
			"': 'external-check command' does not have a leading '/' and 'external-check path' is not set."})
	}
}
