package rule

import (
	"errors"
	"maps"
	"slices"

	"segue/internal/conf"
	"segue/internal/diag"
	"segue/internal/lb"
	"segue/internal/logfmt"
	"segue/internal/sample"
)

// CompileSwitch compiles a use_backend or a use-server line of sc.Proxy. A name
// without format items is resolved now, in sc.Gen or among the proxy's servers;
// any other is made when it is needed. Errors go to d.
func CompileSwitch(rl *conf.RuleLine, set conf.RuleSet, sc *sample.Scope, d *diag.List) (lb.Switch, bool) {
	own := *sc
	own.File, own.Line, own.Defaults = rl.Line.File, rl.Line.Num, rl.Def
	own.Context = "use_backend expression"
	c := switcher{rl: rl, set: set, sc: &own, d: d}
	var sw lb.Switch
	ok := c.condition(&sw) && c.name(&sw)
	return sw, ok
}

type switcher struct {
	rl  *conf.RuleLine
	set conf.RuleSet
	sc  *sample.Scope
	d   *diag.List
}

func (c *switcher) alert(word int, form diag.Form, msg, hint string) bool {
	c.d.Add(diag.Entry{Sev: diag.Alert, Form: form, Pos: c.rl.Line.Pos(c.rl.From + word), Msg: msg, Hint: hint})
	return false
}

// bare reports what HAProxy finds after reading, without a place; the place is
// kept for the caret. What the check of the whole model has said of the line
// is not said again.
func (c *switcher) bare(msg, hint string) bool {
	pos := c.rl.Line.Pos(c.rl.From)
	said := func(e diag.Entry) bool { return e.Msg == msg && e.Pos.File == pos.File && e.Pos.Line == pos.Line }
	if !slices.ContainsFunc(c.d.Entries(), said) {
		c.d.Add(diag.Entry{Sev: diag.Alert, Form: diag.FormHidden, Bare: true, Pos: pos, Msg: msg, Hint: hint})
	}
	return false
}

// condition compiles the words behind the name.
func (c *switcher) condition(sw *lb.Switch) bool {
	words := c.rl.Words()
	if len(words) == 0 || words[0].Text == "" {
		if c.set == conf.UseServer {
			return c.alert(0, diag.FormParsing, "'use-server' expects a server name.", "")
		}
		return c.alert(0, diag.FormParsing, "'use_backend' expects a backend name.", "")
	}
	if len(words) == 1 && c.set == conf.UseBackend {
		return true
	}
	if len(words) == 1 || !isCond(words[1].Text) {
		if c.set == conf.UseServer {
			return c.alert(1, diag.FormParsing, "'use-server' requires either 'if' or 'unless' followed by a condition.", "")
		}
		return c.alert(1, diag.FormParsing, "unexpected keyword '"+words[1].Text+
			"' after switching rule, only 'if' and 'unless' are allowed.", "")
	}
	cond, unless, err := compileCond(words[1:], c.sc, Place(c.set, c.sc.Proxy), func(word int, msg string) {
		c.d.Warnf(c.rl.Line.Pos(c.rl.From+1+word), "%s", msg)
	})
	if err != nil {
		var se *sample.Error
		if !errors.As(err, &se) {
			se = &sample.Error{Msg: err.Error()}
		}
		if se.Late {
			return c.alert(1+se.Word, diag.FormTight, se.Msg, se.Hint)
		}
		return c.alert(1+se.Word, diag.FormParsing, "error detected while parsing switching rule : "+se.Msg+".", se.Hint)
	}
	warnBytes(cond, c.sc.Proxy, c.rl.Line.Pos(c.rl.From+1), c.d)
	sw.Cond, sw.Unless = cond, unless
	return true
}

// name resolves or compiles the name.
func (c *switcher) name(sw *lb.Switch) bool {
	text := c.rl.Words()[0].Text
	f, err := logfmt.Compile(text, c.sc, logfmt.Options{Place: Place(c.set, c.sc.Proxy)})
	if err != nil {
		return c.badName(text, err)
	}
	name, constant := f.Constant()
	if !constant {
		sw.Name = f
		return true
	}
	px := c.sc.Proxy
	if c.set == conf.UseServer {
		if sw.Server = px.ByName[name]; sw.Server == nil {
			return c.bare(owner(px)+" : unable to find server '"+name+"' referenced in a 'use-server' rule.", near(name, px.ByName))
		}
		return true
	}
	sw.Back = c.sc.Gen.Backs[name]
	switch {
	case sw.Back == nil:
		return c.bare("Proxy '"+px.Name+"': unable to find required use_backend: '"+name+"'.", near(name, c.sc.Gen.Backs))
	case sw.Back == px:
		return c.bare("Proxy '"+px.Name+"': loop detected for use_backend: '"+name+"'.", "")
	}
	return true
}

// near hints at the known name that was probably meant.
func near[T any](name string, known map[string]T) string {
	return diag.Maybe(name, slices.Sorted(maps.Keys(known)))
}

// badName reports a name that is no log-format.
func (c *switcher) badName(text string, err error) bool {
	hint := ""
	var se *sample.Error
	if errors.As(err, &se) {
		hint = se.Hint
	}
	pos := c.rl.Line.Pos(c.rl.From)
	place := "Parsing [" + pos.File + ":" + itoa(pos.Line) + "]"
	msg := place + ": failed to parse use_backend rule '" + text + "' : " + err.Error() + "."
	if c.set == conf.UseServer {
		msg = place + "; use-server rule failed to parse log-format '" + text + "' : " + err.Error() + "."
	}
	c.d.Add(diag.Entry{Sev: diag.Alert, Form: diag.FormHidden, Bare: true, Pos: pos, Msg: msg, Hint: hint})
	return false
}
