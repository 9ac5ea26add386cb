package cfg

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unsafe"

	"segue/internal/diag"
)

// maxFatal is the number of errors after which the rest of a file is not read
// any more. The number is HAProxy's (parse_cfg in src/cfgparse.c).
const maxFatal = 50

// A reader carries what reading needs from line to line.
type reader struct {
	opt  *Options
	env  map[string]string // the environment at the current line
	d    *diag.List
	each func(*Section) // takes a section that is complete
	sec  *Section       // the current one, nil before the first of a file

	file    string
	num     int
	raw     string
	kind    string // section keyword, "" before the first section
	section string // what .SECTION is
	scope   string // the last "[scope]" of this file
	fatal   int    // errors in this file
	conds   []cond // open .if blocks, outermost first
	warned  bool   // the empty-argument advice has been given
	split   splitter
	grown   int  // bytes that variables have added to the lines so far
	stop    bool // memory is at stake: nothing more is read
}

// Read parses srcs in order into one tree, and reports all errors to d. The
// tree is usable for further checks even when there were errors.
func Read(srcs []Source, opt *Options, d *diag.List) *Tree {
	t := &Tree{}
	Each(srcs, opt, d, func(s *Section) { t.Sections = append(t.Sections, *s) })
	return t
}

// Each is Read for who needs a section at a time: each is called with every one
// as soon as it is complete, and owns it. A whole tree takes several times the
// memory of its text.
//
// A section ends with its file: lines before the first section keyword of a
// file are out of section, whatever the file before it ended with.
func Each(srcs []Source, opt *Options, d *diag.List, each func(*Section)) {
	if opt.Env == nil {
		opt.Env = make(map[string]string)
	}
	initial := maps.Clone(opt.Env)
	if changesEnv(srcs) {
		// HAProxy reads everything twice, first for the sake of the global
		// section, so that a variable set there is known in lines above it.
		// A variable that is unset later is still there above, though:
		// unlike HAProxy, we begin the second time with it.
		first := reader{opt: opt, env: opt.Env, d: &diag.List{}, each: func(*Section) {}}
		first.readAll(srcs)
		for name, value := range initial {
			if _, ok := opt.Env[name]; !ok {
				opt.Env[name] = value
			}
		}
	}
	r := reader{opt: opt, env: opt.Env, d: d, each: each}
	r.readAll(srcs)
}

// changesEnv reports whether an environment directive may be in srcs.
func changesEnv(srcs []Source) bool {
	return slices.ContainsFunc(srcs, func(s Source) bool {
		return bytes.Contains(s.Data, []byte("setenv")) // all four end so
	})
}

func (r *reader) readAll(srcs []Source) {
	r.split.env = r.lookup
	for _, s := range srcs {
		if r.stop {
			return
		}
		r.readSource(s)
		r.endSection()
	}
}

// readSource reads one file.
func (r *reader) readSource(s Source) {
	r.file, r.num, r.raw = s.Name, 0, ""
	r.kind, r.section, r.scope = "", "", ""
	r.fatal, r.conds = 0, r.conds[:0]
	// Nobody writes to a source. The words of a whole configuration lie in it.
	rest := unsafe.String(unsafe.SliceData(s.Data), len(s.Data))
	for rest != "" {
		r.num++
		line, tail, hasLF := strings.Cut(rest, "\n")
		r.raw, rest = line, tail
		if r.fatal >= maxFatal {
			r.alertf(r.here(0, 0), diag.FormTight, "too many fatal errors (%d), stopping now.", r.fatal)
			break
		}
		if nul := strings.IndexByte(line, 0); nul >= 0 {
			r.alertf(r.here(nul+1, 1), diag.FormTight, "Stray NUL character at position %d.", nul+1)
			continue
		}
		if !hasLF {
			// Fatal in HAProxy 3.4, where a truncated file is feared.
			r.d.Add(diag.Entry{Sev: diag.Warning, Form: diag.FormTight, Pos: r.here(len(line)+1, 0),
				Msg: fmt.Sprintf("Missing LF on last line, file might have been truncated at position %d.", len(line)+1)})
		}
		r.readLine()
		if r.stop {
			return
		}
	}
	if n := len(r.conds); n > 0 {
		r.d.Add(diag.Entry{Sev: diag.Alert, Form: diag.FormTight, Pos: diag.Pos{File: r.file, Line: r.num},
			Msg:  "non-terminated '.if' block.",
			Hint: fmt.Sprintf("the '.if' of line %d has no '.endif'", r.conds[n-1].num)})
	}
}

