package acl

import (
	"fmt"
	"sort"
	"strconv"
	"strings"

	"segue/internal/cfg"
	"segue/internal/diag"
	"segue/internal/lb"
	"segue/internal/sample"
)

// Table is the named ACLs of one proxy. It is only used while a generation
// is linked, by one goroutine.
type Table struct {
	acls map[string]*ACL
	seen map[string]int // how often a pattern list's key has been given out
}

// NewTable returns a table without ACLs.
func NewTable() *Table { return &Table{acls: map[string]*ACL{}, seen: map[string]int{}} }

// builtins are the ACLs that need no declaration. Manual 7.4.
var builtins = map[string]string{
	"FALSE":          "always_false",
	"HTTP":           "req.proto_http",
	"HTTP_1.0":       "req.ver 1.0",
	"HTTP_1.1":       "req.ver 1.1",
	"HTTP_2.0":       "req.ver 2.0",
	"HTTP_3.0":       "req.ver 3.0",
	"HTTP_CONTENT":   "req.hdr_val(content-length) gt 0",
	"HTTP_URL_ABS":   "url_reg ^[^/:]*://",
	"HTTP_URL_SLASH": "url_beg /",
	"HTTP_URL_STAR":  "url *",
	"LOCALHOST":      "src 127.0.0.1/8 ::1",
	"METH_CONNECT":   "method CONNECT",
	"METH_DELETE":    "method DELETE",
	"METH_GET":       "method GET HEAD",
	"METH_HEAD":      "method HEAD",
	"METH_OPTIONS":   "method OPTIONS",
	"METH_POST":      "method POST",
	"METH_PUT":       "method PUT",
	"METH_TRACE":     "method TRACE",
	"RDP_COOKIE":     "req.rdp_cookie_cnt gt 0",
	"REQ_CONTENT":    "req.len gt 0",
	"TRUE":           "always_true",
	"WAIT_END":       "wait_end",
}

// Add compiles an "acl" line: words are the name, the keyword, flags and
// patterns. Lines of one name are OR-ed. Errors are of type *sample.Error, whose
// Word counts in words.
func (t *Table) Add(words []cfg.Word, sc *sample.Scope) error {
	if len(words) < 2 {
		return &sample.Error{Msg: "missing fetch method in ACL expression ''", Word: len(words)}
	}
	name := words[0].Text
	if i := strings.IndexFunc(name, badNameByte); i >= 0 {
		return &sample.Error{Msg: fmt.Sprintf("invalid character in ACL name : '%c'", name[i]), At: i, Len: 1}
	}
	e, err := compile(t, name, words, 1, sc)
	if err != nil {
		return err
	}
	a := t.acls[name]
	if a == nil {
		a = &ACL{name: name}
		t.acls[name] = a
	}
	a.exprs = append(a.exprs, e)
	return nil
}

// badNameByte tells what must not stand in names of proxies, servers and ACLs.
func badNameByte(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(".:_-", r))
}

// lookup returns a named or built-in ACL, or nil.
func (t *Table) lookup(name string, sc *sample.Scope) (*ACL, error) {
	if a := t.acls[name]; a != nil {
		return a, nil
	}
	text, ok := builtins[name]
	if !ok {
		return nil, t.unknown(name)
	}
	fields := strings.Fields(text)
	words := make([]cfg.Word, len(fields))
	for i := range fields {
		words[i].Text = fields[i]
	}
	e, err := compile(t, name, words, 0, sc)
	if err != nil {
		return nil, err
	}
	a := &ACL{name: name, exprs: []*expr{e}}
	t.acls[name] = a // as if it had been declared: more lines may follow
	return a, nil
}

// unknown is the error of a name that stands for nothing.
func (t *Table) unknown(name string) *sample.Error {
	known := make([]string, 0, len(t.acls)+len(builtins))
	for n := range t.acls {
		known = append(known, n)
	}
	for n := range builtins {
		known = append(known, n)
	}
	sort.Strings(known)
	e := &sample.Error{Msg: "no such ACL : '" + name + "'"}
	if s := diag.Suggest(name, known); s != "" {
		e.Hint = "did you mean '" + s + "' maybe ?"
	}
	return e
}

// Cond implements sample.ACLs, for the fetch "acl".
func (t *Table) Cond(names []string, sc *sample.Scope) (lb.Cond, error) {
	c := &Cond{suites: [][]term{nil}}
	for _, name := range names {
		bare := strings.TrimLeft(name, "!")
		a, err := t.lookup(bare, sc)
		if err != nil {
			return nil, fmt.Errorf("ACL '%s' not found", bare)
		}
		not := (len(name)-len(bare))%2 == 1
		c.suites[0] = append(c.suites[0], term{a, not})
	}
	return c, nil
}

// key is the identity of a pattern list over reloads: the proxy, the ACL, the
// expression and how many of that came before; "" where nothing tells.
func (t *Table) key(sc *sample.Scope, name, word string) string {
	if sc.Proxy == nil {
		return ""
	}
	k := sc.Proxy.Name + " " + name + " " + word
	t.seen[k]++
	return k + " " + strconv.Itoa(t.seen[k])
}
