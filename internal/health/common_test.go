package health

import (
	"testing"

	"segue/internal/cfg"
	"segue/internal/conf"
	"segue/internal/diag"
)

// source is what "option httpchk" and one http-check line make.
func source(kind string, words ...string) *Source {
	l := cfg.Line{File: "f", Num: 1}
	for _, w := range words {
		l.Words = append(l.Words, cfg.Word{Text: w})
	}
	return &Source{Type: kind, HTTP: []conf.RuleLine{{Line: l}}}
}

func TestPlansAreSharedByWhatIsCheckedAlike(t *testing.T) {
	send := source("httpchk", "send", "uri", "/a")
	tests := []struct {
		name   string
		other  *Source
		plan   Plan // what compile makes
		speaks bool // compile has something to say
		shared bool
	}{
		{name: "the same words", other: source("httpchk", "send", "uri", "/a"), shared: true},
		{name: "another word", other: source("httpchk", "send", "uri", "/b")},
		{name: "other borders of words", other: source("httpchk", "send", "uri /a")},
		{name: "another kind", other: source("tcp-check", "send", "uri", "/a")},
		{name: "an expression", other: source("httpchk", "send", "uri", "/a"), plan: Plan{needs: true}},
		{name: "a warning, which each place gets", other: source("httpchk", "send", "uri", "/a"), speaks: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var d diag.List
			compile := func() *Plan {
				if tt.speaks {
					d.Warnf(diag.Pos{}, "odd")
				}
				p := tt.plan
				return &p
			}
			c := NewCommon(nil)
			first := c.plan(send, &Lang{Diag: &d}, compile)
			if got := c.plan(tt.other, &Lang{Diag: &d}, compile) == first; got != tt.shared {
				t.Errorf("shared = %v, want %v", got, tt.shared)
			}
			next := NewCommon(c)
			if got := next.plan(tt.other, &Lang{Diag: &d}, compile) == first; got != tt.shared {
				t.Errorf("in the next generation shared = %v, want %v", got, tt.shared)
			}
		})
	}
}

func TestPlansOfExternalChecksAreNotShared(t *testing.T) {
	c, compile := NewCommon(nil), func() *Plan { return new(Plan) }
	var lang Lang
	src := source("external-check")
	first := c.plan(src, &lang, compile)
	if c.plan(src, &lang, compile) == first {
		t.Error("shared, although the global section decides whether it is allowed")
	}
}

func TestPlansThatNobodyNeedsAreLetGo(t *testing.T) {
	var d diag.List
	lang := &Lang{Diag: &d}
	compile := func() *Plan { return new(Plan) }
	old := NewCommon(nil)
	was := old.plan(source("httpchk", "a"), lang, compile)
	next := NewCommon(old)
	next.plan(source("httpchk", "b"), lang, compile)
	next.Linked()
	if got := NewCommon(next).plan(source("httpchk", "a"), lang, compile); got == was {
		t.Error("a plan outlived a generation that did not use it")
	}
}
