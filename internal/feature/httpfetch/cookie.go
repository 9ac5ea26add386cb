package httpfetch

import (
	"segue/internal/htx"
	"segue/internal/lb"
	"segue/internal/sample"
)

// cookieRows are the fetches of cookies.
func cookieRows() []sample.Fetch {
	req, res := sample.UseReqFields, sample.UseResFields
	args := []sample.ArgSpec{optional("name", sample.ArgStr)}
	row := func(name string, out sample.Type, use sample.Use, eval evalFunc, text string) sample.Fetch {
		return sample.Fetch{Doc: docArgs(name, "[name]", text), Args: args, Out: out, Use: use, Eval: eval}
	}
	names := func(name string, use sample.Use, src side, text string) sample.Fetch {
		return sample.Fetch{Doc: docArgs(name, "[delimiter]", text), Args: []sample.ArgSpec{optional("delimiter", sample.ArgStr)},
			Out: sample.Str, Use: use, Eval: cookieNames(src)}
	}
	one := "The last value of a cookie, the first of all without a name; ACLs look at each."
	return []sample.Fetch{
		row("cook", sample.Str, req, cookie(request), "Old name of req.cook."),
		row("cook_cnt", sample.Int, req, cookieCount(request), "Old name of req.cook_cnt."),
		row("cook_val", sample.Int, req, cookieVal(request), "Old name of req.cook_val."),
		row("cookie", sample.Str, req|res, cookie(message), "req.cook in request rules, res.cook in response rules."),
		row("req.cook", sample.Str, req, cookie(request), one),
		row("req.cook_cnt", sample.Int, req, cookieCount(request), "How many times a cookie occurs."),
		names("req.cook_names", req, request, "The names of all cookies, with commas or the delimiter between."),
		row("req.cook_val", sample.Int, req, cookieVal(request), "Like req.cook, as an integer."),
		row("res.cook", sample.Str, res, cookie(response), one),
		row("res.cook_cnt", sample.Int, res, cookieCount(response), "How many times a cookie occurs."),
		names("res.cook_names", res, response, "The names of all cookies, with commas or the delimiter between."),
		row("res.cook_val", sample.Int, res, cookieVal(response), "Like res.cook, as an integer."),
		row("scook", sample.Str, res, cookie(response), "Old name of res.cook."),
		row("scook_cnt", sample.Int, res, cookieCount(response), "Old name of res.cook_cnt."),
		row("scook_val", sample.Int, res, cookieVal(response), "Old name of res.cook_val."),
	}
}

// cookies goes through the cookies of a message: those of all Cookie fields of a
// request, or the first pair of each Set-Cookie field of a response, whose other
// pairs are attributes.
type cookies struct {
	h  *htx.Head
	i  int // index of the current field
	at int // where in its value the next pair begins
}

func (c *cookies) id() (htx.ID, string) {
	if c.h.Status != 0 {
		return htx.SetCookie, "set-cookie"
	}
	return htx.Cookie, "cookie"
}

// next returns the next pair. A pair without "=" has no name and is passed over.
func (c *cookies) next() (name, value []byte, ok bool) {
	id, field := c.id()
	for {
		i := c.h.Next(c.i, id, field)
		if i < 0 {
			return nil, nil, false
		}
		if i != c.i {
			c.i, c.at = i, 0
		}
		line := c.h.Value(i)
		for c.at < len(line) {
			start := c.at
			end := start
			for end < len(line) && line[end] != ';' && (line[end] != ',' || id == htx.SetCookie) {
				end++
			}
			if c.at = end + 1; id == htx.SetCookie {
				c.at = len(line)
			}
			if name, value, ok = pair(line[start:end]); ok {
				if c.at >= len(line) {
					c.i, c.at = i+1, 0
				}
				return name, value, true
			}
		}
		c.i, c.at = i+1, 0
	}
}

// pair splits "name=value" and trims both.
func pair(b []byte) (name, value []byte, ok bool) {
	for i, ch := range b {
		if ch == '=' {
			name = trim(b[:i])
			return name, trim(b[i+1:]), len(name) > 0
		}
	}
	return nil, nil, false
}

// named returns the next cookie of that name, "" = any.
func (c *cookies) named(name string) ([]byte, bool) {
	for n, value, ok := c.next(); ok; n, value, ok = c.next() {
		if name == "" || string(n) == name {
			return value, true
		}
	}
	return nil, false
}

func cookie(src side) evalFunc {
	return func(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
		h := src(s)
		if h == nil {
			return false
		}
		c := cookies{h: h, i: int(s.Iter[0]), at: int(s.Iter[1])}
		value, ok := c.named(args[0].Str)
		if !ok {
			return false
		}
		if s.Iterate {
			s.Iter[0], s.Iter[1] = uint32(c.i), uint32(c.at)
			text(v, value)
			if _, more := c.named(args[0].Str); more {
				v.Flags |= sample.NotLast
			}
			return true
		}
		if args[0].Str == "" { // without a name it is the first that counts
			return text(v, value)
		}
		for later, ok := c.named(args[0].Str); ok; later, ok = c.named(args[0].Str) {
			value = later
		}
		return text(v, value)
	}
}

func cookieVal(src side) evalFunc {
	get := cookie(src)
	return func(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
		return get(s, args, v) && number(v)
	}
}

func cookieCount(src side) evalFunc {
	return func(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
		h := src(s)
		if h == nil {
			return false
		}
		c := cookies{h: h}
		n := int64(0)
		for _, ok := c.named(args[0].Str); ok; _, ok = c.named(args[0].Str) {
			n++
		}
		v.SetInt(n)
		return true
	}
}

func cookieNames(src side) evalFunc {
	return func(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
		h := src(s)
		if h == nil {
			return false
		}
		delim := byte(',')
		if args[0].Str != "" {
			delim = args[0].Str[0]
		}
		c := cookies{h: h}
		b := sample.Begin(s.Thread)
		for name, _, ok := c.next(); ok; name, _, ok = c.next() {
			if len(b) > 0 {
				b = append(b, delim)
			}
			b = append(b, name...)
		}
		v.SetStr(sample.End(s.Thread, b))
		return true
	}
}
