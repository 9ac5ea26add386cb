package process

import (
	"time"

	"golang.org/x/sys/unix"

	"segue/internal/process/flags"
	"segue/internal/process/listen"
)

// How long old processes may take to let go of an address (-sf, -st without
// -x), and how often we try.
const (
	letGoTime  = time.Second
	letGoPause = 10 * time.Millisecond
)

// opened are the sockets of one configuration before they are published.
type opened struct {
	socks []*listen.Socket // one for each listener; twins share one
	fresh []bool           // made by us just now
}

// openSockets makes or finds all sockets. When an address is held by one of
// the old processes these are asked to pause (SIGTTOU); if that does not help
// they go on (SIGTTIN) as if nothing had happened.
func openSockets(specs []listen.Spec, reuse func(*listen.Spec) []int, old []int) (*opened, []string, error) {
	o := &opened{}
	var warnings []string
	var err error
	o.socks, o.fresh, warnings, err = listen.OpenAll(specs, reuse)
	if err == nil || !listen.InUse(err) || len(old) == 0 {
		return o, warnings, err
	}
	signalAll(old, unix.SIGTTOU)
	for deadline := time.Now().Add(letGoTime); listen.InUse(err) && time.Now().Before(deadline); {
		time.Sleep(letGoPause)
		o.socks, o.fresh, warnings, err = listen.OpenAll(specs, reuse)
	}
	if err != nil {
		signalAll(old, unix.SIGTTIN)
	}
	return o, warnings, err
}

// listen makes all sockets accept and gives those that exist the options of
// the new configuration.
func (o *opened) listen() (warnings []string, err error) {
	for i, s := range o.socks {
		if o.fresh[i] {
			if err := s.Listen(); err != nil {
				return warnings, err
			}
		}
	}
	for i, s := range o.socks {
		if !o.fresh[i] {
			warnings = append(warnings, s.Tune()...)
			if err := s.Listen(); err != nil {
				warnings = append(warnings, err.Error()) // it listens already
			}
		}
	}
	return warnings, nil
}

// publish gives the unix sockets their names.
func (o *opened) publish() (warnings []string) {
	for _, s := range o.socks {
		if err := s.Publish(); err != nil {
			warnings = append(warnings, err.Error())
		}
	}
	return warnings
}

// discard closes what was made just now.
func (o *opened) discard() {
	for i, s := range o.socks {
		if o.fresh[i] {
			s.Discard()
		}
	}
}

// signalAll signals processes; one that is gone is no error.
func signalAll(pids []int, sig unix.Signal) {
	for _, pid := range pids {
		unix.Kill(pid, sig) //nolint:errcheck // usually gone already
	}
}

// tellOld tells the processes of -sf and -st that we serve.
func tellOld(opt *flags.Options) {
	switch opt.OldSignal {
	case flags.Finish:
		signalAll(opt.OldPIDs, unix.SIGUSR1)
	case flags.Terminate:
		signalAll(opt.OldPIDs, unix.SIGTERM)
	}
}
