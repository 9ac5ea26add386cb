package core

import (
	"strings"

	"segue/internal/conf"
)

// balanceArgs checks what stands behind the algorithm, which package balance
// reads once the proxy has servers; before that nobody else would. word is the
// algorithm with its argument in parentheses. Manual 4.2 "balance".
func balanceArgs(c *conf.Context, word string) bool {
	name, inner, paren := strings.Cut(word, "(")
	inner, closed := strings.CutSuffix(inner, ")")
	switch name {
	case "random":
		return !paren || inner == "" && closed || randomDraws(c, inner, closed)
	case "uri":
		return uriArgs(c)
	case "url_param":
		if c.NArgs() < 2 {
			c.Alertf(c.Arg, "balance url_param requires an URL parameter name.")
			return false
		}
		return onlyWord(c, 2, "balance url_param", "check_post")
	case "hdr":
		if !closed || inner == "" {
			c.Alertf(c.Arg, "balance hdr requires an http header field name.")
			return false
		}
		return onlyWord(c, 1, "balance "+word, "use_domain_only")
	case "rdp-cookie":
		if paren && (!closed || inner == "") {
			c.Alertf(c.Arg, "balance rdp-cookie : missing cookie name.")
			return false
		}
	case "hash":
		if c.NArgs() < 2 {
			c.Alertf(c.Arg, "balance hash requires a sample expression.")
			return false
		}
		if w := c.Text(2); w != "" {
			c.Alertf(c.Arg+2, "balance hash takes no other argument (got '%s').", w)
			return false
		}
	case "log-hash":
		if c.NArgs() < 2 {
			c.Alertf(c.Arg, "balance log-hash requires a converter list.")
			return false
		}
	}
	return true
}

// onlyWord refuses a word i other than the one that may stand there.
func onlyWord(c *conf.Context, i int, what, only string) bool {
	if w := c.Text(i); w != "" && w != only {
		c.Alertf(c.Arg+i, "%s only accepts '%s' modifier (got '%s').", what, only, w)
		return false
	}
	return true
}

// randomDraws checks the number in "random(<draws>)".
func randomDraws(c *conf.Context, inner string, closed bool) bool {
	n, whole := leadingInt(inner)
	digits := strings.TrimLeft(strings.TrimLeft(inner, "+-"), "0123456789")
	switch {
	case !closed:
		c.Alertf(c.Arg, "balance random : missing closing parenthesis.")
	case !whole:
		c.Alertf(c.Arg, "balance random : unexpected character '%.1s' after argument.", digits)
	case n < 1:
		c.Alertf(c.Arg, "balance random : number of draws must be at least 1.")
	default:
		return true
	}
	return false
}

// uriArgs checks the parameters of "balance uri".
func uriArgs(c *conf.Context) bool {
	for i := 1; i < c.NArgs(); i++ {
		switch w := c.Text(i); w {
		case "len", "depth":
			i++
			if n, whole := leadingInt(c.Text(i)); !whole && n > 0 {
				number(c, c.Arg+i)
			} else if n < 1 {
				c.Alertf(c.Arg+i, "balance uri : '%s' expects a positive integer (got '%s').", w, c.Text(i))
				return false
			}
		case "path-only", "whole":
		default:
			c.Alertf(c.Arg+i, "balance uri only accepts parameters 'len', 'depth', 'path-only', and 'whole' (got '%s').", w)
			return false
		}
	}
	return true
}
