// Package health decides which servers are up. Manual 5.2 (check, agent-check,
// track, slowstart ...), 4.2 (option httpchk, http-check, tcp-check ...).
//
// Compile turns the check lines of a proxy into Plans while a generation is
// linked; Start begins, continues and ends the checks when it is published.
//
//	h := health.Of(process)
//	h.Hooks = health.Hooks{Log: ..., Changed: queue.Changed, Shutdown: ...}
//	err := health.Compile(px, lang)       // for each proxy, before publishing
//	health.Start(gen, prev, process)      // after publishing
//
// A server's health belongs to its identity (lb.ServerState.Health): a reload
// points it at the new generation's server and plan, and a check goes on at its
// own pace.
//
// A Check is one timer on one thread. When it is due a task runs the plan's
// steps: connect, send, expect. The outcome changes the check's health (a number
// from 0 to rise+fall-1), and that changes the server's state, which is told to
// the queue, the balancer, the log, and to the servers that track it. What
// operators do (SetAdmin, SetHealth ...) goes the same way.
//
// Ownership: one lock, Health.mu, guards health and admin state of all servers;
// it is taken once for each result, never across a wait, and no hook is called
// inside it. Sockets and buffers of a running check belong to its thread.
//
// What it deliberately does not do: weights and addresses (the runtime API sets
// them and calls Reweighed), name resolution, TLS (a later version).
package health
