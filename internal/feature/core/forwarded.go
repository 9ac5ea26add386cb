package core

import (
	"segue/internal/conf"
)

// optionForwarded reads "option forwarded" with its words, of which later ones
// replace earlier ones. Expressions are compiled when everything is read.
// Manual 4.2.
func optionForwarded(c *conf.Context) {
	c.Proxy.Forwarded = nil
	if c.Neg || c.Reset {
		return
	}
	f := &conf.Forwarded{Line: c.Line.Own()}
	if c.NArgs() == 0 {
		f.Proto, f.For.On = true, true
	}
	for i := 0; i < c.NArgs(); i++ {
		if c.Text(i) == "proto" {
			f.Proto = true
			continue
		}
		part, expr := forwardedPart(f, c.Text(i))
		if part == nil {
			c.Alertf(c.Arg+i, "'option forwarded' only supports optional values: 'proto', 'host', 'host-expr', "+
				"'by', 'by-expr', 'by_port', 'by_port-expr', 'for', 'for-expr', 'for_port' and 'for_port-expr'.")
			return
		}
		*part = conf.ForwardedPart{On: true}
		if !expr {
			continue
		}
		if i++; c.Text(i) == "" {
			tightf(c, c.Arg+i-1, "'%s' expects <expr> as argument.", c.Text(i-1))
			return
		}
		part.Expr, part.Word = c.Text(i), c.Arg+i
	}
	for _, p := range [...]struct {
		node, port *conf.ForwardedPart
		name       string
	}{{&f.By, &f.ByPort, "by"}, {&f.For, &f.ForPort, "for"}} {
		if p.port.On && !p.node.On {
			c.Warnf(c.Arg, "'option forwarded' : '%s_port-expr' will be ignored because both '%s' and '%s-expr' are unset", p.name, p.name, p.name)
			p.port.On = false
		}
	}
	c.Proxy.Forwarded = f
}

// forwardedPart is the part that a word turns on, nil for an unknown word; expr
// says that an expression follows.
func forwardedPart(f *conf.Forwarded, word string) (part *conf.ForwardedPart, expr bool) {
	switch word {
	case "host", "host-expr":
		part = &f.Host
	case "by", "by-expr":
		part = &f.By
	case "by_port", "by_port-expr":
		part = &f.ByPort
	case "for", "for-expr":
		part = &f.For
	case "for_port", "for_port-expr":
		part = &f.ForPort
	default:
		return nil, false
	}
	return part, word[len(word)-1] == 'r' && word != "for"
}

func forwardedElsewhere(c *conf.Context, side string) {
	c.Warnf(0, "'option forwarded' ignored because %s '%s' has no %s capability.", c.Proxy.TypeName(), c.Proxy.Name, side)
}
