// Package diag collects what there is to say about a configuration and prints
// it. It is the only printer of [ALERT], [WARNING], [NOTICE] and [DIAG].
//
// A parser appends to a List at the position of the word that is wrong and
// goes on; nobody prints while parsing. The first line of a printed entry has
// HAProxy's form, byte for byte, because tools match on it. Below it come the
// source line, a caret run under the word and a hint, where these are known:
//
//	[ALERT]    (4711) : config : parsing [lb.cfg:11] : unknown keyword 'balnce' in 'backend' section; did you mean 'balance' maybe ?
//	  balnce roundrobin
//	  ^^^^^^
//
// A List belongs to one goroutine. The closing line of a start-up ("Fatal
// errors found in configuration.") is an entry without position that its
// caller adds.
package diag
