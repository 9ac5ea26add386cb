// Package persist keeps a client on its server: the persistence cookie of the
// cookie line (insert, rewrite, prefix), dynamic cookies, the RDP cookie, and
// the conditions that force or ignore persistence. Manual 4.2.
//
// Request chooses Stream.Pinned after the request rules and cleans the request;
// Response edits the response after the response rules. Both run on the
// stream's loop and write nothing but the stream. What they found and did ends
// in Stream.Term[2:4], as manual 8.5 describes it.
//
// A Plan is made when a backend is linked and is not changed afterwards.
package persist
