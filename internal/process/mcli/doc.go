// Package mcli is the master's command line ("-S", management manual, chapter
// 9.4): its words, its sessions and the forwarding of commands to workers.
//
// What the commands act on is behind Master, so that sessions are tested
// without processes. Replies have HAProxy's form, because scripts read them.
// A session belongs to the goroutine that calls Serve.
package mcli
