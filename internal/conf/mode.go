package conf

// SwitchesMode reports whether a rule makes HTTP of the proxy's TCP
// connections: then it may have words that need mode http. Manual 4.4
// "switch-mode".
func (p *Proxy) SwitchesMode() bool {
	for _, r := range p.Rules.Of(TCPReqCont) {
		if w := r.Words(); len(w) > 0 && w[0].Text == "switch-mode" {
			return true
		}
	}
	return false
}
