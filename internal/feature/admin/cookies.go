package admin

import (
	"segue/internal/command"
	"segue/internal/lb"
	"segue/internal/persist"
)

// cookieRows are the commands on dynamic cookies. Manual 4.2 "cookie ... dynamic".
func cookieRows() []command.Command {
	return []command.Command{
		{Doc: doc("disable dynamic-cookie backend", "<bk>", "disable dynamic cookies on a specific backend"), Level: command.Admin, Run: switchDynamic(false)},
		{Doc: doc("enable dynamic-cookie backend", "<bk>", "enable dynamic cookies on a specific backend"), Level: command.Admin, Run: switchDynamic(true)},
		{Doc: doc("set dynamic-cookie-key backend", "<bk> <k>", "change a backend secret key for dynamic cookies"), Level: command.Admin, Run: setDynamicKey},
	}
}

// namedBackend finds a backend and answers when there is none.
func namedBackend(c *command.Call, name string) *lb.Proxy {
	if name == "" {
		c.Fail("A backend name is expected.")
		return nil
	}
	px := backend(c, name)
	if px == nil {
		c.Fail("No such backend.")
	}
	return px
}

// switchDynamic says whether servers without a cookie of their own get one made
// of their address. A backend without a cookie line has nothing to switch.
func switchDynamic(on bool) func(c *command.Call) {
	return func(c *command.Call) {
		px := namedBackend(c, c.Arg(3))
		if px == nil {
			return
		}
		if p := persist.Of(px); p != nil && p.Cookie != nil {
			p.SetDynamic(on)
		}
	}
}

func setDynamicKey(c *command.Call) {
	px := namedBackend(c, c.Arg(3))
	if px == nil {
		return
	}
	if c.Arg(4) == "" {
		c.Fail("String value expected.")
		return
	}
	if p := persist.Of(px); p != nil && p.Cookie != nil {
		p.SetSecret(c.Arg(4))
	}
}
