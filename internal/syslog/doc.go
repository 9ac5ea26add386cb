// Package syslog carries log lines out of the process without ever making
// traffic wait for them, and counts the lines that it had to drop.
//
// A Sink is one target of a "log" line: where to send, in which format, which
// levels. It is shared by the whole process. Every event loop owns a Writer on
// it: Append frames a line into the loop's own buffer, which takes no lock, no
// system call and no allocation; Flush, called at the end of each turn of the
// loop, hands all lines over at once.
//
//	sink, err := syslog.Open(syslog.Config{Target: t, Facility: f, Level: syslog.Debug})
//	w := sink.NewWriter()             // once for each loop
//	w.Append(syslog.Info, now, &hdr, nil, nil, line)
//	pending := w.Flush()              // at the end of the loop's turn
//
// Datagram targets (UDP, unix) are sent with sendmmsg and MSG_DONTWAIT from
// the loop's thread: the call cannot block. What a full unix socket refuses
// stays in the buffer for the next Flush, and the buffer is bounded. File
// descriptors may block whatever is done to them (a terminal, a file on a dead
// disk, a pipe shared with another program whose flags are not ours to
// change), so one goroutine per Sink writes there; loops give it their lines
// through a bounded buffer, under a lock that is held for one copy.
//
// Lines look like HAProxy 3.4's byte for byte; format_test.go has what was
// observed. Manual 3.1 and 4.2 "log" describe the words.
//
// A Sink may have an Outlet in place of a socket: a Buffer, which is a ring, or
// what shares lines out to the servers of a backend. A Forwarder sends a ring's
// messages over a stream connection, from a goroutine of its own, because
// connecting may take long; loops only copy into the ring.
//
// Next, Parse and Writer.Relay are for lines that come from somewhere else: they
// find a message in a stream, take it apart and write it in a Sink's format.
//
// The package does not decide what is logged, nor when a proxy's log line is
// complete.
package syslog