// readLine splits the current line and decides where it goes.
func (r *reader) readLine() {
	s := &r.split
	s.reset(r.raw)
	err := s.split()
	if r.grown += s.grown; err == nil && r.grown > maxGrown {
		err = &splitError{msg: msgLong, col: 1}
	}
	if err != nil && err.msg == msgLong {
		r.add(diag.Entry{Sev: diag.Alert, Pos: r.here(err.col, err.len), Form: diag.FormTight, Msg: msgLong + ".",
			Hint: fmt.Sprintf("variables may add %d bytes to a line, and %d to all lines", maxExpanded, maxGrown)})
		r.stop = true
		return
	}
	if err != nil {
		r.alertf(r.here(err.col, err.len), diag.FormTight, "%s at position %d:", err.msg, err.col)
		r.unreadable(s.words)
		return
	}
	if len(s.words) == 0 || s.words[0].Text == "" {
		return // HAProxy takes a line that begins with an empty word for an empty line
	}
	l := Line{File: r.file, Num: r.num, Raw: r.raw, Words: s.words[:len(s.words):len(s.words)]}
	if len(s.words) > maxWords {
		r.alertf(l.Pos(maxWords), diag.FormTight, "too many words, truncating after word %d, position %d: <%s>.",
			maxWords, s.words[maxWords].Col, s.words[maxWords].Text)
		l.Words = l.Words[:maxWords]
	}
	if r.conditional(&l) || r.skipping() {
		return
	}
	r.warnCut(s)
	if l.Text(0)[0] == '.' {
		r.message(&l)
		return
	}
	if !r.checkEmpty(&l, s.empty) || !r.checkModifier(&l) {
		return
	}
	r.place(l)
}

// warnCut reports text that the language drops in silence.
func (r *reader) warnCut(s *splitter) {
	if s.cutCR > 0 {
		r.d.Warnf(r.here(s.cutCR, 1), "the carriage return at position %d ends the line; what follows is ignored.", s.cutCR)
	}
	if s.cutNUL > 0 {
		r.d.Warnf(r.here(s.cutNUL, 0), "the word at position %d is cut short by '\\x00'.", s.cutNUL)
	}
}

// place starts a section with l or adds l to the current one.
func (r *reader) place(l Line) {
	word := l.Text(0)
	if word[0] == '[' {
		r.setScope(&l)
		return
	}
	if slices.Contains(r.opt.Sections, word) {
		r.endSection()
		r.kind, r.section = word, word
		if name := l.Text(1); name != "" {
			r.section = name
		}
		r.sec = &Section{Kind: word, Scope: r.scope, Head: l}
		return
	}
	if r.sec == nil {
		e := diag.Entry{Sev: diag.Alert, Form: diag.FormTight, Pos: l.Pos(0),
			Msg: fmt.Sprintf("unknown keyword '%s' out of section.", word)}
		if near := diag.Suggest(word, r.opt.Sections); near != "" {
			e.Hint = "did you mean '" + near + "' maybe ?"
		} else if strings.HasPrefix(word, "\xef\xbb\xbf") {
			e.Hint = "the file starts with a byte order mark; save it as UTF-8 without one"
		}
		r.add(e)
		return
	}
	r.sec.Lines = append(r.sec.Lines, l)
	if r.kind == "global" && isEnvDirective(word) {
		r.execEnv(&r.sec.Lines[len(r.sec.Lines)-1])
	}
}

