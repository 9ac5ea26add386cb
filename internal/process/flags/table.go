package flags

import "strings"

// argument says what follows an option.
type argument uint8

const (
	none   argument = iota // nothing; letters behind the name are ignored
	suffix                 // the letters behind the name are its value
	either                 // the letters behind the name, or the next word if it is no option
	next                   // the next word, whatever it looks like
	pids                   // all words up to the next that starts with '-'
)

// option is one row of the command line's language. Rows are tried in order
// and match by prefix, so a longer name stands before its prefix.
type option struct {
	name string // without the dash
	arg  argument
	show string // the argument in the usage text
	text string // "" hides the row from the usage text
	// set stores the option. value is the argument's text.
	set func(o *Options, value string) *Exit
}

// flagOn makes the setter of an option that only sets one field.
func flagOn(field func(*Options) *bool) func(*Options, string) *Exit {
	return func(o *Options, _ string) *Exit {
		*field(o) = true
		return nil
	}
}

// idle is flagOn for an option that has no effect here, and says so.
func idle(name, why string, field func(*Options) *bool) func(*Options, string) *Exit {
	return func(o *Options, _ string) *Exit {
		if !*field(o) {
			o.Notices = append(o.Notices, name+" has no effect: "+why+".")
		}
		*field(o) = true
		return nil
	}
}

// textInto makes the setter of an option that stores its argument.
func textInto(field func(*Options) *string) func(*Options, string) *Exit {
	return func(o *Options, v string) *Exit {
		*field(o) = v
		return nil
	}
}

// table returns all options. It is built on each call: it is needed once in a
// process.
func table() []option {
	return append(append(mainOptions(), debugOptions()...), lifeOptions()...)
}

// mainOptions are the options of one letter that choose what to do.
func mainOptions() []option {
	return []option{
		{"v", suffix, "[v|q|qs|qb]", "print the version; -vv how it was built; -vq, -vqs, -vqb only the number, the release, the branch", setVersion},
		{"V", none, "", "verbose: undo -q", func(o *Options, _ string) *Exit { o.Verbose, o.Quiet = true, false; return nil }},
		{"D", none, "", "run in the background", flagOn(func(o *Options) *bool { return &o.Daemon })},
		{"Ws", none, "", "master and worker, with systemd's notify protocol", func(o *Options, _ string) *Exit { o.Master, o.Systemd = true, true; return nil }},
		{"W", none, "", "master and worker", flagOn(func(o *Options) *bool { return &o.Master })},
		{"q", none, "", "quiet: print no messages", func(o *Options, _ string) *Exit { o.Quiet = !o.Verbose; return nil }},
		{"cc", next, "<condition>", "evaluate a condition: exit with 0 if true, 1 if false, 2 on error", func(o *Options, v string) *Exit { o.Condition, o.HasCondition = v, true; return nil }},
		{"c", none, "", "check the configuration and exit", flagOn(func(o *Options) *bool { return &o.Check })},
		{"4", none, "", "resolve names to IPv4 addresses only", flagOn(func(o *Options) *bool { return &o.IPv4Only })},
		{"f", next, "<file|dir>", "read this file, or the *.cfg files of this directory", func(o *Options, v string) *Exit { o.Files = append(o.Files, v); return nil }},
		{"C", next, "<dir>", "change to this directory first", func(o *Options, v string) *Exit { o.Dir, o.HasDir = v, true; return nil }},
		{"n", next, "<number>", "limit of connections of the process", func(o *Options, v string) *Exit { o.MaxConn = number(o, "-n", v); return nil }},
		{"N", next, "<number>", "default limit of connections of a proxy", func(o *Options, v string) *Exit { o.ProxyMaxConn = number(o, "-N", v); return nil }},
		{"m", next, "<megabytes>", "memory that the collector tries to keep below", func(o *Options, v string) *Exit { o.MaxMemory = number(o, "-m", v); return nil }},
		{"L", next, "<name>", "name of the local peer (default: the host's)", textInto(func(o *Options) *string { return &o.LocalPeer })},
		{"p", next, "<file>", "write the process number to this file", textInto(func(o *Options) *string { return &o.PidFile })},
	}
}

