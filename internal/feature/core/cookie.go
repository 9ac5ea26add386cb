package core

import (
	"strings"
	"time"

	"segue/internal/conf"
	"segue/internal/diag"
)

// cookie reads the cookie line. Manual 4.2 "cookie". A new line replaces the
// one before it.
func cookie(c *conf.Context) {
	if c.Text(0) == "" {
		c.Alertf(c.Arg, "'cookie' expects <cookie_name> as argument.")
		return
	}
	ck := &conf.Cookie{Name: c.Text(0)}
	var modes []string
	for i := 1; i < c.NArgs(); i++ {
		switch w := c.Text(i); w {
		case "rewrite", "insert", "prefix":
			modes = append(modes, w)
		case "domain", "maxidle", "maxlife", "attr":
			if !cookieValue(c, ck, i) {
				return
			}
			i++
		default:
			if !cookieFlag(ck, w) {
				c.Alertf(c.Arg+i, "'cookie' supports 'rewrite', 'insert', 'prefix', 'indirect', 'nocache', 'postonly', "+
					"'domain', 'maxidle', 'dynamic', 'maxlife' and 'attr' options.")
				return
			}
		}
	}
	checkCookie(c, ck, modes)
	c.Proxy.Cookie = ck
}

// checkCookie refuses modes that exclude each other.
func checkCookie(c *conf.Context, ck *conf.Cookie, modes []string) {
	if len(modes) > 0 {
		ck.Mode = modes[0]
	}
	for _, m := range modes {
		if m != ck.Mode {
			c.Alertf(c.Arg, "cookie 'rewrite', 'insert' and 'prefix' modes are incompatible.")
			break
		}
	}
	if ck.Mode == "rewrite" && ck.Indirect {
		c.Alertf(c.Arg, "cookie 'rewrite' and 'indirect' modes are incompatible.")
	}
	if ck.Preserve && ck.Mode != "insert" && !ck.Indirect {
		c.Alertf(c.Arg, "cookie 'preserve' requires at least 'insert' or 'indirect'.")
	}
}

// cookieFlag sets the switch of a word without a value.
func cookieFlag(ck *conf.Cookie, word string) bool {
	switch word {
	case "indirect":
		ck.Indirect = true
	case "nocache":
		ck.NoCache = true
	case "postonly":
		ck.PostOnly = true
	case "preserve":
		ck.Preserve = true
	case "httponly":
		ck.HTTPOnly = true
	case "secure":
		ck.Secure = true
	case "dynamic":
		ck.Dynamic = true
	default:
		return false
	}
	return true
}

// cookieValue reads the word at argument i, which has a value.
func cookieValue(c *conf.Context, ck *conf.Cookie, i int) bool {
	word, value := c.Text(i), c.Text(i+1)
	if value == "" {
		what := map[string]string{"domain": "<domain>", "maxidle": "<idletime> in seconds", "maxlife": "<lifetime> in seconds", "attr": "<value>"}[word]
		tightf(c, c.Arg+i, "'%s' expects %s as argument.", word, what)
		return false
	}
	switch word {
	case "domain":
		return cookieDomain(c, ck, i+1)
	case "attr":
		return cookieAttr(c, ck, i+1)
	}
	d, ok := duration(c, c.Arg+i+1, word, time.Second)
	if word == "maxidle" {
		ck.MaxIdle = d
	} else {
		ck.MaxLife = d
	}
	return ok
}

// cookieDomain: several domains are joined as HAProxy does.
func cookieDomain(c *conf.Context, ck *conf.Cookie, i int) bool {
	value := c.Text(i)
	if !strings.Contains(value, ".") {
		report(c, diag.Warning, diag.FormTight, c.Arg+i, "domain '%s' contains no embedded dot, this configuration may not work properly (see RFC6265#5.2.3).", value)
	}
	for k := 0; k < len(value); k++ {
		ch := value[k]
		if ch >= '0' && ch <= '9' || ch|0x20 >= 'a' && ch|0x20 <= 'z' || ch == '-' || ch == '_' || ch == '.' {
			continue
		}
		tightf(c, c.Arg+i, "character '%c' is not permitted in domain name '%s'.", ch, value)
		return false
	}
	if ck.Domain != "" {
		ck.Domain += "; domain="
	}
	ck.Domain += value
	return true
}

func cookieAttr(c *conf.Context, ck *conf.Cookie, i int) bool {
	value := c.Text(i)
	for k := 0; k < len(value); k++ {
		if ch := value[k]; ch < ' ' || ch == 0x7f || ch == ';' {
			tightf(c, c.Arg+i, "character '%%x%02X' is not permitted in attribute value.", ch)
			return false
		}
	}
	ck.Attrs = append(ck.Attrs, value)
	return true
}

// deprecatedDispatch is the warning of 3.3 about dispatch.
func deprecatedDispatch(c *conf.Context) {
	report(c, diag.Warning, diag.FormTight, 0, "'dispatch' is deprecated in 3.3 and will be removed in 3.5. "+
		"The modern way to do the same is to create a server with the same address, and possibly to assign any extra server a weight of zero if any:\n"+
		"    server dispatch %s\n"+
		"Note that it is still possible to silence this warning by setting 'expose-deprecated-directives' in the 'global' section, "+
		"but do not wait to fix your configuration!", c.Text(0))
}

// appsession refuses what HAProxy gave up in 1.6.
func appsession(c *conf.Context) {
	c.Alertf(0, "'%s' is not supported anymore since HAProxy 1.6.", c.Name())
}

// persist reads "persist rdp-cookie[(<name>)]". Manual 4.2.
func persist(c *conf.Context) {
	if c.Text(0) == "" {
		c.Alertf(c.Arg, "missing persist method.")
		return
	}
	arg, ok := strings.CutPrefix(c.Text(0), "rdp-cookie")
	switch {
	case !ok:
		c.Alertf(c.Arg, "unknown persist method.")
	case arg != "" && (arg[0] != '(' || strings.IndexByte(arg, ')') < 2):
		c.Alertf(c.Arg, "persist rdp-cookie(name)' requires an rdp cookie name.")
	default:
		kept(c)
	}
}
