// Package queue owns the slots of servers and the streams that wait for one.
// Manual 5.2 "maxconn", "minconn", "maxqueue", 4.2 "timeout queue".
//
// A stream holds a slot from Take (or a granted Wait) until Release. Where a
// server's limit is reached it waits: in the server's queue when it must have
// that server (persistence, a hashed key), in the backend's queue otherwise.
//
//	srv, result := queue.Get(s, queue.Deadline(s), gone)       // by the algorithm
//	if !queue.Take(s, srv) { queue.Wait(s, srv, ...) }         // by persistence
//	queue.Release(s)
//
// Take, Get, Wait and Release keep ServerState.Served, Proxy.TotalServed and
// SlotHeld, and tell the balancers. Whoever changes a server's state, weight or
// limit calls Changed, which tells the balancers, too.
//
// The rules:
//   - Nobody enters a queue that nothing will serve: a server's queue only if
//     the server is up and a stream holds a slot of it, the backend's only if a
//     usable server is full.
//   - Nobody waits while a slot is free: whoever frees a slot or raises a limit
//     hands it on, and whoever enters looks once more after it has become
//     visible as waiting.
//   - A slot that is handed on belongs to the waiter before it is woken. If the
//     waiter leaves at that moment it keeps the slot, or gives it back.
//   - When a server goes down, all that wait for it are told (Gone); when no
//     server of the backend is usable any more, all that wait for any (NoServer).
//   - The order is the class, then the time of arrival plus the offset, then
//     arrival; between a server's queue and its backend's, too.
//
// Queues belong to identities, like ServerState: streams of an old generation
// free slots for those of the new one. One lock per backend guards the queues
// of the backend and its servers. It is not taken as long as nobody waits, and
// never held across a wait; the balancer's lock may be taken inside it, never
// the other way round.
package queue
