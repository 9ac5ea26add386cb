package core

import (
	"fmt"
	"maps"
	"net/http"

	"segue/internal/catalog"
	"segue/internal/cfg"
	"segue/internal/conf"
	"segue/internal/diag"
	"segue/internal/htx"
	"segue/internal/wire/h1"
)

func errorRows() []catalog.Directive {
	all := catalog.Proxies
	return []catalog.Directive{
		{Doc: doc("errorfile", "<code> <file>", "4.2", "Sends a file in place of an error page."), In: all, Listed: "errorfile", Parse: errorFile},
		{Doc: doc("errorfiles", "<name> [<code> ...]", "4.2", "Takes error pages from an http-errors section."), In: all, Listed: "errorfiles", Parse: errorFiles},
		{Doc: doc("errorloc", "<code> <url>", "4.2", "Redirects instead of an error page, with 302."), In: all, Listed: "errorloc", Parse: errorLoc(http.StatusFound)},
		{Doc: doc("errorloc302", "<code> <url>", "4.2", "Redirects instead of an error page, with 302."), In: all, Listed: "errorloc302", Parse: errorLoc(http.StatusFound)},
		{Doc: doc("errorloc303", "<code> <url>", "4.2", "Redirects instead of an error page, with 303."), In: all, Listed: "errorloc303", Parse: errorLoc(http.StatusSeeOther)},
		{Doc: doc("http-error", "status <code> [content-type <type>] [...]", "4.2", "Defines an error page in place."), In: all, Listed: "http-error", Parse: httpError},
	}
}

// errorStatus reads the status of argument i: one that the engine produces.
func errorStatus(c *conf.Context, i int, name string) (int, bool) {
	n, _ := leadingInt(c.Text(i))
	if paged(n) {
		return n, true
	}
	c.Alertf(c.Arg+i, "%s : status code '%d' not handled.", name, n)
	return 0, false
}

// paged says whether the engine has a page of the status.
func paged(status int) bool {
	switch status {
	case 200, 400, 401, 403, 404, 405, 407, 408, 410, 413, 414, 421, 422, 425, 429, 431, 500, 501, 502, 503, 504:
		return true
	}
	return false
}

func errorFile(c *conf.Context) {
	if c.NArgs() < 2 {
		c.Alertf(c.Arg, "errorfile : expects <status_code> and <file> as arguments.")
		return
	}
	if c.NArgs() > 2 {
		c.Alertf(c.Arg+2, "errorfile : expects exactly two arguments.")
		return
	}
	if r := readErrorFile(c, "errorfile"); r != nil {
		setError(&c.Proxy.ErrorFiles, r)
	}
}

// readErrorFile reads the file of an errorfile line, in a proxy or in an
// http-errors section. It must fit a buffer, or it could not be sent.
func readErrorFile(c *conf.Context, name string) *conf.ErrorReply {
	status, ok := errorStatus(c, 0, name)
	if !ok {
		return nil
	}
	data, err := c.ReadFile(c.Text(1))
	if err != nil {
		c.Alertf(c.Arg+1, "%s : error opening file '%s'.", name, c.Text(1))
		return nil
	}
	if limit := c.Model.Global.Tune.BufSize; len(data) > limit {
		c.Alertf(c.Arg+1, "%s : file '%s' exceeds the buffer size (%d bytes > %d bytes).", name, c.Text(1), len(data), limit)
		return nil
	}
	if len(data) > 0 { // an empty file ends the connection without an answer
		var h htx.Head
		if _, err := h1.ParsePage(&h, data); err != nil {
			c.Alertf(c.Arg+1, "%s : '%s': %v", name, c.Text(1), err)
			return nil
		}
	}
	return &conf.ErrorReply{Status: status, Raw: data, File: c.Text(1), Line: c.Line.Own()}
}

func setError(m *map[int]*conf.ErrorReply, r *conf.ErrorReply) {
	if *m == nil {
		*m = make(map[int]*conf.ErrorReply)
	}
	(*m)[r.Status] = r
}

