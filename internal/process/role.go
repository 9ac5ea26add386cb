package process

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Environment variables by which a process tells its children what they are.
// They are not handed on to anybody else's children: see plainEnv.
const (
	roleEnv   = "SEGUE_ROLE"
	parentEnv = "SEGUE_PARENT" // process number of the one that started us
	daemonEnv = "SEGUE_DAEMON" // "1": in the background, let go of the terminal when serving
	dirEnv    = "SEGUE_DIR"    // "1": the directory of -C was entered by a parent
)

// Private says whether an environment variable is meant for this process alone,
// and not for what it runs or for the configuration.
func Private(name string) bool {
	switch name {
	case roleEnv, parentEnv, daemonEnv, dirEnv, stateEnv:
		return true
	}
	return false
}

// role is what a process is.
type role string

const (
	roleNone      role = ""          // started by a user
	roleValidator role = "validator" // descriptor 3: memory file to write
	roleWorker    role = "worker"    // descriptor 3: control socket
	roleDaemon    role = "daemon"    // descriptor 3: pipe to write one byte to when serving
	roleMaster    role = "master"    // stateEnv: a master that has executed a new binary
)

// childFD is the descriptor that a role works with.
const childFD = 3

// program is the binary to start children from: the one that runs, even when
// its file is replaced or removed, until refresh finds a new one.
type program struct {
	path string
	fd   int // close-on-exec, high enough not to be overwritten in a child
	dev  uint64
	ino  uint64
}

// openProgram opens the running binary.
func openProgram() (*program, error) {
	path, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("cannot find own binary: %w", err)
	}
	p := &program{path: strings.TrimSuffix(path, " (deleted)"), fd: -1}
	return p, p.open("/proc/self/exe")
}

// open makes file the program.
func (p *program) open(file string) error {
	low, err := unix.Open(file, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("cannot open own binary: %w", err)
	}
	defer unix.Close(low)
	var st unix.Stat_t
	if err := unix.Fstat(low, &st); err != nil {
		return fmt.Errorf("cannot open own binary: %w", err)
	}
	fd, err := unix.FcntlInt(uintptr(low), unix.F_DUPFD_CLOEXEC, 64)
	if err == unix.EINVAL { // so few descriptors may be had
		fd, err = unix.FcntlInt(uintptr(low), unix.F_DUPFD_CLOEXEC, childFD+1)
	}
	if err != nil {
		return fmt.Errorf("cannot open own binary: %w", err)
	}
	if p.fd >= 0 {
		unix.Close(p.fd)
	}
	p.fd, p.dev, p.ino = fd, st.Dev, st.Ino
	return nil
}

// refresh looks whether the binary was replaced, and uses the new one from
// then on. A file that is missing or cannot be executed changes nothing.
func (p *program) refresh() {
	var st unix.Stat_t
	if unix.Stat(p.path, &st) != nil || st.Dev == p.dev && st.Ino == p.ino || unix.Access(p.path, unix.X_OK) != nil {
		return
	}
	p.open(p.path) //nolint:errcheck // see above
}

// command prepares a child with the command line of this process, which is
// what "ps" shows.
func (p *program) command(r role, file *os.File) *exec.Cmd {
	cmd := exec.Command("/proc/self/fd/" + strconv.Itoa(p.fd))
	cmd.Args = os.Args
	cmd.Env = append(plainEnv(), roleEnv+"="+string(r), parentEnv+"="+strconv.Itoa(os.Getpid()))
	if r == roleValidator || r == roleWorker {
		cmd.Env = append(cmd.Env, "HAPROXY_MWORKER=1") // manual 2.3
	}
	cmd.Stderr = os.Stderr
	if file != nil {
		cmd.ExtraFiles = []*os.File{file}
	}
	return cmd
}

// plainEnv is the environment without what is meant for this process alone.
func plainEnv() []string {
	var out []string
	for _, kv := range os.Environ() {
		name, _, _ := strings.Cut(kv, "=")
		switch name {
		case roleEnv, parentEnv, stateEnv, "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "NOTIFY_SOCKET":
		default:
			out = append(out, kv)
		}
	}
	return out
}

