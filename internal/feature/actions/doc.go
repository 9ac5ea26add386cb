// Package actions is the actions of tcp-request, http-request, http-response and
// http-after-response rules (manual 4.4), apart from those that belong to another
// feature (variables, stick tables, caches).
//
// Each action is one row and one Parse function, which returns the object
// whose Exec runs. Objects are immutable and shared by all threads. An action that answers puts
// the answer into Stream.Reply and returns lb.Answer; package stream sends it.
//
// A format is put together in the thread's Line, whose content ends with the
// action, and copied into the message's arena from there: no action allocates on
// the way of a request that goes on.
package actions
