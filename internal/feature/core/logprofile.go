package core

import (
	"slices"
	"strconv"
	"strings"

	"segue/internal/catalog"
	"segue/internal/cfg"
	"segue/internal/conf"
	"segue/internal/diag"
	"segue/internal/keyword"
)

// logProfileRow is the section that gives log targets formats of their own.
// Manual 8.3.5.
func logProfileRow() catalog.Section {
	word := func(name, args, text string) keyword.Doc {
		return keyword.Doc{Name: name, Args: args, Section: "8.3.5", Text: text}
	}
	return catalog.Section{
		Doc: word("log-profile", "<name>", "Declares formats for log targets, by what a line is written for."),
		Words: []keyword.Doc{
			word("log-tag", "<string>", "Sets the program name in the lines."),
			word("on", "<step> [drop] [format <fmt>] [sd <sd_fmt>]", "Sets the formats of a step, or leaves its lines out."),
		},
		Parse: logProfileSection,
	}
}

// soleName is the name of a section that takes one and nothing else; declared
// finds the head of an earlier section of that kind and name, nil for none. What
// is wrong is reported.
func soleName(c *conf.Context, s *cfg.Section, declared func(name string) *cfg.Line) (name string, ok bool) {
	name = s.Head.Text(1)
	switch r := badGUID(name); {
	case name == "":
		c.Diag.Alertf(s.Head.Pos(1), "missing name for %s section.", s.Kind)
		return "", false
	case r != "":
		c.Diag.Alertf(s.Head.Pos(1), "character '%s' is not permitted in '%s' name '%s'.", r, s.Kind, name)
		return "", false
	case s.Head.Len() > 2:
		c.Diag.Alertf(s.Head.Pos(2), "'%s' cannot handle unexpected argument '%s'.", s.Kind, s.Head.Text(2))
		return "", false
	}
	if old := declared(name); old != nil {
		msg := s.Kind + " section '" + name + "' has the same name as another " + s.Kind + " section declared at " + old.File + ":" + strconv.Itoa(old.Num) + "."
		c.Diag.Add(diag.Entry{Sev: diag.Alert, Pos: s.Head.Pos(1), Form: diag.FormFormat, Msg: msg})
		return "", false
	}
	return name, true
}

func logProfileSection(c *conf.Context, s *cfg.Section) {
	name, ok := soleName(c, s, func(name string) *cfg.Line {
		for _, p := range c.Model.LogProfiles {
			if p.Name == name {
				return &p.Line
			}
		}
		return nil
	})
	if !ok {
		return
	}
	p := &conf.LogProfile{Name: name, Line: s.Head}
	c.Model.LogProfiles = append(c.Model.LogProfiles, p)
	for i := range s.Lines {
		c.Line, c.Arg = &s.Lines[i], 1
		switch c.Line.Text(0) {
		case "log-tag":
			if c.Text(0) == "" {
				c.Alertf(c.Arg, "'log-tag' expects a tag for use in syslog.")
				continue
			}
			spare(c, 1)
			p.Tag = c.Text(0)
		case "on":
			profileStep(c, p)
		default:
			unknownWord(c, s.Kind, firstWords(logProfileRow().Words))
		}
	}
}

// profileStep reads "on <step> ...": the last line of a step holds.
func profileStep(c *conf.Context, p *conf.LogProfile) {
	origin, ok := conf.ParseLogOrigin(c.Text(0))
	if !ok {
		tightf(c, c.Arg, "'on' expects a log step.")
		return
	}
	on := "'on " + c.Text(0)
	step := &conf.LogStep{}
	for i := 1; i < c.NArgs() || i == 1; i++ {
		word := c.Text(i)
		var to **cfg.Line
		switch {
		case word == "drop" && i == 1:
			step.Drop = true
			if c.NArgs() > 2 && c.Text(2) != "format" && c.Text(2) != "sd" {
				c.Alertf(c.Arg+2, "%s' expects 'drop', 'format' or 'sd'.", on)
				return
			}
			continue
		case word == "format":
			to = &step.Format
		case word == "sd":
			to = &step.SD
		default:
			c.Alertf(c.Arg+min(i, max(c.NArgs()-1, 0)), "%s' expects 'drop', 'format' or 'sd'.", on)
			return
		}
		if c.Text(i+1) == "" {
			c.Alertf(c.Arg+i, "%s %s' expects a logformat string.", on, word)
			return
		}
		i++
		*to = wordLine(c, c.Arg+i)
	}
	p.Steps[origin] = step
}

// logSteps reads "log-steps": names with commas, or "all".
func logSteps(c *conf.Context) {
	spare(c, 1)
	c.Proxy.LogSteps = 0
	if c.Text(0) == "all" {
		for o := conf.LogAccept; o <= conf.LogClose; o++ {
			c.Proxy.LogSteps |= 1 << o
		}
		return
	}
	names := conf.LogStepNames()
	for word := range strings.SplitSeq(c.Text(0), ",") {
		if word == "" {
			continue
		}
		if !slices.Contains(names, word) {
			c.Alertf(c.Arg, "invalid log step name (%s). Expected values are: %s", word, strings.Join(names, ", "))
			return
		}
		o, _ := conf.ParseLogOrigin(word)
		c.Proxy.LogSteps |= 1 << o
	}
}
