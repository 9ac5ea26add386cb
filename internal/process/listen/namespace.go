package listen

import (
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// namespaceDir is where "ip netns" keeps the namespaces' names.
const namespaceDir = "/var/run/netns/"

// OpenNamespaces opens network namespaces; that of the process itself comes
// with the name "". The caller closes them.
func OpenNamespaces(names []string) (map[string]int, error) {
	open := make(map[string]int, len(names)+1)
	for _, name := range append([]string{""}, names...) {
		path := namespaceDir + name
		if name == "" {
			path = "/proc/self/ns/net"
		}
		fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			for _, fd := range open {
				unix.Close(fd) //nolint:errcheck // nothing is left to do
			}
			return nil, fmt.Errorf("cannot open namespace '%s': %s", name, Reason(err))
		}
		open[name] = fd
	}
	return open, nil
}

// inNamespace runs do on a thread that is in the named network namespace; ""
// is the process's own. A socket stays in the namespace that it was made in.
func inNamespace(name string, do func() error) error {
	if name == "" {
		return do()
	}
	result := make(chan error, 1)
	go func() { result <- onThread(name, do) }()
	return <-result
}

// onThread runs on a goroutine of its own: if the way back fails, the thread
// stays locked and dies with the goroutine instead of returning to the pool.
func onThread(name string, do func() error) error {
	runtime.LockOSThread()
	home, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		return fmt.Errorf("cannot open own namespace: %w", err)
	}
	defer home.Close()
	there, err := os.Open(namespaceDir + name)
	if err != nil {
		runtime.UnlockOSThread()
		return fmt.Errorf("cannot open namespace '%s': %s", name, Reason(err))
	}
	defer there.Close()
	if err := unix.Setns(int(there.Fd()), unix.CLONE_NEWNET); err != nil {
		runtime.UnlockOSThread()
		return fmt.Errorf("cannot enter namespace '%s': %w", name, err)
	}
	err = do()
	if unix.Setns(int(home.Fd()), unix.CLONE_NEWNET) == nil {
		runtime.UnlockOSThread()
	}
	return err
}