// errorLoc is the parser of errorloc and its kin.
func errorLoc(code int) func(c *conf.Context) {
	return func(c *conf.Context) {
		if c.NArgs() < 2 {
			c.Alertf(c.Arg, "%s : expects <status_code> and <url> as arguments.", c.Name())
			return
		}
		if c.NArgs() > 2 {
			c.Alertf(c.Arg+2, "%s : expects exactly two arguments.", c.Name())
			return
		}
		if status, ok := errorStatus(c, 0, c.Name()); ok {
			setError(&c.Proxy.ErrorFiles, &conf.ErrorReply{Status: status, Location: c.Text(1), LocCode: code, Line: c.Line.Own()})
		}
	}
}

// errorFiles notes the section; which may stand further down: check copies
// its pages when all has been read.
func errorFiles(c *conf.Context) {
	if c.Text(0) == "" {
		c.Alertf(c.Arg, "errorfiles : expects <name> as argument.")
		return
	}
	ref := conf.ErrorFilesRef{Line: c.Line.Own(), Name: c.Text(0), Over: maps.Clone(c.Proxy.ErrorFiles)}
	for i := 1; i < c.NArgs(); i++ {
		status, ok := errorStatus(c, i, "errorfiles")
		if !ok {
			return
		}
		ref.Codes = append(ref.Codes, status)
	}
	c.Proxy.ErrorFilesRefs = append(c.Proxy.ErrorFilesRefs, ref)
}

func httpError(c *conf.Context) {
	for i := 0; c.Text(i) != "status"; i += 2 {
		if i >= c.NArgs() {
			c.Alertf(c.Arg, "http-error : expects at least a <status> as arguments.")
			return
		}
	}
	for i := 0; i+1 < c.NArgs(); i += 2 {
		if c.Text(i) != "status" {
			continue
		}
		// What is no status at all is reported with the rest of the line.
		if n, _ := leadingInt(c.Text(i + 1)); n >= 200 && n <= 599 && !paged(n) {
			c.Alertf(c.Arg+i+1, "http-error: status code '%d' not handled.", n)
			return
		}
		break
	}
	c.Proxy.HTTPErrors = append(c.Proxy.HTTPErrors, c.Rule(0))
}

// httpErrorsSection reads an http-errors section: errorfile lines only.
// Manual 10.
func httpErrorsSection(c *conf.Context, s *cfg.Section) {
	name := s.Name()
	if name == "" {
		c.Alertf(1, "missing name for http-errors section.")
		return
	}
	if old := c.Model.Errors[name]; old != nil {
		c.Alertf(1, "http-errors section '%s' already exists (declared at %s:%d).", name, old.Line.File, old.Line.Num)
		return
	}
	e := &conf.HTTPErrors{Name: name, Line: s.Head}
	c.Model.Errors[name] = e
	for i := range s.Lines {
		c.Line, c.Arg = &s.Lines[i], 1
		if c.Line.Text(0) != "errorfile" {
			c.Unknownf(0, []string{"errorfile"}, "unknown keyword '%s' in '%s' section", c.Line.Text(0), s.Kind)
			continue
		}
		if c.NArgs() != 2 {
			c.Alertf(c.Arg, "errorfile: expects <status_code> and <file> as arguments.")
			continue
		}
		if r := readErrorFile(c, "errorfile"); r != nil {
			setError(&e.Files, r)
		}
	}
}

// resolveErrorFiles copies pages from http-errors sections to the proxies that
// name them. The last line about a status wins.
func resolveErrorFiles(c *conf.Context, p *conf.Proxy) {
	var copied map[int]*conf.ErrorReply
	for _, ref := range p.ErrorFilesRefs {
		sec := c.Model.Errors[ref.Name]
		if sec == nil {
			c.Diag.Add(diag.Entry{Sev: diag.Alert, Bare: true, Form: diag.FormHidden, Pos: ref.Line.Pos(1), Msg: fmt.Sprintf(
				"proxy '%s': unknown http-errors section '%s' (at %s:%d).", p.Name, ref.Name, ref.Line.File, ref.Line.Num)})
			continue
		}
		for status, r := range sec.Files {
			if len(ref.Codes) > 0 && !containsInt(ref.Codes, status) {
				continue
			}
			if now := p.ErrorFiles[status]; now == nil || now == ref.Over[status] || now == copied[status] {
				setError(&p.ErrorFiles, r)
				setError(&copied, r)
			}
		}
	}
}

func containsInt(list []int, n int) bool {
	for _, v := range list {
		if v == n {
			return true
		}
	}
	return false
}