// lifeOptions are those that deal with other processes.
func lifeOptions() []option {
	return []option{
		{"sf", pids, "[<pid>...]", "when serving, tell these processes to finish", oldPIDs(Finish)},
		{"st", pids, "[<pid>...]", "when serving, tell these processes to terminate", oldPIDs(Terminate)},
		{"x", next, "<socket>", "take the listening sockets of the process behind this stats socket", setTakeover},
		{"S", next, "<bind>[,<option>...]", "listen here for the master's command line", func(o *Options, v string) *Exit { o.MasterCLIs = append(o.MasterCLIs, v); return nil }},
	}
}

// debugOptions are those that start with "d". The last row takes all others.
func debugOptions() []option {
	return []option{
		{"dA", suffix, "<file>", "collect the libraries in this tar file", setLibsArchive},
		{"dC", suffix, "[<key>]", "print the configuration, anonymised with a key", func(o *Options, v string) *Exit { o.DumpConfig, o.DumpConfigKey = true, v; return nil }},
		{"dD", none, "", "also report what is merely suspicious", flagOn(func(o *Options) *bool { return &o.Diagnostic })},
		{"dF", none, "", "no fast-forwarding", idle("-dF", "bytes pass through the loop's buffer as they come", func(o *Options) *bool { return &o.NoFastForward })},
		{"dG", none, "", "do not use the system's resolver", idle("-dG", "names are looked up by this program itself", func(o *Options) *bool { return &o.NoGetaddrinfo })},
		{"dI", none, "", "allow the process to start others", flagOn(func(o *Options) *bool { return &o.InsecureFork })},
		{"dK", suffix, "<class>[,...]", "list the keywords of these classes (help: the classes)", textInto(func(o *Options) *string { return &o.DumpKeywords })},
		{"dL", none, "", "list the loaded libraries", flagOn(func(o *Options) *bool { return &o.DumpLibs })},
		{"dM", suffix, "[<byte>][,...]", "accepted; Go manages the memory", setMemory},
		{"dR", none, "", "no SO_REUSEPORT", flagOn(func(o *Options) *bool { return &o.NoReusePort })},
		{"dS", none, "", "no splice", flagOn(func(o *Options) *bool { return &o.NoSplice })},
		{"dT", none, "", "no kTLS", idle("-dT", "it has no TLS", func(o *Options) *bool { return &o.NoKTLS })},
		{"dV", none, "", "do not verify servers' certificates", idle("-dV", "it has no TLS", func(o *Options) *bool { return &o.NoServerVerify })},
		{"dW", none, "", "treat warnings as errors", flagOn(func(o *Options) *bool { return &o.ZeroWarning })},
		{"dZ", none, "", "no zero-copy forwarding", idle("-dZ", "bytes pass through the loop's buffer as they come", func(o *Options) *bool { return &o.NoZeroCopy })},
		{"db", none, "", "stay in the foreground", flagOn(func(o *Options) *bool { return &o.Foreground })},
		{"dc", none, "", "report the processors that are used", flagOn(func(o *Options) *bool { return &o.ShowCPUs })},
		{"de", none, "", "accepted; epoll is always used", idle("-de", "epoll is the only way of waiting", func(o *Options) *bool { return &o.NoEpoll })},
		{"dp", none, "", "accepted; epoll is always used", idle("-dp", "epoll is the only way of waiting", func(o *Options) *bool { return &o.NoPoll })},
		{"dr", none, "", "start although a server's name does not resolve", flagOn(func(o *Options) *bool { return &o.IgnoreResolve })},
		{"dt", either, "[<trace>,...]", "accepted; there are no traces", setTrace},
		{"d", none, "", "debug: stay in the foreground and show what happens", func(o *Options, _ string) *Exit { o.Debug, o.Foreground = true, true; return nil }},
	}
}

// AppendUsage appends the help page.
func AppendUsage(dst []byte, program string) []byte {
	dst = append(dst, "Usage : "...)
	dst = append(dst, program...)
	dst = append(dst, " [-f <file|dir>]* [<option>...] [-- <file|dir>*]\n"...)
	for _, opt := range table() {
		if opt.text == "" {
			continue
		}
		left := "-" + opt.name
		if opt.arg == next || opt.arg == pids {
			left += " "
		}
		left += opt.show
		dst = append(dst, "        "...)
		dst = append(dst, left...)
		dst = append(dst, strings.Repeat(" ", max(1, 24-len(left)))...)
		dst = append(dst, opt.text...)
		dst = append(dst, '\n')
	}
	return append(dst, '\n')
}
