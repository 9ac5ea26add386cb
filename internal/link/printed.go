package link

import (
	"bufio"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"segue/internal/catalog"
	"segue/internal/cfg"
	"segue/internal/diag"
	"segue/internal/hash"
	"segue/internal/process/flags"
)

// PrintConfig answers -dC: it writes the configuration as it is read, with
// variables expanded and conditions decided. Management manual, chapter 3.
func PrintConfig(w io.Writer, opt *flags.Options, stdin io.Reader, ix *catalog.Index, feature func(string) bool) *diag.List {
	d := &diag.List{}
	b := bufio.NewWriter(w)
	srcs := cfg.ReadSources(opt.Files, stdin, nil, d)
	p := newPrinter(b, opt.DumpConfigKey)
	cfg.Each(srcs, ReadOptions(Text{Env: Environ(opt.Files, opt.LocalPeer), Features: feature}, ix), d, p.section)
	b.Flush() //nolint:errcheck // a reader that left has seen enough
	return d
}

// A printer writes a configuration, with a key so that it can be given away.
type printer struct {
	w       io.Writer
	key     uint32 // 0: nothing is hidden
	numbers bool   // each line begins with its number
}

// newPrinter reads "[<key>][,line]", or "line"; what is no number is key 0, as in
// HAProxy.
func newPrinter(w io.Writer, arg string) *printer {
	first, rest, _ := strings.Cut(arg, ",")
	n, _ := strconv.ParseInt(first, 10, 64)
	return &printer{w: w, key: uint32(n), numbers: first == "line" || rest == "line"}
}

func (p *printer) section(s *cfg.Section) {
	p.line(&s.Head, "", p.head)
	for i := range s.Lines {
		p.line(&s.Lines[i], "\t", p.body)
	}
}

func (p *printer) line(l *cfg.Line, indent string, hidden func([]string) []string) {
	var words []string
	for i := range l.Len() {
		words = append(words, l.Text(i))
	}
	if p.key != 0 {
		words = hidden(words)
	}
	if p.numbers {
		fmt.Fprintf(p.w, "%d\t", l.Num) //nolint:errcheck // as in PrintConfig
	}
	fmt.Fprintf(p.w, "%s%s\n", indent, strings.Join(words, " ")) //nolint:errcheck // as above
}

// head is the head of a section with its name hidden.
func (p *printer) head(words []string) []string {
	if len(words) > 1 {
		words[1] = p.id(words[1])
	}
	return cut(words, 2)
}

// Which words of a line say nothing that is a secret: those of these directives
// as a whole, and the first two of the others. Of all other directives only the
// first word is printed. HAProxy prints more (the value of setenv, paths).
var (
	openLines = []string{"balance", "compression", "disabled", "enabled", "fullconn", "hash-type", "http-reuse", "id", "maxconn", "mode", "nbthread", "rate-limit", "retries", "size", "timeout", "total-max-size"}
	openTwo   = []string{"http-after-response", "http-check", "http-request", "http-response", "no", "option", "stick", "stick-table", "tcp-check", "tcp-request", "tcp-response"}
	namedTwo  = []string{"acl", "default_backend", "group", "use-server", "use_backend", "user"}
	addressed = []string{"mailer", "nameserver", "peer", "server"}
)

// body is a line of a section as it may be given away.
func (p *printer) body(words []string) []string {
	switch word := words[0]; {
	case slices.Contains(openLines, word), len(words) == 1:
		return words
	case slices.Contains(openTwo, word):
		return cut(words, 2)
	case slices.Contains(namedTwo, word):
		words[1] = p.id(words[1])
		if word == "acl" && len(words) > 2 {
			return cut(words, 3)
		}
		return cut(words, 2)
	case slices.Contains(addressed, word):
		words[1] = p.id(words[1])
		if len(words) > 2 {
			words[2] = p.address(words[2])
		}
		return cut(words, 3)
	case word == "bind", word == "log" && words[1] != "global":
		words[1] = p.address(words[1])
		return cut(words, 2)
	case word == "stats" && words[1] == "socket" && len(words) > 2:
		words[2] = p.address(words[2])
		return cut(words, 3)
	case word == "stats":
		return cut(words, 2)
	}
	return cut(words, 1)
}

// cut leaves the first n words and says that there were more.
func cut(words []string, n int) []string {
	if len(words) > n {
		return append(words[:n:n], "[...]")
	}
	return words
}

// hide is what stands for a text: the same as in the answers of a session with
// "set anon on" and this key.
func (p *printer) hide(text string) string {
	return fmt.Sprintf("%06x", hash.XXH32([]byte(text), p.key)&0xffffff)
}

func (p *printer) id(name string) string { return "ID(" + p.hide(name) + ")" }

// address is an address without what it names. Those of this machine alone stay.
func (p *printer) address(text string) string {
	host, port := text, ""
	if i := strings.LastIndexByte(text, ':'); i >= 0 {
		host, port = text[:i], text[i:]
	}
	a, err := netip.ParseAddr(strings.Trim(host, "[]"))
	switch {
	case host == "*" || host == "" || err == nil && (a.IsLoopback() || a.IsUnspecified()):
		return text
	case err != nil:
		return p.hide(text)
	case a.Is4():
		return "IPV4(" + p.hide(a.String()) + ")" + port
	}
	return "IPV6(" + p.hide(strings.Trim(host, "[]")) + ")" + port
}
