// Package balance chooses servers. One file holds one algorithm; manual 4.2
// "balance" and "hash-type" say what each does.
//
// New builds the Balancer of a backend. Its methods may be called from every
// loop at once: what an algorithm keeps is guarded by one lock, which is held
// for a bounded number of steps (logarithmic in the number of servers, never
// linear, except for the rebuild of a static map after a server changed) and
// never across a wait.
//
// What all algorithms have in common is a farm: which servers are usable, and
// whether it is the active ones or the backups that serve now.
//   - As long as one active server is usable, only active servers are chosen.
//   - Otherwise the first usable backup in the order of the text is, or all of
//     them with "option allbackups".
//   - roundrobin, static-rr, leastconn, first and random pass over servers that
//     have no free slot. The hashing algorithms do not: a key's server is the
//     same whether it is full or not, and the stream queues on it (unless
//     hash-balance-factor moves it on).
//
// A server that was found full is set aside and looked at again when Dropped or
// Changed says that it may have room. So a Pick never walks past the same full
// servers again and again; only servers with minconn, whose limit moves with the
// backend's load, are looked at each time. The state that others write (ServerState) is only
// read here.
package balance
