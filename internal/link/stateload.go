package link

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"segue/internal/diag"
	"segue/internal/lb"
	"segue/internal/serverstate"
)

// stateFiles reads each server state file once, at the start of a process that
// inherits no state.
type stateFiles struct {
	read func(string) ([]byte, error)
	seen map[string]serverstate.File
}

// loadState gives the new servers of px what their state file says. Whatever is
// wrong with the file costs a warning. Manual 4.2 "load-server-state-from-file".
func (l *linker) loadState(px *lb.Proxy) {
	name, file := l.stateOf(px)
	fileWins := l.m.Env["SEGUE_STATE_ADDRESSES"] == "file"
	for _, srv := range px.Servers {
		r := file[px.Name+"/"+srv.Name]
		if r == nil || !l.fresh[srv] {
			continue
		}
		if w := serverstate.Apply(srv, r, time.Now().Unix(), fileWins); w != "" {
			l.stateWarning(name, w)
		}
	}
}

// record is what the state file says of a server, nil for nothing.
func (l *linker) record(px *lb.Proxy, srv *lb.Server) *serverstate.Record {
	_, file := l.stateOf(px)
	return file[px.Name+"/"+srv.Name]
}

// stateOf reads the state file of a backend, nil if it has none.
func (l *linker) stateOf(px *lb.Proxy) (name string, f serverstate.File) {
	if px.Back == nil || l.states.read == nil {
		return "", nil
	}
	switch px.Conf.LoadState {
	case "global":
		name = l.m.Global.ServerStateFile
	case "local":
		if name = px.Conf.StateFile; name == "" {
			name = px.Name
		}
	}
	if name == "" {
		return "", nil
	}
	if base := l.m.Global.ServerStateBase; base != "" && !filepath.IsAbs(name) {
		name = filepath.Join(base, name)
	}
	return name, l.stateFile(name, px.Conf.LoadState)
}

func (l *linker) stateFile(name, kind string) serverstate.File {
	if f, ok := l.states.seen[name]; ok {
		return f
	}
	text, err := l.states.read(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		l.stateWarning(name, "cannot open "+kind+" server state file: "+err.Error())
	}
	var f serverstate.File
	if err == nil {
		var problems []string
		if f, problems = serverstate.Parse(text); len(problems) > 0 {
			l.stateWarning(name, "ignored: "+strings.Join(problems, "; "))
		}
	}
	if l.states.seen == nil {
		l.states.seen = map[string]serverstate.File{}
	}
	l.states.seen[name] = f
	return f
}

func (l *linker) stateWarning(name, msg string) {
	l.d.Add(diag.Entry{Sev: diag.Warning, Bare: true, Form: diag.FormHidden, Msg: "state file '" + name + "': " + msg})
}
