package conf

import (
	"testing"

	"segue/internal/cfg"
)

func TestForgetDropsTextButNotPlaces(t *testing.T) {
	line := func(n int) cfg.Line {
		return cfg.Line{File: "lb.cfg", Num: n, Raw: "server s 1.2.3.4:80", Words: []cfg.Word{{Text: "server"}}}
	}
	p := &Proxy{Name: "b", Line: line(1), ACLs: []RuleLine{{Line: line(2)}}}
	p.SetDefaults()
	p.AddRule(HTTPReq, RuleLine{Line: line(3)})
	p.AddServer(&Server{Name: "s", Line: line(4)})
	def := &Proxy{Kind: "defaults", ACLs: []RuleLine{{Line: line(5)}}}
	m := &Model{Proxies: []*Proxy{p}, Defaults: []*Proxy{def}}
	m.Forget()
	if p.ACLs != nil || p.Rules.Of(HTTPReq) != nil || p.Server("s").Line.Words != nil || p.Server("s").Line.Raw != "" {
		t.Errorf("text is left: %+v", p)
	}
	if got := p.Server("s").Line.Pos(0); got.File != "lb.cfg" || got.Line != 4 {
		t.Errorf("the server's place = %v, want lb.cfg:4", got)
	}
	if len(def.ACLs) != 1 {
		t.Error("a defaults section was changed")
	}
}
