package resolvers

import (
	"strings"

	"segue/internal/conf"
	"segue/internal/diag"
	"segue/internal/keyword"
	"segue/internal/lb"
	"segue/internal/resolve"
	"segue/internal/rule"
	"segue/internal/sample"
)

func doResolveRow() rule.Action {
	return rule.Action{
		Doc:    keyword.Doc{Name: "do-resolve", Args: "(<var>,<resolvers>[,ipv4|ipv6]) <expr>", Section: "4.4", Text: "Looks a name up and stores its address in a variable."},
		Sets:   rule.In(conf.TCPReqCont, conf.HTTPReq),
		Prefix: true, Parse: parseDoResolve,
	}
}

type doResolve struct {
	v        sample.Var
	resolver string
	v4       bool // is preferred
	name     *sample.Expr
}

const usage = "Expects 'do-resolve(<varname>,<resolvers>[,<options>]) <expr>'. Available options are 'ipv4' and 'ipv6'"

func parseDoResolve(p *rule.Parser) lb.Action {
	_, inner, open := strings.Cut(p.Name(), "(")
	inner, rest, closed := strings.Cut(inner, ")")
	args := strings.Split(inner, ",")
	if !open || !closed || rest != "" || len(args) < 2 || len(args) > 3 || len(args) == 3 && args[2] != "ipv4" && args[2] != "ipv6" {
		return p.Fail("Can't parse '%s'. "+usage, p.Name())
	}
	a := &doResolve{resolver: args[1], v4: len(args) == 3 && args[2] == "ipv4"}
	if p.Scope.Vars == nil {
		return p.Fail("Can't parse '%s'. "+usage, p.Name())
	}
	var err error
	if a.v, err = p.Scope.Vars.Var(args[0], p.Scope); err != nil {
		return p.Fail("%s", err)
	}
	if p.AtCond() {
		return p.Fail("Can't parse '%s': missing fetch method. "+usage, p.Peek())
	}
	if a.name = p.Expr(); a.name == nil {
		return nil
	}
	if p.Scope.Gen != nil && p.Scope.Gen.Conf != nil && p.Scope.Gen.Conf.ResolversNamed(a.resolver) == nil {
		p.Diag.Add(diag.Entry{Sev: diag.Alert, Bare: true, Form: diag.FormHidden, Pos: p.Line.Line.Pos(p.Line.From),
			Msg: "Proxy '" + p.Proxy.Name + "': Can't find resolvers section '" + a.resolver + "' for do-resolve action."})
	}
	return a
}

// Exec implements lb.Action. It waits for name servers, not for the client.
// Manual 4.4: any error leaves the variable unset.
func (a *doResolve) Exec(s *lb.Stream) lb.Verdict {
	name, ok := a.name.EvalString(s, nil)
	if !ok {
		return lb.Continue
	}
	ip, ok := resolve.Of(s.Thread.Process).Lookup(s.Thread, s.Task, a.resolver, string(name), a.v4)
	if !ok {
		return lb.Abort
	}
	if !ip.IsValid() {
		return lb.Continue
	}
	v := sample.Value{Type: sample.IPv6, IP: ip}
	if ip.Is4() {
		v.Type = sample.IPv4
	}
	a.v.Set(s, &v)
	return lb.Continue
}
