// Package vars is the variables of the language (manual 2.8): the fetch "var",
// the converters "set-var" and "unset-var", the actions "set-var", "set-var-fmt" and
// "unset-var", and their storage.
//
// A variable is a scope and a hash of its name, so that those of a session
// outlive a change of the configuration without a table of names. "sess" lives
// in Session.Vars, "txn", "req" and "res" in Stream.Vars; both are lists that keep their
// memory when they are recycled, and both belong to the session's thread. "proc" belongs to
// the process and is read without a lock.
//
// Values are copied when they are set: a variable never points into a message.
package vars
