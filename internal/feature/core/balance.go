package core

import (
	"slices"
	"strings"

	"segue/internal/catalog"
	"segue/internal/conf"
)

func balanceRows() []catalog.Directive {
	back := catalog.BackSide
	return []catalog.Directive{
		{Doc: doc("balance", "<algorithm> [ <arguments> ]", "4.2", "Chooses how servers are picked."), In: back, Parse: balance},
		{Doc: doc("hash-balance-factor", "<factor>", "4.2", "Bounds the load of a server on a consistent hash, in percent."), In: back, Parse: hashBalanceFactor, ErrorsFirst: true},
		{Doc: doc("hash-preserve-affinity", "{ always | maxconn | maxqueue }", "4.2", "Says when a hash may go to another server."), In: back, Listed: "hash-preserve-affinity", Parse: hashPreserve, Elsewhere: onlyAvailable("backend or listen section"), ErrorsFirst: true},
		{Doc: doc("hash-type", "<method> <function> <modifier>", "4.2", "Chooses how hashes map to servers."), In: back, Parse: hashType},
	}
}

// balanceWords are the algorithms by their first word; those that end in a
// parenthesis take an argument there.
var balanceWords = [...]string{"roundrobin", "static-rr", "first", "leastconn", "random", "source", "uri", "url_param", "hash", "hdr(", "rdp-cookie", "log-hash", "sticky"}

// balance stores the line; package balance makes sense of the arguments.
func balance(c *conf.Context) {
	l := c.Line.Own()
	if c.NArgs() == 0 {
		c.Proxy.Balance = conf.Balance{Algo: "roundrobin", Line: &l}
		return
	}
	word := c.Text(0)
	if !slices.ContainsFunc(balanceWords[:], func(k string) bool {
		return word == k || (strings.HasSuffix(k, "(") || k == "random" || k == "rdp-cookie") && strings.HasPrefix(word, k)
	}) {
		c.Alertf(c.Arg, "balance only supports 'roundrobin', 'static-rr', 'leastconn', 'source', 'uri', 'url_param', 'hash', "+
			"'hdr(name)', 'rdp-cookie(name)', 'log-hash' and 'sticky' options.")
		return
	}
	if word == "random()" {
		word = "random"
	}
	if !balanceArgs(c, word) {
		return
	}
	c.Proxy.Balance = conf.Balance{Algo: word, Args: c.Args()[1:], Line: &l}
}

func hashType(c *conf.Context) {
	h := conf.HashType{Method: c.Text(0)}
	switch h.Method {
	case "consistent", "map-based":
	case "avalanche":
		c.Alertf(c.Arg, "experimental feature 'hash-type avalanche' is not supported anymore, please use 'hash-type map-based sdbm avalanche' instead.")
		return
	default:
		c.Alertf(c.Arg, "'hash-type' only supports 'consistent' and 'map-based'.")
		return
	}
	if c.NArgs() > 1 {
		switch h.Function = c.Text(1); h.Function {
		case "sdbm", "djb2", "wt6", "crc32", "none":
		default:
			c.Alertf(c.Arg+1, "'hash-type' only supports 'sdbm', 'djb2', 'crc32', or 'wt6' hash functions.")
			return
		}
	}
	if c.NArgs() > 2 {
		if h.Modifier = c.Text(2); h.Modifier != "avalanche" {
			c.Alertf(c.Arg+2, "'hash-type' only supports 'avalanche' as a modifier for hash functions.")
			return
		}
	}
	c.Proxy.HashType = h
}

func hashBalanceFactor(c *conf.Context) {
	if c.Text(0) == "" {
		c.Alertf(c.Arg, "'hash-balance-factor' expects an integer argument.")
		return
	}
	n := number(c, c.Arg)
	if n != 0 && n <= 100 {
		c.Alertf(c.Arg, "'hash-balance-factor' must be 0 or greater than 100.")
		return
	}
	c.Proxy.HashBalanceFactor = n
}

func hashPreserve(c *conf.Context) {
	switch w := c.Text(0); w {
	case "always", "maxconn", "maxqueue":
		c.Proxy.HashPreserve = w
	default:
		c.Alertf(c.Arg, "'hash-preserve-affinity' can only be set to 'always', 'maxconn' or 'maxqueue'")
	}
}
