package cfg

import "strings"

// A predicate is one word of conditions. eval gets exactly arity arguments;
// valid is false when it cannot make sense of the first.
type predicate struct {
	name  string
	arity int
	eval  func(c *condContext, args []string) (ok, valid bool)
}

// predicates, manual 2.4, in alphabetical order.
var predicates = [...]predicate{
	{"awslc_api_atleast", 1, func(c *condContext, a []string) (bool, bool) {
		cmp, valid := compareAWSLC(c.opt.AWSLCAPI, a[0])
		return cmp >= 0, valid
	}},
	{"awslc_api_before", 1, func(c *condContext, a []string) (bool, bool) {
		cmp, valid := compareAWSLC(c.opt.AWSLCAPI, a[0])
		return cmp < 0, valid
	}},
	{"defined", 1, func(c *condContext, a []string) (bool, bool) {
		_, ok := c.env[a[0]]
		return ok, true
	}},
	{"enabled", 1, func(c *condContext, a []string) (bool, bool) {
		return c.opt.Enabled != nil && c.opt.Enabled(a[0]), true
	}},
	{"feature", 1, func(c *condContext, a []string) (bool, bool) {
		return c.opt.Feature != nil && c.opt.Feature(a[0]), true
	}},
	{"openssl_version_atleast", 1, func(c *condContext, a []string) (bool, bool) {
		cmp, valid := compareOpenSSL(c.opt.OpenSSLVersion, a[0])
		return cmp >= 0 && c.opt.OpenSSLVersion != "", valid
	}},
	{"openssl_version_before", 1, func(c *condContext, a []string) (bool, bool) {
		cmp, valid := compareOpenSSL(c.opt.OpenSSLVersion, a[0])
		return cmp < 0 && c.opt.OpenSSLVersion != "", valid
	}},
	{"ssllib_name_startswith", 1, func(c *condContext, a []string) (bool, bool) {
		return strings.HasPrefix(c.opt.SSLLibName, a[0]), true
	}},
	{"streq", 2, func(_ *condContext, a []string) (bool, bool) { return a[0] == a[1], true }},
	{"strneq", 2, func(_ *condContext, a []string) (bool, bool) { return a[0] != a[1], true }},
	{"strstr", 2, func(_ *condContext, a []string) (bool, bool) { return strings.Contains(a[0], a[1]), true }},
	{"version_atleast", 1, func(c *condContext, a []string) (bool, bool) {
		return compareVersion(c.opt.Version, a[0]) >= 0, true
	}},
	{"version_before", 1, func(c *condContext, a []string) (bool, bool) {
		return compareVersion(c.opt.Version, a[0]) < 0, true
	}},
}

// findPredicate returns the predicate called name, or nil.
func findPredicate(name string) *predicate {
	for i := range predicates {
		if predicates[i].name == name {
			return &predicates[i]
		}
	}
	return nil
}
