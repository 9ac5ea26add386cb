package process

import (
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// maxStacks bounds what SIGABRT prints, in bytes.
const maxStacks = 64 << 10

// dieOnAbort makes of SIGABRT, which systemd's watchdog sends, a death by that
// signal: service managers tell it from an exit, and the kernel writes a core
// where one is allowed. The runtime's own way ends with status 2 instead; its
// "crash" mode needs 10 s, because SIGQUIT is taken, and the addresses would stay
// bound meanwhile. The stacks are printed first; a second SIGABRT does not wait
// for that.
func dieOnAbort() {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGABRT)
	go func() {
		<-c
		toDefault(syscall.SIGABRT)
		text := make([]byte, maxStacks)
		text = text[:runtime.Stack(text, true)]
		os.Stderr.WriteString("SIGABRT: abort\n\n") //nolint:errcheck // as for every message
		os.Stderr.Write(append(text, '\n'))         //nolint:errcheck // as above
		dieBy(syscall.SIGABRT)
	}()
}

// toDefault gives a signal its action of signal(7). The package os/signal cannot:
// it goes back to the runtime's action.
func toDefault(sig syscall.Signal) {
	var action [4]uint64 // the kernel's struct sigaction: all zero is SIG_DFL
	//nolint:errcheck // it cannot fail for a signal that may be caught
	unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(sig), uintptr(unsafe.Pointer(&action)), 0, 8, 0, 0)
}
