package link

import (
	"errors"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"segue/internal/diag"
	"segue/internal/feature/stats"
	"segue/internal/lb"
	"segue/internal/serverstate"
)

// stateFiles reads each server state file once, at the start of a process that
// inherits no state.
type stateFiles struct {
	read func(string) ([]byte, error)
	seen map[string]*stateFile
}

type stateFile struct {
	servers serverstate.File
	cut     bool   // its end is missing
	lost    string // path of the first server that it says nothing of
	losses  int    // how many there are
}

// loadState gives the new servers of px what their state file says. Whatever is
// wrong with the file costs a warning. Manual 4.2 "load-server-state-from-file".
func (l *linker) loadState(px *lb.Proxy) {
	name, file := l.stateOf(px)
	fileWins := l.m.Env["SEGUE_STATE_ADDRESSES"] == "file"
	for _, srv := range px.Servers {
		if !l.fresh[srv] || file == nil {
			continue
		}
		r := file.servers[px.Name+"/"+srv.Name]
		if r == nil {
			file.lose(px.Name + "/" + srv.Name)
			continue
		}
		if w := serverstate.Apply(srv, r, time.Now().Unix(), fileWins); w != "" {
			l.stateWarning(name, w)
		}
	}
}

func (f *stateFile) lose(path string) {
	if f.losses++; f.losses == 1 {
		f.lost = path
	}
}

// cutStates warns about files that seem to end too early.
func (l *linker) cutStates() {
	for _, name := range slices.Sorted(maps.Keys(l.states.seen)) {
		f := l.states.seen[name]
		if f == nil || !f.cut || f.losses == 0 {
			continue
		}
		more := ""
		if f.losses > 1 {
			more = " and " + strconv.Itoa(f.losses-1) + " more"
		}
		l.stateWarning(name, "says nothing of server '"+f.lost+"'"+more+" and may be cut off: the empty line that ends 'show servers state' "+
			"is missing; maintenance and whatever else was set there at run time is lost")
	}
}

// record is what the state file says of a server, nil for nothing.
func (l *linker) record(px *lb.Proxy, srv *lb.Server) *serverstate.Record {
	_, file := l.stateOf(px)
	if file == nil {
		return nil
	}
	return file.servers[px.Name+"/"+srv.Name]
}

// stateOf reads the state file of a backend, nil if it has none.
func (l *linker) stateOf(px *lb.Proxy) (name string, f *stateFile) {
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

func (l *linker) stateFile(name, kind string) *stateFile {
	if f, ok := l.states.seen[name]; ok {
		return f
	}
	text, err := l.states.read(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		l.stateWarning(name, "cannot open "+kind+" server state file: "+err.Error())
	}
	var f *stateFile
	if err == nil {
		f = new(stateFile)
		var problems []string
		if f.servers, f.cut, problems = serverstate.Parse(text); len(problems) > 0 {
			l.stateWarning(name, "ignored: "+strings.Join(problems, "; "))
		}
	}
	if l.states.seen == nil {
		l.states.seen = map[string]*stateFile{}
	}
	l.states.seen[name] = f
	return f
}

func (l *linker) stateWarning(name, msg string) {
	l.d.Add(diag.Entry{Sev: diag.Warning, Bare: true, Form: diag.FormHidden, Msg: "state file '" + name + "': " + msg})
}

// preload gives counters what the stats-file says, at the start of a process.
// Whatever is wrong with it costs a warning. Manual 3.1 "stats-file".
func (l *linker) preload() {
	name := l.m.Global.StatsFile
	if name == "" || l.prev != nil {
		return
	}
	say := func(problem string) {
		l.d.Add(diag.Entry{Sev: diag.Warning, Bare: true, Form: diag.FormHidden, Msg: "config: " + problem})
	}
	text, err := l.open(name)
	if err != nil {
		say("Can't load stats-file '" + name + "': cannot open file.")
		return
	}
	stats.Load(l.gen, text, func(problem string) { say(problem + " file '" + name + "'.") })
}
