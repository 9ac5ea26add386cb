package link

import (
	"segue/internal/conf"
	"segue/internal/lb"
)

// checker is what makes the linking of a configuration that only is to be
// checked cheap: a validator runs beside the worker that serves, and what it
// takes comes on top. nil when the generation is to run.
type checker struct {
	srv   lb.ServerState // of all servers
	proxy lb.ProxyState  // of all sides of proxies
	bind  lb.BindState
}

// serverState finds or makes the state of a server. The servers of a check share
// one, unless something is derived from their addresses or a state file is
// compared with each.
func (l *linker) serverState(px *lb.Proxy, name string) (st *lb.ServerState, existed bool) {
	if l.check != nil && (px.Conf.Cookie == nil || !px.Conf.Cookie.Dynamic) {
		if _, file := l.stateOf(px); file == nil {
			return &l.check.srv, false
		}
	}
	return l.draft.Server(px.Name, name)
}

func (l *linker) proxyState(side, name string) *lb.ProxyState {
	if l.check != nil {
		return &l.check.proxy
	}
	return l.draft.Proxy(side, name)
}

func (l *linker) bindState(proxy, name string) *lb.BindState {
	if l.check != nil {
		return &l.check.bind
	}
	return l.draft.Bind(proxy, name)
}

// checked lets go of what was compiled of px: it had to be seen that it can be,
// and no other proxy asks for it.
func (l *linker) checked(px *lb.Proxy) {
	if l.check == nil {
		return
	}
	px.Rules, px.Switches, px.UseServers = conf.BySet[lb.Rule]{}, nil, nil
	px.Persist, px.Extra, px.Log, px.Errors, px.UniqueID = nil, nil, lb.LogPlan{}, nil, nil
	px.Conf.ForgetRules()
	for _, srv := range px.Servers {
		srv.Extra, srv.TLVs = nil, nil
	}
}
