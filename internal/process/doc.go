// Package process is process control: the master and its workers, the process
// without a master, the background start, reloads, handover and signals. What
// serves is behind Engine; this package never sees a request.
//
// # Roles
//
// One binary plays five roles, told apart by the environment variable of
// roleEnv. The master re-executes itself for the others, so that it shares no
// memory with what parses files:
//
//	launcher    "-D": starts the next one in a new session and waits until it serves
//	master      owns sockets and privileges; parses nothing but its children's answers
//	validator   reads the configuration with the master's rights, writes a bundle, ends
//	worker      links bundles and serves; has dropped its rights
//	            (after "the binary changed" it executes the new one: upgrade.go)
//	standalone  no master: validator and worker in one process
//
// # Bundle
//
// A bundle is everything a worker needs of a configuration: the text of the
// files, the content of every file they name, the listeners to open and the
// settings of the process. The validator writes it to a sealed memory file
// that the master hands on without reading more than the head. Its format is
// in bundle.go and tolerates unknown fields, because master and worker may
// come from different versions of the binary.
//
// # Control socket
//
// Master and worker talk JSON over a SOCK_SEQPACKET pair, descriptors travel as
// SCM_RIGHTS (control.go). One transaction loads a configuration:
//
//	master -> worker   bundle   [memory file, pipe with the old worker's state]
//	master -> worker   sockets  [up to 200 descriptors that this worker lacks] ...
//	master -> worker   link
//	worker -> master   linked | failed
//	   master: listen(2) on the new sockets
//	master -> worker   activate | discard
//	worker -> master   active
//	   master: rename(2) unix sockets, close those that were dropped
//
// When a new worker took over, the old one gets "drain" and answers "draining"
// once it accepts no more; the reload is answered after that.
//
// When the last stream of the old one has ended, it says in "rest" what it has
// counted since it exported its state, which the one that serves gets as "add".
//
// Besides: "export" with a pipe (the old worker writes its state for the new
// one), "cli" with a connected socket (one CLI session). End of file means that
// the other side is gone: a worker without a master ends at once.
//
// # What can fail, and when
//
// Up to "activate" everything can fail and nothing has changed: no socket
// accepts for a new address, no name in the file system points to us, the old
// generation serves. From "activate" on nothing can fail, except that a worker
// refuses one that it takes up too late, having been stopped.
package process