// endSection hands the current section over.
func (r *reader) endSection() {
	if r.sec != nil {
		r.each(r.sec)
		r.sec = nil
	}
}

// setScope executes "[name]", which says whom the following sections of a
// filter's own file are for (SPOE.txt, 2.1).
func (r *reader) setScope(l *Line) {
	name, tail, _ := strings.Cut(l.Text(0)[1:], "]")
	if tail == "" {
		tail = l.Text(1)
	}
	switch {
	case name == "" || !strings.Contains(l.Text(0), "]"):
		r.alertf(l.Pos(0), diag.FormParsing, "empty scope name is forbidden.")
	case tail != "":
		r.alertf(l.Pos(1), diag.FormParsing, "character '%c' is not permitted after scope declaration.", tail[0])
	default:
		r.scope = name
	}
}

// checkEmpty refuses an empty argument, which would end the argument list.
// The environment directives have messages of their own for it.
func (r *reader) checkEmpty(l *Line, e emptyWord) bool {
	if e.col == 0 || e.index >= l.Len() || r.kind == "global" && isEnvDirective(l.Text(0)) {
		return true
	}
	msg := fmt.Sprintf("argument number %d at position %d is empty and marks the end of the argument list:", e.index, e.col)
	var hints []string
	if name := e.variable; name != "" {
		hint := "variable '" + name + "' is not set"
		if near := diag.Suggest(name, slices.Sorted(maps.Keys(r.env))); near != "" {
			hint += "; maybe you meant " + near + " instead ?"
		}
		hints = append(hints, hint)
	}
	if !r.warned {
		r.warned = true
		hints = append(hints, "Aborting to prevent all subsequent arguments from being silently ignored. "+
			"Write \"${NAME[*]}\" for a variable that may be empty (manual, section 2.3).")
	}
	r.add(diag.Entry{Sev: diag.Alert, Form: diag.FormTight, Pos: l.Pos(e.index), Msg: msg, Hint: strings.Join(hints, "\n  ")})
	return false
}

// modifiable are the directives that "no" and "default" may precede.
var modifiable = [...]string{"option", "log", "busy-polling", "set-dumpable", "strict-limits", "insecure-fork-wanted", "numa-cpu-mapping"}

// checkModifier refuses "no" and "default" where they mean nothing. The word
// itself stays in the line.
func (r *reader) checkModifier(l *Line) bool {
	if w := l.Text(0); w != "no" && w != "default" || slices.Contains(modifiable[:], l.Text(1)) {
		return true
	}
	e := diag.Entry{Sev: diag.Alert, Form: diag.FormTight, Pos: l.Pos(1), Msg: "negation/default currently supported only for options, log, " +
		"busy-polling, set-dumpable, strict-limits, insecure-fork-wanted and numa-cpu-mapping."}
	if l.Text(0) == "default" && (l.Len() == 1 || l.Text(1) == "from") {
		e.Hint = "did you mean 'defaults' maybe ?"
	}
	r.add(e)
	return false
}

// lookup resolves a variable at the current line.
func (r *reader) lookup(name string) (string, bool) {
	switch name {
	case pseudoFile:
		return r.file, true
	case pseudoLine:
		return strconv.Itoa(r.num), true
	case pseudoSection:
		return r.section, true
	}
	v, ok := r.env[name]
	return v, ok
}

// here is a place in the current line.
func (r *reader) here(col, n int) diag.Pos {
	return diag.Pos{File: r.file, Line: r.num, Text: r.raw, Col: col, Len: n}
}

func (r *reader) alertf(pos diag.Pos, form diag.Form, format string, args ...any) {
	r.add(diag.Entry{Sev: diag.Alert, Pos: pos, Form: form, Msg: fmt.Sprintf(format, args...)})
}

func (r *reader) add(e diag.Entry) {
	r.fatal++
	r.d.Add(e)
}
