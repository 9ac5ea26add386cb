package conf

import (
	"maps"
	"slices"
	"time"
)

// SetDefaults sets what a proxy without a defaults section starts from.
func (p *Proxy) SetDefaults() {
	p.Mode = TCP
	p.Retries = 3
	p.MaxKAQueue = -1
	p.MaxSessConns = 5
	p.HTTPReuse = "safe"
	p.DefServer = new(ServerWords)
	p.DefServer.SetDefaults()
}

// SetDefaults sets what a server without words has. Manual 5.2.
func (w *ServerWords) SetDefaults() {
	w.Weight = 1
	w.MaxReuse = -1
	w.PoolMaxConn = -1
	w.PoolPurge = 5 * time.Second
	w.Inter = 2 * time.Second
	w.Rise, w.Fall = 2, 3
	w.AgentInter = 2 * time.Second
	w.ErrorLimit = 10
}

// Inherit makes p start as a copy of the defaults section from. Manual 4:
// a proxy's settings are those of its defaults until its own lines change
// them. Nothing is shared that a later line of p could write to.
//
// Rules and ACLs are not copied between defaults sections (manual 4,
// "defaults"): those of a section are for proxies only.
func (p *Proxy) Inherit(from *Proxy) {
	id := *p
	*p = *from
	p.Name, p.Kind, p.Line, p.Caps = id.Name, id.Kind, id.Line, id.Caps
	p.ID, p.GUID, p.Desc = 0, "", ""
	p.From = from.Name
	p.Binds, p.Servers, p.Templates, p.serverNames, p.Ignored = nil, nil, nil, nil, nil
	p.cloneSettings()
	if p.Caps&DefaultsCap != 0 {
		p.ACLs = nil
		p.Rules = BySet[RuleLine]{}
		return
	}
	p.ACLs = slices.Clone(p.ACLs)
	p.Rules = BySet[RuleLine]{}
	for set := range RuleSets {
		p.Rules.Set(set, slices.Clone(from.Rules.Of(set)))
	}
}

// cloneSettings replaces everything that p points at by a copy.
func (p *Proxy) cloneSettings() {
	p.RetryOn = slices.Clone(p.RetryOn)
	p.Balance.Args = slices.Clone(p.Balance.Args)
	p.Source = clone(p.Source)
	p.ForwardFor = clone(p.ForwardFor)
	p.OriginalTo = clone(p.OriginalTo)
	if p.Cookie != nil {
		c := *p.Cookie
		c.Attrs = slices.Clone(c.Attrs)
		p.Cookie = &c
	}
	p.ErrorFiles = maps.Clone(p.ErrorFiles)
	p.ErrorFilesRefs = slices.Clone(p.ErrorFilesRefs)
	p.HTTPErrors = slices.Clone(p.HTTPErrors)
	p.Logs = slices.Clone(p.Logs)
	p.Captures = slices.Clone(p.Captures)
	p.CookieCapture = clone(p.CookieCapture)
	if p.Stats != nil {
		s := *p.Stats
		s.Auth, s.Scope = slices.Clone(s.Auth), slices.Clone(s.Scope)
		p.Stats = &s
	}
	p.Extra = maps.Clone(p.Extra)
	p.FirstLine = maps.Clone(p.FirstLine)
}

// Clone returns a copy of w that shares nothing that parsing writes to.
func (w *ServerWords) Clone() *ServerWords {
	n := new(ServerWords)
	*n = *w
	n.CheckWords = maps.Clone(w.CheckWords)
	n.ProxyV2 = slices.Clone(w.ProxyV2)
	n.ProxyTLVs = slices.Clone(w.ProxyTLVs)
	n.InitAddr = slices.Clone(w.InitAddr)
	n.ResolveNets = slices.Clone(w.ResolveNets)
	n.Source = clone(w.Source)
	n.Extra = maps.Clone(w.Extra)
	return n
}

func clone[T any](p *T) *T {
	if p == nil {
		return nil
	}
	c := *p
	return &c
}
