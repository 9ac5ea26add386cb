// Package serverstate reads server state files of HAProxy's version 1 and
// decides what of them holds. Manual 3.1 "server-state-file", 4.2
// "load-server-state-from-file"; management guide 9.3 "show servers state".
//
// One rule of adoption: the configuration's value wins where the configuration
// changed; otherwise the runtime's survives. To tell, Segue writes what was
// configured into comment lines, which HAProxy ignores (AppendConfigured). For a
// file without them the configuration's address wins, with a warning, unless
// the environment says SEGUE_STATE_ADDRESSES=file.
//
// Nothing here does I/O. Garbage costs a warning, never a start.
package serverstate
