// Package resolve looks up names of servers at run time. Manual 5.3.
//
// Manager is a process's state of it: the sections with their name servers, and
// for every name that somebody wants a resolution, which is asked again and again
// and keeps its last answer. A target is a server that follows a name, or the
// label of an SRV record that gives it names.
//
// What happens when is in resolution.go and section.go, which know neither
// sockets nor clocks: now is passed in, and messages leave through Section.send.
// One goroutine for each section (run.go) feeds them with time and with what
// the transports received. What an answer changes is noted under the lock and
// done after it, on that goroutine: apply.go gives servers their addresses by
// the same steps as the command "set server addr".
//
// Answers are hostile: a message counts only if it came from the address that
// was asked, to the port that asked (random, and new after a few queries), with
// the random id and the question of a query that waits; names that are no host
// names are dropped (message.go).
//
// Loops never wait here: the action do-resolve leaves a Query, whose answer is
// posted to its loop. A reload keeps the Manager, hence all answers; a new
// process gets them by Export and Import.
package resolve
