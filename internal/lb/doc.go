// Package lb holds the running nouns: Generation, Proxy, Bind, Server, Session,
// Stream, and the state that outlives a configuration.
//
// Three lifetimes meet here.
//   - A Generation is one linked configuration. Its Proxies, Binds and Servers
//     are written by package link before it is published and only read after.
//   - ProxyState, ServerState and BindState belong to an identity (a name). A
//     generation points at them; a reload finds the same objects again, so that
//     counters, health and runtime changes survive. Their fields are atomics or
//     say which lock guards them.
//   - A Session is a client connection and a Stream a request (or a TCP flow);
//     both belong to one Thread, run without locks and are recycled.
//
// lb declares the small interfaces that it calls (Action, Cond, Formatter,
// Balancer) and knows nothing of the language that they were compiled from.
package lb
