package sample

import (
	"fmt"
	"strings"

	"segue/internal/lb"
)

// resolve turns names of proxies and servers in args into references. fetch and
// conv are the words that take them (conv "" for the fetch's own).
func (sc *Scope) resolve(args []Arg, specs []ArgSpec, fetch, conv string) *Error {
	for i := range specs {
		a := &args[i]
		var what string
		switch specs[i].Type {
		case ArgFront, ArgBack:
			what = sc.resolveProxy(a, specs[i].Type)
		case ArgServer:
			what = sc.resolveServer(a)
		}
		if what != "" {
			place := sc.place(i, fetch, conv)
			return &Error{Msg: strings.Replace(what, "@", place, 1), Late: true}
		}
	}
	return nil
}

// place is the tail of messages about references: where the argument stands.
func (sc *Scope) place(arg int, fetch, conv string) string {
	kind, where := "sample fetch keyword", "in"
	if sc.acl {
		kind = "ACL keyword"
	} else if sc.Context != "" {
		where = "in " + sc.Context + " in"
	}
	if conv != "" {
		kind = "conversion keyword '" + conv + "' for " + kind
	}
	name := ""
	if sc.Proxy != nil {
		name = sc.Proxy.Name
	}
	if sc.Defaults != "" {
		name = sc.Defaults
	}
	return fmt.Sprintf("in arg %d of %s '%s' %s proxy '%s'", arg+1, kind, fetch, where, name)
}

// resolveProxy finds a frontend or backend; an empty name is the current proxy.
// The result is the message with "@" for the place, "" if it was found.
func (sc *Scope) resolveProxy(a *Arg, side ArgType) string {
	if a.Str == "" {
		if sc.Proxy == nil {
			return ""
		}
		a.Ref = sc.Proxy
		if side == ArgFront && sc.Proxy.Front == nil {
			return "proxy '" + sc.Proxy.Name + "', referenced @, has not frontend capability."
		}
		if side == ArgBack && sc.Proxy.Back == nil {
			return "proxy '" + sc.Proxy.Name + "', referenced @, has not backend capability."
		}
		return ""
	}
	if sc.Gen == nil {
		return ""
	}
	table, what := sc.Gen.Fronts, "frontend"
	if side == ArgBack {
		table, what = sc.Gen.Backs, "backend"
	}
	px := table[a.Str]
	if px == nil {
		return "unable to find " + what + " '" + a.Str + "' referenced @."
	}
	a.Ref = px
	if sc.Place != CLI {
		px.Named = true
	}
	return ""
}

// resolveServer finds "backend/server", or a server of the current proxy.
func (sc *Scope) resolveServer(a *Arg) string {
	if a.Str == "" {
		return "missing server name @."
	}
	px := sc.Proxy
	back, name, named := strings.Cut(a.Str, "/")
	if !named {
		name = a.Str
	} else if sc.Gen != nil {
		if px = sc.Gen.Backs[back]; px == nil {
			return "unable to find proxy '" + back + "' referenced @."
		}
	}
	if !named && sc.Defaults != "" {
		return "backend name must be set @."
	}
	if px == nil {
		return ""
	}
	var srv *lb.Server
	if srv = px.ByName[name]; srv == nil {
		return "unable to find server '" + name + "' in proxy '" + px.Name + "', referenced @."
	}
	a.Ref = srv
	if sc.Place != CLI {
		srv.Named = true
	}
	return ""
}
