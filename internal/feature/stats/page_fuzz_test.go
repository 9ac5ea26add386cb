package stats

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"segue/internal/conf"
	"segue/internal/health"
)

// void are the elements without an end.
var void = []string{"meta", "link", "input"}

// wellFormed reports an element that is not closed in its turn, one that the
// page has no use for, and an attribute that could run a program.
func wellFormed(text string) error {
	var open []string
	z := html.NewTokenizer(strings.NewReader(text))
	for {
		kind := z.Next()
		tok := z.Token()
		switch kind {
		case html.ErrorToken:
			if len(open) > 0 {
				return fmt.Errorf("%v not closed", open)
			}
			return nil
		case html.StartTagToken:
			if !slices.Contains(elements, tok.Data) {
				return fmt.Errorf("a strange element %q", tok.Data)
			}
			for _, a := range tok.Attr {
				if strings.HasPrefix(a.Key, "on") && !strings.HasPrefix(a.Val, "for(const c of this.form") || !slices.Contains(attributes, a.Key) {
					return fmt.Errorf("a strange attribute %q", a)
				}
			}
			if !slices.Contains(void, tok.Data) {
				open = append(open, tok.Data)
			}
		case html.EndTagToken:
			if len(open) == 0 || open[len(open)-1] != tok.Data {
				return fmt.Errorf("</%s> ends %v", tok.Data, open)
			}
			open = open[:len(open)-1]
		case html.CommentToken, html.SelfClosingTagToken:
			return fmt.Errorf("a strange piece %q", tok)
		}
	}
}

var elements = strings.Fields(`html head meta title link style body h1 h2 h3 small p a div dl dt dd ul li b i em strong nav form label input select
	option optgroup section span table thead tbody tr th td`)

var attributes = strings.Fields(`lang charset name content rel href class role id tabindex title colspan rowspan type value size maxlength method
	action label aria-label onclick`)

// FuzzPage: nothing that comes from the configuration, a server or the request
// breaks out of its place.
func FuzzPage(f *testing.F) {
	for _, s := range []string{"plain", `"><script>alert(1)</script>`, "' onclick='x", "</title><b>", "a&amp;b", "\x00\xff\xc3\x28\u2028", "-->", "]]>", "\t\n\r", "`${x}`", "javascript:x"} {
		f.Add(s, s, s, s)
	}
	f.Add("n", "d", ";up?scope=%22%3E%3Cb%3E", "/s?a\"b")
	f.Fuzz(func(t *testing.T, name, desc, tail, uri string) {
		p, th := newPage(t, func(c *conf.Stats) {
			c.ShowLegends, c.ShowNode, c.ShowDesc, c.ShowModules = true, true, true, true
			c.NodeName, c.Desc, c.URI, c.Refresh = name, desc, "/"+uri, time.Second
		})
		g := th.Process.Gen.Load()
		for _, px := range g.Proxies {
			px.Name, px.Conf.Desc = name, desc
		}
		fe, be := g.Fronts["fe"], g.Backs["be"]
		fe.Conf.Binds[0].Name = name
		be.Conf.Cookie.Name = name
		srv := be.Servers[0]
		srv.Name, srv.Conf.Cookie, srv.Conf.GUID, srv.Track = name, desc, desc, be.Servers[1]
		be.Servers[1].Name = desc
		text := p.text(th, tail, true)
		if err := wellFormed(text); err != nil {
			t.Fatal(err)
		}
		doc, err := html.Parse(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if n := len(find(doc, "tr")); strings.Trim(tail, ";") == "" && n != 3*2+8 {
			t.Errorf("%d rows", n)
		}
		l := &line{kind: Server, px: be, srv: be.Servers[2], c: &be.Servers[2].State.Counters,
			check: health.View{Configured: true, Enabled: true, Status: health.L7Status, Desc: desc}}
		if err := wellFormed(string(p.row(nil, l, true))); err != nil {
			t.Fatal(err)
		}
		if got := string(appendHTML(nil, name)); html.UnescapeString(got) != strings.ToValidUTF8(name, "\uFFFD") && strings.IndexFunc(name, odd) < 0 {
			t.Errorf("%q is written %q", name, got)
		}
	})
}

// odd reports runes that the page does not write as they are.
func odd(c rune) bool { return c < ' ' || c >= 0x7f && c < 0xa0 || c == '\uFFFD' }
