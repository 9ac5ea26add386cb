package core

import (
	"segue/internal/conf"
)

func captureUnknown(c *conf.Context) {
	c.Alertf(c.Arg, "'capture' expects 'cookie' or 'request header' or 'response header'.")
}

// captureElsewhere names the first word only, as HAProxy does.
func captureElsewhere(c *conf.Context, side string) {
	if side == "" {
		c.Alertf(0, "'%s' not allowed in 'defaults' section.", c.Name())
		return
	}
	c.Warnf(0, "'capture' ignored because %s '%s' has no %s capability.", c.Proxy.TypeName(), c.Proxy.Name, side)
}

// captureHeader reads "capture request header <name> len <length>".
func captureHeader(c *conf.Context) {
	if c.Text(0) != "header" {
		captureUnknown(c)
		return
	}
	if c.Text(1) == "" || c.Text(2) != "len" || c.Text(3) == "" {
		c.Alertf(c.Arg, "'%s' expects 'header' <header_name> 'len' <len>.", c.Name())
		return
	}
	n, ok := captureLen(c, 3)
	if !ok {
		return
	}
	if c.NArgs() > 4 {
		c.Alertf(c.Arg+4, "'%s header' cannot handle unexpected argument '%s'.", c.Name(), c.Text(4))
		return
	}
	c.Proxy.Captures = append(c.Proxy.Captures, conf.Capture{Response: c.Line.Text(c.Arg-1) == "response", Header: c.Text(1), Len: n})
}

// captureLen reads argument i as the length of a capture, in bytes. HAProxy takes
// 0, and captures nothing.
func captureLen(c *conf.Context, i int) (int, bool) {
	n := number(c, c.Arg+i)
	if n < 0 {
		c.Alertf(c.Arg+i, "'%s' expects a positive length, but got '%s'.", c.Name(), c.Text(i))
	}
	return n, n >= 0
}

// captureCookie reads "capture cookie <name> len <length>".
func captureCookie(c *conf.Context) {
	name := c.Text(0)
	if name == "" || c.Text(1) != "len" || c.Text(2) == "" {
		c.Alertf(c.Arg, "'%s' expects 'cookie' <cookie_name> 'len' <len>.", c.Line.Text(0))
		return
	}
	if n, ok := captureLen(c, 2); ok {
		c.Proxy.CookieCapture = &conf.CookieCapture{Name: name, Len: n}
	}
}

// declareCapture reads "declare capture { request | response } len <length>".
func declareCapture(c *conf.Context) {
	if c.Text(0) != "capture" {
		c.Alertf(c.Arg, "'declare' needs a second keyword that specify the type of declaration ('capture')")
		return
	}
	side := c.Text(1)
	if side != "request" && side != "response" {
		c.Alertf(c.Arg+1, "'declare capture' requires a direction ('request' or 'response')")
		return
	}
	if c.Text(2) != "len" {
		c.Alertf(c.Arg+2, "'declare capture' requires a capture length ('len')")
		return
	}
	n, whole := leadingInt(c.Text(3))
	switch {
	case c.Text(3) == "":
		c.Alertf(c.Arg+3, "'declare capture': 'len' requires a numeric value that represents the capture length")
	case !whole:
		c.Alertf(c.Arg+3, "'declare capture': cannot parse the length '%s'", c.Text(3))
	case n <= 0:
		c.Alertf(c.Arg+3, "length must be > 0")
	default:
		c.Proxy.Captures = append(c.Proxy.Captures, conf.Capture{Response: side == "response", Len: n})
	}
}

// declareElsewhere refuses the line where captureElsewhere warns.
func declareElsewhere(c *conf.Context, side string) {
	if side == "" {
		c.Alertf(0, "'declare' not available in default section")
		return
	}
	c.Alertf(0, "'declare' only available in frontend or listen section")
}
