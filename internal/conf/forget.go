package conf

import "segue/internal/cfg"

// Forget drops the text of lines that have been compiled. Only messages about
// them needed it, and it is most of a large model. Lines keep their file and
// number; defaults sections stay as they are.
func (m *Model) Forget() {
	for _, p := range m.Proxies {
		forget(&p.Line)
		p.ForgetRules()
		for _, s := range p.Servers {
			forget(&s.Line)
		}
		for _, t := range p.Templates {
			forget(&t.Line)
		}
	}
}

// ForgetRules drops the lines of the proxy that have been compiled.
func (p *Proxy) ForgetRules() {
	p.ACLs, p.HTTPErrors, p.FirstLine = nil, nil, nil
	p.Rules = BySet[RuleLine]{}
	p.CheckLine, p.Balance.Line, p.DefaultBackendLine = nil, nil, nil
	p.Logs = nil
}

func forget(l *cfg.Line) { l.Raw, l.Words = "", nil }
