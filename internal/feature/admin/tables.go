package admin

import "segue/internal/command"

// tableRows are the commands on what this version has none of yet: stick
// tables, caches, peers, TLS ticket keys. They answer as HAProxy does where none
// is configured, so that a monitoring script goes on.
func tableRows() []command.Command {
	return []command.Command{
		{Doc: doc("clear table", "<table> [<filter>]*", "remove an entry from a table (filter: data/key)"), Hidden: true, Run: noTable(`Required arguments: <table> "data.<store_data_type>" <operator> <value> or <table> key <key> or <table> ptr <ptr>`)},
		{Doc: doc("set table", "<table> [<filter>]*", "update or create a table entry's data"), Hidden: true, Run: noTable("Required arguments: <table> key <key> [data.<store_data_type> <value>]* or <table> ptr <ptr> [data.<store_data_type> <value>]*")},
		{Doc: doc("show cache", "", "show cache status"), Level: command.Admin, Hidden: true, Run: func(*command.Call) {}},
		{Doc: doc("show peers", "[dict|-] [section]", "dump some information about all the peers or this peers section"), Hidden: true, Run: showPeers},
		{Doc: doc("show table", "[<table> [<filter>]*]", "report table usage stats or dump this table's contents (filter: data/key)"), Hidden: true, Run: noTable("")},
		{Doc: doc("show tls-keys", "[id|*]", "show tls keys references or dump tls ticket keys when id specified"), Level: command.Admin, Hidden: true, Run: func(c *command.Call) { c.Say("# id (file)") }},
	}
}

// noTable answers a command that names a table; missing is said when it names
// none, "" says nothing.
func noTable(missing string) func(c *command.Call) {
	return func(c *command.Call) {
		switch {
		case c.Arg(2) != "":
			px := backend(c, c.Arg(2))
			if px != nil || c.Process.Gen.Load().Fronts[c.Arg(2)] != nil {
				c.Fail("No such table: this version has no stick tables yet")
				return
			}
			c.Fail("No such table")
		case missing != "":
			c.Fail(missing)
		}
	}
}

func showPeers(c *command.Call) {
	name := c.Arg(2)
	if name == "dict" || name == "-" {
		name = c.Arg(3)
	}
	if name != "" {
		c.Fail("No such peers")
	}
}
