package process

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"segue/internal/process/handover"
	"segue/internal/process/notify"
	"segue/internal/process/privs"
)

// takeoverTime is how long we try to get sockets from a busy process.
const takeoverTime = 5 * time.Second

// takeOver gets the sockets that exist already: those of the process that -x
// names ("-x /dev/null" means none) and those of socket activation.
func takeOver(address string) (*handover.Set, error) {
	set := &handover.Set{}
	if address != "" && address != "/dev/null" {
		ctx, cancel := context.WithTimeout(context.Background(), takeoverTime)
		defer cancel()
		var err error
		if set, err = handover.Fetch(ctx, address); err != nil {
			return nil, err
		}
	}
	activated, err := notify.ListenFDs(os.Getpid(), os.Getenv)
	if err != nil {
		set.Close()
		return nil, err
	}
	for _, a := range activated {
		// What is no socket is for somebody else, a fd@ line for example.
		set.Add(a.FD) //nolint:errcheck // see above
	}
	return set, nil
}

// inherited is the state of the process that -x names, as a file to read from
// its start. nil and no error when there is none to have: no -x, or HAProxy.
// Serving is worth more than remembering: who cannot read a state starts
// without, and says so.
func inherited(address string) (*os.File, *handover.Rest, error) {
	if address == "" || address == "/dev/null" {
		return nil, nil, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), takeoverTime)
	defer cancel()
	f, err := memoryFile("state")
	if err != nil {
		return nil, nil, err
	}
	rest, err := handover.FetchState(ctx, address, f)
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		f.Close()
		rest.Close()
		if errors.Is(err, handover.ErrNoState) {
			err = nil
		}
		return nil, nil, err
	}
	return f, rest, nil
}

// takeState gives e the state of the process that -x names. It returns warnings.
func takeState(address string, e Engine) (*handover.Rest, []string) {
	f, rest, err := inherited(address)
	if f != nil {
		err = e.Import(f)
		f.Close()
	}
	if err != nil {
		rest.Close()
		return nil, []string{startWithout(err)}
	}
	return rest, nil
}

// addRest waits for the old process's end, and counts what it has served
// meanwhile.
func addRest(rest *handover.Rest, add func(text []byte) error, con *console) {
	if rest == nil {
		return
	}
	text, err := rest.Wait()
	if err == nil && text != nil {
		err = add(text)
	}
	if err != nil {
		con.warn(err.Error())
	}
}

func startWithout(err error) string {
	return err.Error() + "; starting with new counters and without what was set at runtime."
}

// standaloneSignals are those that a process without a master handles.
var standaloneSignals = []os.Signal{syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGTTOU, syscall.SIGTTIN}

// runStandalone serves without a master. signals has what arrived during the
// start.
func runStandalone(e Engine, b *Bundle, con *console, ready *os.File, signals <-chan os.Signal) int {
	go stopAtOnce() // SIGTERM and SIGINT end the start, too
	signal.Ignore(syscall.SIGPIPE)
	fds, err := startStandalone(e, b, con)
	if err != nil {
		for line := range strings.SplitSeq(err.Error(), "\n") {
			con.alert(line)
		}
		return 1
	}
	announce(con, ready)
	return serveStandalone(e, b, fds, signals)
}

// startStandalone starts the service. Nothing that others can see changes
// before everything that can fail has succeeded; the old processes are told
// last. It returns the listening descriptors.
func startStandalone(e Engine, b *Bundle, con *console) ([]int, error) {
	if err := checkSettings(con, b); err != nil {
		return nil, err
	}
	set, err := takeOver(b.Options.Takeover)
	if err != nil {
		return nil, err
	}
	defer set.Close()
	pidFile, err := privs.OpenPidFile(pidPath(b))
	if err != nil {
		return nil, err
	}
	o, warnings, err := openSockets(b.Listeners, set.Take, b.Options.OldPIDs)
	if err != nil {
		pidFile.Cancel()
		return nil, err
	}
	var fds []int
	socks := make([]Socket, len(o.socks))
	for i, s := range o.socks {
		socks[i] = Socket{FD: s.FD, Spec: b.Listeners[i], Shards: s.Shards}
		for _, fd := range s.Descriptors() {
			if !slices.Contains(fds, fd) { // twins share one
				fds = append(fds, fd)
			}
		}
	}
	rest, more := takeState(b.Options.Takeover, e)
	warnings = append(warnings, more...)
	g, err := e.Link(b, socks)
	if err == nil {
		if more, err = o.listen(); err != nil {
			g.Discard()
		}
		warnings = append(warnings, more...)
	}
	if err != nil {
		rest.Close()
		o.discard()
		pidFile.Cancel()
		return nil, err
	}
	warnings = append(warnings, o.publish()...)
	if err := finishStart(b, pidFile); err != nil {
		rest.Close()
		g.Discard()
		o.discard()
		return nil, err
	}
	g.Activate()
	go addRest(rest, func(text []byte) error { return e.Add(bytes.NewReader(text)) }, con)
	tellOld(&b.Options)
	for _, w := range warnings {
		con.warn(w)
	}
	for _, n := range g.Notices() {
		con.notice(n)
	}
	return fds, nil
}

// finishStart does what needs the rights that are given up in it.
func finishStart(b *Bundle, pidFile *privs.PidFile) error {
	if err := pidFile.Write(os.Getpid()); err != nil {
		return err
	}
	if _, err := privs.SetDescriptors(b.Settings.Need); err != nil {
		return err
	}
	return privs.Drop(&b.Settings.Privs)
}

// pidPath is where the pid goes. HAProxy writes it in the background only.
func pidPath(b *Bundle) string {
	if os.Getenv(daemonEnv) == "" {
		return ""
	}
	return b.Settings.PidFile
}

// serveStandalone handles signals until the end.
func serveStandalone(e Engine, b *Bundle, fds []int, signals <-chan os.Signal) int {
	var drained <-chan struct{}
	var grace, hard <-chan time.Time
	drain := func() {
		e.Drain()
		for _, fd := range fds {
			unix.Close(fd) //nolint:errcheck // nothing is left to do
		}
		drained = e.Done()
		if b.Settings.HardStopAfter > 0 {
			hard = time.After(b.Settings.HardStopAfter)
		}
	}
	for {
		select {
		case sig := <-signals:
			switch sig {
			case syscall.SIGHUP:
				e.DumpServers()
			case syscall.SIGTTOU:
				e.Pause()
			case syscall.SIGTTIN:
				e.Resume()
			case syscall.SIGUSR1:
				switch {
				case drained != nil || grace != nil:
				case b.Settings.Grace > 0:
					e.Announce()
					grace = time.After(b.Settings.Grace)
				default:
					drain()
				}
			}
		case <-grace:
			drain()
		case <-hard:
			status := abort(e)
			e.Rest(io.Discard) //nolint:errcheck // as below
			return status
		case <-drained:
			e.Rest(io.Discard) //nolint:errcheck // it tells whoever took over
			return 0
		}
	}
}
