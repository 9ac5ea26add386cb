package process

import (
	"io"
	"net"

	"segue/internal/diag"
	"segue/internal/process/flags"
	"segue/internal/process/listen"
)

// Engine is the data plane as process control sees it. One value serves one
// process for its whole life, through all generations. Process control calls
// it from one goroutine at a time, except for ServeCLI, Abort and Done, which
// may be called whenever.
type Engine interface {
	// Plan reads the configuration that opt names and everything it names,
	// validates it and returns it as a bundle. It binds nothing, changes
	// nothing outside the process and runs with the master's rights: in the
	// validator, under "-c", and in a standalone process. Descriptors named by
	// fd@ are not open there. The bundle is nil when there is no usable
	// configuration; the list then says why. Plan does not print.
	Plan(opt *flags.Options, stdin io.Reader) (*Bundle, *diag.List)

	// Import reads the state that another worker's Export wrote. It is called
	// at most once, before the first Link. State of objects that the new
	// configuration lacks is forgotten at Activate.
	Import(r io.Reader) error

	// Link builds a generation from b without touching the one that serves.
	// socks has one element for each of b.Listeners; the descriptors are bound,
	// perhaps not yet listening, and must not be watched before Activate. They
	// belong to process control: see Generation.Activate. Link runs after
	// rights were dropped and reads no file that is not in the bundle.
	Link(b *Bundle, socks []Socket) (Generation, error)

	// Export writes the state that outlives a configuration. Serving goes on
	// while it runs; of what changes afterwards the reader only hears the
	// counters: see Rest.
	Export(w io.Writer) error

	// Rest is called when the last stream has ended. It writes what was counted
	// since the last Export, and tells those that got the state over a stats
	// socket. some is false when there was no Export.
	Rest(w io.Writer) (some bool, err error)

	// Add counts what Rest has written in another process.
	Add(r io.Reader) error

	// Announce says that the service is about to end: "stopping" is true from
	// then on. Nothing else changes before Drain. Manual 3.1 "grace".
	Announce()

	// Drain begins the end of the service: no more accepts (the descriptors
	// are unwatched when it returns), "Connection: close" and GOAWAY, idle
	// connections closed over close-spread-time. What was accepted already is
	// served. Running streams go on. It returns at once and may be called
	// again.
	Drain()

	// Done is closed when Drain was called and the last stream has ended.
	Done() <-chan struct{}

	// Abort ends all streams now. It is called when hard-stop-after has
	// passed; the process ends within 100 ms whatever Abort does.
	Abort()

	// Pause stops listening without closing the descriptors: who connects is
	// refused, what was accepted goes on. Resume listens again, as does a new
	// generation. SIGTTOU and SIGTTIN, by which a new process without -x asks
	// for the addresses (management manual, chapter 4).
	Pause()
	Resume()

	// DumpServers logs and prints the state of all servers: SIGHUP to a process
	// that serves.
	DumpServers()

	// Tell logs a line to the targets of the global section, if there are any. It
	// does not wait. level is a severity as syslog numbers it.
	Tell(level int, line string)

	// ServeCLI answers one connection of the command line at the given level
	// ("user", "operator", "admin") and closes it. An address is the master's.
	ServeCLI(conn net.Conn, level string)
}

// Generation is a linked configuration that waits for its turn. Exactly one of
// the two methods is called, once, soon after Link.
type Generation interface {
	// Activate swaps it in: its listeners are watched, idle connections belong
	// to it, new streams use it. It cannot fail. When it returns, listeners
	// that the generation lacks are unwatched by all loops, after what waited
	// in their accept queues was taken; process control then closes them.
	Activate()
	// Notices says, after Activate, what of the run time the configuration has
	// thrown away. A few lines.
	Notices() []string
	// Discard forgets it.
	Discard()
}

// Socket is a listening socket for one of a bundle's listeners. Listeners with
// the same identity share a descriptor.
type Socket struct {
	FD   int
	Spec listen.Spec
	// Shards are further sockets of the same address that were taken over from
	// a process with one per thread; every generation is given them. They must be accepted from, too, because
	// the kernel spreads connections over all of them.
	Shards []int
}
