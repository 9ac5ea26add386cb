package admin

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strconv"

	"segue/internal/command"
	"segue/internal/hash"
)

// anonRows hide names and addresses in what a session is shown, so that it can
// be given away. Management guide 9.3 "set anon".
func anonRows() []command.Command {
	return []command.Command{
		{Doc: doc("debug dev hash", "  [msg]", "return msg hashed if anon is set"), Run: func(c *command.Call) { c.Info(hide(c.Session.Anon, c.Arg(3))) }},
		{Doc: doc("set anon global-key", "<value>", "change the global anonymizing key"), Level: command.Admin, Run: setAnonKey},
		{Doc: doc("set anon off", "", "deactivate the anonymized mode"), Run: setAnonOff},
		{Doc: doc("set anon on", "[value]", "activate the anonymized mode"), Run: setAnonOn},
		{Doc: doc("show anon", "", "display the current state of anonymized mode"), Run: showAnon},
	}
}

const anonRange = "Value out of range (1 to 4294967295 expected)."

// anonKey reads a key as C's strtoll does: up to what is no digit.
func anonKey(word string, least int64) (uint32, bool) {
	n := int64(atoi(word))
	return uint32(n), n >= least && n <= 1<<32-1
}

// setAnonOn takes the key that is given, the global one, or any.
func setAnonOn(c *command.Call) {
	key := c.Process.AnonKey.Load()
	if c.Arg(3) != "" {
		var ok bool
		if key, ok = anonKey(c.Arg(3), 1); !ok {
			c.Fail(anonRange)
			return
		}
	}
	if key == 0 {
		key = max(rand.Uint32(), 1)
	}
	c.Session.Anon = key
}

func setAnonOff(c *command.Call) {
	if c.Arg(3) != "" {
		c.Fail("Key can't be added while disabling anonymized mode")
		return
	}
	c.Session.Anon = 0
}

// setAnonKey sets the key of sessions that give none; 0 is none.
func setAnonKey(c *command.Call) {
	key, ok := anonKey(c.Arg(3), 0)
	if c.Arg(3) == "" || !ok {
		c.Fail("Value out of range (0 to 4294967295 expected).")
		return
	}
	c.Process.AnonKey.Store(key)
}

func showAnon(c *command.Call) {
	if c.Session.Anon == 0 {
		c.Info("Anonymized mode disabled")
		return
	}
	text := "Anonymized mode enabled"
	if c.Level >= command.Operator {
		text += "\nKey : " + strconv.FormatUint(uint64(c.Session.Anon), 10)
	}
	c.Info(text)
}

// hide is what stands for text under a key: 24 bits of its hash (observed of
// HAProxy 3.4, so that dumps of both can be compared). Key 0 hides nothing.
func hide(key uint32, text string) string {
	if key == 0 || text == "" {
		return text
	}
	return fmt.Sprintf("%06x", hash.XXH32([]byte(text), key)&0xffffff)
}

// hideAddr is what stands for an address; those that name no machine stay.
func hideAddr(key uint32, text string) string {
	a, err := netip.ParseAddr(text)
	switch {
	case key == 0:
		return text
	case err != nil:
		return hide(key, text)
	case a.IsLoopback() || a.IsUnspecified():
		return text
	case a.Is4():
		return "IPV4(" + hide(key, text) + ")"
	}
	return "IPV6(" + hide(key, text) + ")"
}
