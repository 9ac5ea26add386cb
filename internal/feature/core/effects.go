package core

import (
	"strings"

	"segue/internal/catalog"
	"segue/internal/keyword"
)

// An idleGroup is words that do nothing for one reason.
type idleGroup struct {
	effect keyword.Effect
	why    string
	words  string // names, separated by ", "
}

// Reasons that several groups have.
const (
	whyTLS         = "it has no TLS"
	whyH2          = "it has no HTTP/2"
	whyQUIC        = "it has no QUIC"
	whyTables      = "it has no stick tables and peers"
	whyLua         = "it has no Lua"
	whyLoops       = "it tunes a mechanism that does not exist here"
	whyDevices     = "it has no device detection"
	whyClient      = "it has no HTTP client"
	whyThreads     = "the system places the threads"
	whyCompression = "it has no compression"
	whyGlitches    = "glitches are not counted yet"
	whyStatsFile   = "counters are kept over reloads without a file"
	whyCodes       = "the classes of status codes are fixed"
	whyOneLoop     = "every loop accepts from every socket, and the system schedules the loops"
)

// idleDirectives lists the words of global and of the proxies that do not do
// what the manual says. Those that wait for a feature (keptRows) say so in
// their rows.
func idleDirectives() []idleGroup {
	return []idleGroup{
		{keyword.Inert, "events of a loop are taken and run as they come", "tune.idletimer, tune.maxpollevents, tune.recv_enough, tune.runqueue-depth"},
		{keyword.Inert, "idle connections are limited by pool-max-conn and pool-purge-delay alone", "tune.pool-high-fd-ratio, tune.pool-low-fd-ratio"},
		{keyword.Inert, "results of matches are not kept", "tune.pattern.cache-size"},
		{keyword.Inert, whyTables, "stick-table, tune.stick-counters"},
		{keyword.Inert, whyCompression, "compression, maxcompcpuusage, maxcomprate"},
		{keyword.Inert, whyTLS, "crt, maxsslrate, ssl-f-use, timeout client-hs"},
		{keyword.Inert, "it sends no mail", "email-alert"},
		{keyword.Inert, "it has no filters", "filter-sequence"},
		{keyword.Inert, "the header's command is chosen as the protocol says", "pp2-never-send-local"},
		{keyword.Inert, whyOneLoop, "numa-cpu-mapping"},
		{keyword.Inert, whyQUIC, "cluster-secret"},
		{keyword.Moot, "the counters are always current", "option contstats"},
		{keyword.Moot, "a request waits in no buffer larger than itself", "option use-small-buffers"},
		{keyword.Moot, whyLoops, "busy-polling"},
		{keyword.Moot, "relative names start at the current directory", "default-path"},
		{keyword.Moot, "data is never held back", "option http-no-delay"},
		{keyword.Moot, "an HTTP/1 listener does not turn to HTTP/2", "option disable-h2-upgrade"},
		{keyword.Unbuilt, "it has no FastCGI", "use-fcgi-app"},
		{keyword.Unbuilt, whyTables, "stick"},
		{keyword.Unbuilt, whyQUIC, "quic-initial"},
	}
}

// idleBindWords is the same for bind lines; the words of TLS say so in their
// rows.
func idleBindWords() []idleGroup {
	return []idleGroup{
		{keyword.Inert, "no statistics show labels, nor do those of HAProxy 3.4", "label"},
		{keyword.Inert, whyH2, "idle-ping"},
		{keyword.Inert, whyOneLoop, "thread"},
		{keyword.Moot, whyOneLoop, "shards"},
		{keyword.Moot, "connections of clients are HTTP/1", "proto"},
		{keyword.Moot, "streams are served in the order in which they become ready", "nice"},
		{keyword.Unbuilt, "it has no reverse HTTP", "nbconn"},
		{keyword.Unbuilt, whyTLS, "ssl"},
	}
}

// idleServerWords is the same for server lines.
func idleServerWords() []idleGroup {
	return []idleGroup{
		{keyword.Inert, whyTables, "non-stick, shard"},
		{keyword.Moot, whyTables, "stick"},
		{keyword.Moot, "connections to servers are HTTP/1", "proto, ws"},
		{keyword.Inert, whyH2, "idle-ping"},
		{keyword.Inert, whyTLS, "check-alpn, check-sni-auto, no-check-sni-auto"},
		{keyword.Unbuilt, whyTLS, "ssl, check-ssl"},
	}
}

// fillEffects marks the rows of the words above.
func fillEffects(f *catalog.Feature) {
	for _, t := range [...]struct {
		groups []idleGroup
		rows   func(set func(d *keyword.Doc))
	}{
		{idleDirectives(), func(set func(d *keyword.Doc)) {
			for i := range f.Directives {
				set(&f.Directives[i].Doc)
			}
		}},
		{idleBindWords(), func(set func(d *keyword.Doc)) {
			for i := range f.BindWords {
				set(&f.BindWords[i].Doc)
			}
		}},
		{idleServerWords(), func(set func(d *keyword.Doc)) {
			for i := range f.ServerWords {
				set(&f.ServerWords[i].Doc)
			}
		}},
	} {
		by := map[string]*idleGroup{}
		for i := range t.groups {
			for _, name := range strings.Split(t.groups[i].words, ", ") {
				by[name] = &t.groups[i]
			}
		}
		t.rows(func(d *keyword.Doc) {
			if g := by[d.Name]; g != nil {
				d.Effect, d.Why = g.effect, g.why
			}
		})
	}
}