// spawner starts processes on the main thread: a child's parent-death signal is
// sent when the thread that made it ends, not when the process does, and only
// the main thread outlives the execution of a new binary. master.run does the
// jobs.
type spawner struct {
	jobs chan func()
}

// do runs job on the main thread and waits for it.
func (s *spawner) do(job func()) {
	done := make(chan struct{})
	s.jobs <- func() {
		defer close(done)
		job()
	}
	<-done
}

// start is cmd.Start; the child is killed when we die.
func (s *spawner) start(cmd *exec.Cmd) error {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
	var err error
	s.do(func() { err = cmd.Start() })
	return err
}

// dieWithParent asks for SIGKILL when the master ends. It must be asked again
// after the user was changed, which clears it. It is false when the master is
// gone already.
func dieWithParent(parent string) bool {
	unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0) //nolint:errcheck // the control socket tells as well
	return strconv.Itoa(os.Getppid()) == parent
}

// Begin is the first thing that a main function does: the main goroutine stays on
// the main thread, and SIGUSR1 and SIGUSR2 are kept until the process can heed
// them. A newcomer with -sf may tell a process to finish that is itself still
// starting; if that were lost, the process would serve its old configuration
// beside the new one for ever.
func Begin() chan os.Signal {
	if !onMainThread() {
		again() // before a signal is taken, which would be lost with this execution
	}
	dieOnAbort()
	early := make(chan os.Signal, 64)
	if !IsChild() {
		signal.Notify(early, syscall.SIGUSR1, syscall.SIGUSR2)
	}
	return early
}

// onMainThread keeps the goroutine on its thread and reports whether that is the
// main one, which lives as long as the process and through executions. The
// runtime may have moved the main goroutine before: 3 % of the starts on a busy
// machine, when Run was the first to ask.
func onMainThread() bool {
	runtime.LockOSThread()
	return unix.Gettid() == os.Getpid()
}

// again executes the program from its start; then the main goroutine is on the
// main thread again.
func again() {
	unix.Exec("/proc/self/exe", os.Args, os.Environ()) //nolint:errcheck // then it has to do like this
}

// nameThread names the process for pidof, pgrep and killall: executed through a
// descriptor it would be called after the descriptor's number. It is the main
// thread's name that they read.
func nameThread(name string) {
	b, err := unix.BytePtrFromString(name)
	if err == nil {
		unix.Prctl(unix.PR_SET_NAME, uintptr(unsafe.Pointer(b)), 0, 0, 0) //nolint:errcheck // cosmetic
	}
}

// dieBy ends the process the way an unhandled sig does, so that whoever waits
// sees the signal.
func dieBy(sig syscall.Signal) {
	signal.Reset(sig)
	runtime.LockOSThread()
	blockSignals(unix.SIG_UNBLOCK) // a master that came from a new binary was started with them blocked
	// Sent to the thread that calls, it takes effect before the call returns.
	unix.Tgkill(os.Getpid(), unix.Gettid(), sig) //nolint:errcheck // cannot fail
	os.Exit(128 + int(sig))                      // not reached for the signals that are used
}

// memoryFile makes an anonymous file.
func memoryFile(name string) (*os.File, error) {
	fd, err := unix.MemfdCreate(name, unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return nil, fmt.Errorf("cannot make a memory file: %w", err)
	}
	return os.NewFile(uintptr(fd), name), nil
}

// seal makes a memory file unchangeable.
func seal(f *os.File) error {
	_, err := unix.FcntlInt(f.Fd(), unix.F_ADD_SEALS, unix.F_SEAL_WRITE|unix.F_SEAL_SHRINK|unix.F_SEAL_GROW|unix.F_SEAL_SEAL)
	if err != nil {
		return fmt.Errorf("cannot seal the bundle: %w", err)
	}
	return nil
}

// IsChild reports whether this process is a validator or a worker of a master.
// A process in the background that has no master is neither.
func IsChild() bool {
	r := role(os.Getenv(roleEnv))
	return r == roleValidator || r == roleWorker
}
