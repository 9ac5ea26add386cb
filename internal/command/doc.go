// Package command is the runtime API: the row type of its commands, and the
// session that reads lines from a stats socket and runs them. Manual:
// management guide 9.3.
//
//	table := command.NewTable(features...)       // rows of all features
//	host := &command.Host{Table: table, Process: p, Level: command.Admin}
//	bind.Hook = host                             // one host a stats socket
//
// A session is one task on the loop that accepted its connection, and owns the
// connection until Host.End gets it back. Commands run in that task, one after
// the other; they may wait (Call.Wait, Call.On), and whatever they answer is
// sent in pieces (Call.Flush), so that a slow reader holds only its own session.
//
// What a command does for the process as a whole it does under Process.Mu, which
// is never held across a wait.
package command
