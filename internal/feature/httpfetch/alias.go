package httpfetch

import (
	"segue/internal/keyword"
	"segue/internal/sample"
)

// methods are the match methods that have ACL keywords of their own, with what
// they look for. "" is the plain keyword.
var methods = []struct{ suffix, method, text string }{
	{"", "str", "equals"},
	{"_beg", "beg", "begins with"},
	{"_dir", "dir", "has path elements"},
	{"_dom", "dom", "has domain labels"},
	{"_end", "end", "ends with"},
	{"_len", "len", "has a length of"},
	{"_reg", "reg", "matches a regular expression"},
	{"_sub", "sub", "contains"},
}

// aliasRows are the ACL keywords that stand for a fetch with a match method.
func aliasRows() []sample.Alias {
	var rows []sample.Alias
	for _, f := range []struct{ name, fetch string }{
		{"base", "base"}, {"cook", "req.cook"}, {"hdr", "req.hdr"}, {"path", "path"},
		{"scook", "res.cook"}, {"shdr", "res.hdr"}, {"url", "url"}, {"urlp", "urlp"},
	} {
		for _, m := range methods {
			rows = append(rows, alias(f.name+m.suffix, f.fetch, m.method, m.text))
		}
	}
	return append(rows,
		alias("method", "method", "str", "equals"),
		alias("req_ver", "req.ver", "str", "equals"),
		alias("resp_ver", "res.ver", "str", "equals"),
	)
}

func alias(name, fetch, method, what string) sample.Alias {
	return sample.Alias{Doc: keyword.Doc{Name: name, Section: section, Text: "True when " + fetch + " " + what + " a pattern."},
		Fetch: fetch, Method: method}
}
