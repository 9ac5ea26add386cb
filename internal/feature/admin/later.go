package admin

import (
	"strings"

	"segue/internal/command"
	"segue/internal/keyword"
)

// laterRows are the commands of HAProxy 3.4 that are not built yet. They are
// kept out of "help" and answer what is missing, so that nobody looks for a typing
// error.
func laterRows() (rows []command.Command) {
	for _, g := range [...]struct{ why, names string }{
		{"rare events are not counted apart", "debug counters"},
		{"it has no HTTP client", "httpclient"},
		{"it has no Lua", "show hlua"},
		{"it has no TLS", "abort ssl,acme,add ssl,commit ssl,del ssl,dump ssl,new ssl,set ssl,show acme,show ssl,update ssl"},
	} {
		for name := range strings.SplitSeq(g.names, ",") {
			d := doc(name, "", "Belongs to what this version does not have.")
			d.Effect, d.Why = keyword.Unbuilt, g.why
			rows = append(rows, command.Command{Doc: d, Hidden: true, Run: func(c *command.Call) { c.Fail(d.Say("'" + name + "'")) }})
		}
	}
	return rows
}
