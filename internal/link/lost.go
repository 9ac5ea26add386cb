package link

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"

	"segue/internal/lb"
)

// added is a server that a command has added.
type added struct{ backend, name string }

// maxLost bounds what a reload says of the run time's changes, in lines.
const maxLost = 20

// lost says what of the run time the new configuration throws away or overrides:
// the file is what counts, but not without a word. It runs before anything is
// adopted, under Process.Mu. came are the servers added to the process before.
func (l *linker) lost(came []added) (lines []string) {
	lines = l.lostServers(came)
	files := l.files.Lost()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		lines = append(lines, fmt.Sprintf("file '%s' has changed: %s set at run time %s gone.", name, plural(files[name], "entry", "entries"), is(files[name])))
	}
	for _, px := range l.gen.Proxies {
		for _, srv := range px.Servers {
			for _, what := range l.overridden(srv) {
				lines = append(lines, "server '"+px.Name+"/"+srv.Name+"': "+what+".")
			}
		}
	}
	if more := len(lines) - maxLost; more > 0 {
		lines = append(lines[:maxLost], fmt.Sprintf("... and %d more of the kind.", more))
	}
	return lines
}

// lostServers is a line for each backend that loses servers.
func (l *linker) lostServers(came []added) (lines []string) {
	if l.prev != nil {
		for _, px := range l.prev.Proxies {
			for _, srv := range px.Servers {
				if srv.Added() {
					came = append(came, added{px.Name, srv.Name})
				}
			}
		}
	}
	gone := map[string]int{}
	for _, a := range came {
		if px := l.gen.Backs[a.backend]; px == nil || px.ByName[a.name] == nil {
			gone[a.backend]++
		}
	}
	for _, name := range slices.Sorted(maps.Keys(gone)) {
		lines = append(lines, fmt.Sprintf("backend '%s': %s added at run time %s not in the new file and gone.", name,
			plural(gone[name], "server", "servers"), is(gone[name])))
	}
	return lines
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

func is(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// overridden says what commands have set of a server and the changed line of the
// configuration sets anew: see adoptServer.
func (l *linker) overridden(srv *lb.Server) (what []string) {
	st, now := srv.State, configured(srv.Conf)
	st.Mu.Lock()
	old := st.Adopted
	st.Mu.Unlock()
	say := func(name, to, was string) {
		what = append(what, "the new file says "+name+" "+to+", and "+was+" that was set at run time is gone")
	}
	if w := int(st.Weight.Load()); old.Weight != now.Weight && w != old.Weight && w != now.Weight {
		say("weight", strconv.Itoa(now.Weight), strconv.Itoa(w))
	}
	if n := l.limitOf(srv); old.MaxConn != now.MaxConn && n >= 0 && n != int64(old.MaxConn) && n != int64(now.MaxConn) {
		say("maxconn", strconv.Itoa(now.MaxConn), strconv.FormatInt(n, 10))
	}
	if old.Addr != now.Addr || old.Port != now.Port {
		if to, was, ok := movedFrom(srv, old, now); ok {
			say("address", to, was)
		}
	}
	return what
}

// limitOf is the maxconn that holds for a server until now, -1 if the
// configuration's.
func (l *linker) limitOf(srv *lb.Server) int64 {
	if l.prev == nil {
		return srv.State.Limit
	}
	if px := l.prev.Backs[srv.Proxy.Name]; px != nil {
		if was := px.ByName[srv.Name]; was != nil && was.State == srv.State {
			return was.MaxConn.Load()
		}
	}
	return -1
}

// movedFrom tells where a command has put a server. Addresses that name servers
// gave are nobody's command.
func movedFrom(srv *lb.Server, old, now lb.ServerConf) (to, was string, ok bool) {
	to = now.Addr + ":" + strconv.Itoa(now.Port)
	if name := srv.State.FQDN.Load(); name != nil && !srv.FollowsSRV() {
		return to, *name, true
	}
	ip, err := netip.ParseAddr(old.Addr)
	at := srv.State.Addr.Load()
	if err != nil || at == nil {
		return "", "", false
	}
	was = at.String()
	return to, was, *at != netip.AddrPortFrom(ip, uint16(max(old.Port, 0))) && was != to
}
