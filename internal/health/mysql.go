package health

import "bytes"

// mysqlSteps is "option mysql-check [user <name> [<dialect>]]": the server's
// greeting, and with a user a log-in that is taken back at once. Manual 4.2;
// MySQL internals, "connection phase".
func mysqlSteps(c *compiler) []step {
	if c.text(0) == "" {
		// Counted as the second step: that is what HAProxy's messages say.
		return []step{{kind: doNothing}, expecting(mysqlGreeting(true))}
	}
	if c.text(0) != "user" {
		return c.optFail("'option mysql-check' only supports optional values: 'user' (got '%s').", c.text(0))
	}
	user := c.text(1)
	if user == "" {
		return c.optFail("'option mysql-check user' expects <username> as argument.")
	}
	var login []byte
	switch dialect := c.text(2); dialect {
	case "", "post-41":
		login = mysqlLogin(user, 0x8200, "")
	case "post-80":
		login = mysqlLogin(user, 0x88200, "mysql_native_password\x00")
	case "pre-41":
		login = mysqlPacket(append([]byte{0, 0x80, 0, 0, 1}, user+"\x00\x00"...))
	default:
		return c.optFail("keyword 'user' only supports 'post-41', 'pre-41' and 'post-80' (got '%s').", dialect)
	}
	quit := []byte{1, 0, 0, 0, 1}
	// The log-in does not wait for the greeting, and leaves with what takes it back:
	// a server that refuses it closes at once, and what came later would fail and
	// hide why. They count as two steps.
	return []step{sending(append(login, quit...)), {kind: doNothing}, expecting(mysqlGreeting(false)), expecting(mysqlDone)}
}

// mysqlLogin is a HandshakeResponse41 without a password.
func mysqlLogin(user string, capabilities uint32, plugin string) []byte {
	b := []byte{byte(capabilities), byte(capabilities >> 8), byte(capabilities >> 16), 0, 0, 0x80, 0, 1, 0x21}
	b = append(b, make([]byte, 23)...)
	return mysqlPacket(append(b, user+"\x00\x00"+plugin...))
}

// mysqlPacket puts the header of packet 1 in front.
func mysqlPacket(b []byte) []byte {
	return append([]byte{byte(len(b)), byte(len(b) >> 8), byte(len(b) >> 16), 1}, b...)
}

// mysqlGreeting judges the first packet; with alone it decides.
func mysqlGreeting(alone bool) func(in []byte, last bool) verdict {
	return func(in []byte, last bool) verdict {
		v, _ := mysqlNext(in, last)
		if v.pass && alone {
			v.final, v.status, v.desc = true, L7OK, mysqlVersion(in)
		}
		return v
	}
}

// mysqlDone judges what follows the greeting.
func mysqlDone(in []byte, last bool) verdict {
	v, rest := mysqlNext(in, last)
	if !v.pass {
		return v
	}
	if v, _ = mysqlNext(rest, last); v.pass {
		v.final, v.status, v.desc = true, L7OK, mysqlVersion(in)
	}
	return v
}

// mysqlNext takes a packet: a length of three bytes, a number, the payload,
// which begins with 0xff, a code and a text if it is an error.
func mysqlNext(in []byte, last bool) (v verdict, rest []byte) {
	short := verdict{wait: true}
	if last {
		short = verdict{status: L7Response}
	}
	if len(in) < 4 {
		return short, nil
	}
	size := int(in[0]) | int(in[1])<<8 | int(in[2])<<16
	if len(in) < 4+size {
		return short, nil
	}
	p := in[4 : 4+size]
	if len(p) > 0 && p[0] == 0xff {
		if len(p) < 3 {
			return verdict{status: L7Status}, nil
		}
		return verdict{status: L7Status, code: int(p[1]) | int(p[2])<<8, desc: string(p[3:])}, nil
	}
	return verdict{pass: true}, in[4+size:]
}

// mysqlVersion is the text behind the greeting's first byte.
func mysqlVersion(in []byte) string {
	if len(in) < 6 {
		return ""
	}
	text := in[5:]
	if i := bytes.IndexByte(text, 0); i >= 0 {
		text = text[:i]
	}
	return string(text)
}
