package stats

import (
	"bytes"
	"encoding/base64"
	"net/url"
	"strconv"
	"strings"

	"segue/internal/conf"
	"segue/internal/htx"
	"segue/internal/lb"
	"segue/internal/stream"
)

// Page is the statistics page of a proxy with "stats" words. It is immutable;
// link makes it and puts it into Proxy.Extra under lb.StatsPage. Manual 4.2
// "stats enable".
type Page struct {
	px   *lb.Proxy
	conf *conf.Stats
	uri  []byte
	auth [][]byte // base64 of user:password
	deny *lb.Reply
}

var (
	_ lb.Interceptor = (*Page)(nil)
	_ lb.Service     = (*Page)(nil)
)

// NewPage makes the page of px, nil if it has none.
func NewPage(px *lb.Proxy) *Page {
	c := px.Conf.Stats
	if c == nil || !isHTTP(px.Mode) {
		return nil
	}
	p := &Page{px: px, conf: c, uri: []byte(c.URI)}
	for _, account := range c.Auth {
		p.auth = append(p.auth, []byte(base64.StdEncoding.EncodeToString([]byte(account))))
	}
	page := *stream.Page(401)
	page.Headers = []lb.ReplyHeader{{Name: "WWW-Authenticate", Text: `Basic realm="` + c.Realm + `"`}}
	page.Keep = true
	p.deny = &page
	return p
}

// Intercept implements lb.Interceptor: the rules of "stats http-request" and
// the accounts of "stats auth" decide who sees the page.
func (p *Page) Intercept(s *lb.Stream) bool {
	switch string(s.Req.Bytes(s.Req.Method)) {
	case "GET", "HEAD", "POST":
	default:
		return false // another method is for a server
	}
	target := s.Req.PathQuery()
	if !bytes.HasPrefix(target, p.uri) {
		return false
	}
	s.SetTerm('L', 'R')
	if s.Back == nil || s.Back == s.Front {
		s.Front.Front.Intercepted.Add(1)
	}
	rules := p.px.Rules.Of(conf.StatsHTTPReq)
	for i := range rules {
		r := &rules[i]
		if !r.Holds(s) {
			continue
		}
		switch r.Action.Exec(s) {
		case lb.Continue, lb.More:
			continue
		case lb.Stop:
			s.Service = p
			return true
		}
		s.Term[0] = 'P'
		return true
	}
	if len(p.auth) > 0 && !p.allowed(&s.Req) {
		s.Term[0] = 'P'
		s.Reply = p.deny
		return true
	}
	s.Service = p
	return true
}

// allowed says whether the request carries one of the accounts. RFC 7617.
func (p *Page) allowed(h *htx.Head) bool {
	v := h.Get(htx.Authorization, "authorization")
	scheme, token, ok := bytes.Cut(v, []byte{' '})
	if !ok || !bytes.EqualFold(scheme, []byte("basic")) {
		return false
	}
	token = bytes.TrimSpace(token)
	found := 0
	for _, a := range p.auth {
		found |= constantTimeEqual(a, token)
	}
	return found == 1
}

// words are what follows the URI: ";csv;norefresh".
type words struct {
	csv, json, typed bool
	schema           bool
	noRefresh        bool
	up, noMaint      bool
	result           string // of ";st=", what an action has come to
	scope            string // part of the names to show
}

func (p *Page) words(target []byte) (w words) {
	tail := string(target[len(p.uri):])
	for tail != "" {
		// Words stand behind ";", also in the query: "/?;csv;scope=b".
		sep := tail[0]
		end := strings.IndexAny(tail[1:], ";?&") + 1
		if end == 0 {
			end = len(tail)
		}
		name, value, _ := strings.Cut(tail[1:end], "=")
		tail = tail[end:]
		switch {
		case name == "scope" && (sep == ';' || sep == '?' || sep == '&'):
			w.scope = value
			if plain, err := url.QueryUnescape(value); err == nil {
				w.scope = plain // a browser's form writes ":" as "%3A"
			}
		case sep == ';':
			w.set(name, value)
		}
	}
	w.scope = w.scope[:min(len(w.scope), scopeLen)]
	return w
}

// set takes a word other than the scope.
func (w *words) set(name, value string) {
	switch name {
	case "csv":
		w.csv = true
	case "json":
		w.json = true
	case "json-schema":
		w.schema = true
	case "typed":
		w.typed = true
	case "norefresh":
		w.noRefresh = true
	case "up":
		w.up = true
	case "no-maint":
		w.noMaint = true
	case "st":
		w.result = value
	}
}

// Serve implements lb.Service.
func (p *Page) Serve(s *lb.Stream) bool {
	method := string(s.Req.Bytes(s.Req.Method))
	if method == "POST" {
		return p.post(s)
	}
	if !s.ReqBody.Done() {
		s.Flags |= lb.CloseClient
	}
	w := p.words(s.Req.PathQuery())
	f := filter{up: w.up, noMaint: w.noMaint, legends: p.conf.ShowLegends || w.csv || w.json || w.typed, scope: p.scope(w.scope)}
	out := newBody(s)
	if sec := int64(p.conf.Refresh.Seconds()); sec > 0 && !w.noRefresh {
		out.refresh = strconv.FormatInt(sec, 10)
	}
	switch {
	case w.schema:
		out.contentType = "application/json"
		out.buf = append(out.buf, schema...)
	case w.csv, w.json, w.typed:
		p.lines(out, &w, &f)
	default:
		p.html(out, &w, &f)
	}
	return out.finish()
}

func (p *Page) send(s *lb.Stream, r *lb.Reply) bool {
	return stream.Send(s, stream.ReplyHead(s, r))
}

// scope is what "stats scope" and the page's own filter leave to be shown.
func (p *Page) scope(part string) func(px *lb.Proxy) bool {
	if len(p.conf.Scope) == 0 && part == "" {
		return nil
	}
	part = strings.ToLower(part)
	return func(px *lb.Proxy) bool {
		if part != "" && !strings.Contains(strings.ToLower(px.Name), part) {
			return false
		}
		if len(p.conf.Scope) == 0 {
			return true
		}
		for _, name := range p.conf.Scope {
			if name == px.Name || name == "." && px.Name == p.px.Name {
				return true
			}
		}
		return false
	}
}

// lines answers with CSV, JSON or typed lines.
func (p *Page) lines(out *body, w *words, f *filter) {
	form := formatCSV
	out.contentType = "text/plain"
	switch {
	case w.json:
		form, out.contentType = formatJSON, "application/json"
	case w.typed:
		form = formatTyped
	}
	wr := newWriter(form, false)
	out.buf = wr.begin(out.buf)
	if walk(out.s.Thread, f, func(l *line) bool {
		out.buf = wr.line(out.buf, l)
		return out.flush()
	}) {
		out.buf = wr.end(out.buf)
	}
}

// admin says whether the request may change things. Manual 4.2 "stats admin".
func (p *Page) admin(s *lb.Stream) bool {
	if !p.conf.Admin {
		return false
	}
	rules := p.px.Rules.Of(conf.StatsAdmin)
	for i := range rules {
		if rules[i].Holds(s) {
			return true
		}
	}
	return false
}

// LogName is what logs show in place of a server. Manual 8.2.3.
func (p *Page) LogName() string { return "<STATS>" }
