package core

import (
	"errors"
	"strings"

	"segue/internal/catalog"
	"segue/internal/conf"
	"segue/internal/keyword"
	"segue/internal/unit"
)

// A shape is what the arguments of a word that does nothing must look like.
type shape uint8

const (
	free        shape = iota // anything
	flag                     // nothing
	one                      // at most one word
	integer1                 // one word, needed
	onOff                    // "on" or "off"
	eitherOnOff              // the same with another message
	size                     // a size
)

// keptRows lists the words of the global section that set up a feature that is
// not built yet, and those that tune memory
// pools, the poller and copying of HAProxy: these are built differently here,
// and the manual gives them no effect on what is served. Manual 3.
func keptRows() []catalog.Directive {
	groups := []struct {
		why   string
		shape shape
		words string
	}{
		{whyDevices, free, `51degrees-allow-unmatched 51degrees-cache-size 51degrees-data-file 51degrees-difference 51degrees-drift
			51degrees-property-name-list 51degrees-property-separator 51degrees-use-performance-graph 51degrees-use-predictive-graph
			deviceatlas-json-file deviceatlas-log-level deviceatlas-properties-cookie deviceatlas-separator wurfl-cache-size
			wurfl-data-file wurfl-information-list wurfl-information-list-separator`},
		{whyLoops, free, `debug.counters stress-level`},
		{"reading a file is never delayed", free, `force-cfg-parser-pause`},
		{"a loop that is slow is not reported", free, `warn-blocked-traffic-after`},
		{"times and memory of tasks are not counted yet", free, `profiling.memory profiling.tasks`},
		{"the process keeps the priority that it was started with", free, `tune.renice.runtime tune.renice.startup`},
		{"no allocation is made to fail", one, `tune.fail-alloc`},
		{"memory is limited by maxconn and tune.bufsize", one, `tune.buffers.limit`},
		{whyQUIC, free, `harden.reject-privileged-ports.quic tune.quic.be.cc.cubic-min-losses tune.quic.be.cc.hystart
			tune.quic.be.cc.max-frame-loss tune.quic.be.cc.max-win-size tune.quic.be.cc.reorder-ratio tune.quic.be.max-idle-timeout
			tune.quic.be.sec.glitches-threshold tune.quic.be.stream.data-ratio tune.quic.be.stream.max-concurrent
			tune.quic.be.stream.rxbuf tune.quic.be.tx.pacing tune.quic.be.tx.udp-gso tune.quic.cc-hystart
			tune.quic.cc.cubic.min-losses tune.quic.disable-tx-pacing tune.quic.disable-udp-gso tune.quic.fe.cc.cubic-min-losses
			tune.quic.fe.cc.hystart tune.quic.fe.cc.max-frame-loss tune.quic.fe.cc.max-win-size tune.quic.fe.cc.reorder-ratio
			tune.quic.fe.max-idle-timeout tune.quic.fe.sec.glitches-threshold tune.quic.fe.sec.retry-threshold
			tune.quic.fe.sock-per-conn tune.quic.fe.stream.data-ratio tune.quic.fe.stream.max-concurrent
			tune.quic.fe.stream.max-total tune.quic.fe.stream.rxbuf tune.quic.fe.tx.pacing tune.quic.fe.tx.udp-gso
			tune.quic.frontend.default-max-window-size tune.quic.frontend.max-data-size tune.quic.frontend.max-idle-timeout
			tune.quic.frontend.max-streams-bidi tune.quic.frontend.max-tx-mem tune.quic.frontend.stream-data-ratio tune.quic.listen
			tune.quic.max-frame-loss tune.quic.mem.tx-max tune.quic.reorder-ratio tune.quic.retry-threshold tune.quic.socket-owner
			tune.quic.zero-copy-fwd-send`},
		{whyLoops, flag, `no-memory-trimming noepoll noevports nogetaddrinfo nokqueue nopoll noreuseport tune.disable-fast-forward
			tune.disable-zero-copy-forwarding`},
		{whyH2, free, `h2-workaround-bogus-websocket-clients tune.h2.be.rxbuf tune.h2.fe.max-concurrent-streams tune.h2.fe.rxbuf
			tune.h2.header-table-size tune.h2.log-errors tune.h2.max-frame-size`},
		{whyClient, eitherOnOff, `httpclient.resolvers.disabled`},
		{whyLua, eitherOnOff, `tune.lua.log.loggers`},
		{"such a connection is always closed", flag, `h1-do-not-close-on-insecure-transfer-encoding`},
		{whyLoops, flag, `prealloc-fd`},
		{whyQUIC, flag, `limited-quic no-quic`},
		{whyThreads, free, `cpu-affinity cpu-map cpu-policy cpu-set max-threads-per-group thread-group thread-groups thread-hard-limit`},
		{whyCodes, free, `http-err-codes http-fail-codes`},
		{whyClient, free, `httpclient.resolvers.id httpclient.resolvers.prefer httpclient.timeout.connect`},
		{whyLua, free, `lua-load lua-load-per-thread lua-prepend-path tune.lua.bool-sample-conversion tune.lua.burst-timeout tune.lua.forced-yield tune.lua.log.stderr
			tune.lua.maxmem tune.lua.openlibs tune.lua.service-timeout tune.lua.session-timeout tune.lua.task-timeout`},
		{whyStatsFile, free, `shm-stats-file shm-stats-file-max-objects`},
		{whyCompression, free, `tune.comp.maxlevel tune.zlib.memlevel tune.zlib.windowsize`},
		{whyGlitches, free, `tune.glitches.kill.cpu-usage`},
		{whyTables, free, `tune.peers.max-updates-at-once`},
		{whyClient, integer1, `httpclient.retries`},
		{whyCompression, integer1, `maxzlibmem`},
		{whyGlitches, one, `tune.h1.be.glitches-threshold tune.h1.fe.glitches-threshold`},
		{whyH2, one, `tune.h2.be.glitches-threshold tune.h2.be.initial-window-size tune.h2.be.max-concurrent-streams
			tune.h2.be.max-frames-at-once tune.h2.fe.glitches-threshold tune.h2.fe.initial-window-size tune.h2.fe.max-frames-at-once
			tune.h2.fe.max-rst-at-once tune.h2.fe.max-total-streams tune.h2.initial-window-size tune.h2.max-concurrent-streams`},
		{"the limit is fixed", size, `tune.cli.max-payload-size`},
		{"it has no sockets without a connection but those of logs", size, `tune.rcvbuf.backend tune.rcvbuf.frontend tune.sndbuf.backend tune.sndbuf.frontend`},
		{whyLoops, eitherOnOff, `tune.sched.low-latency`},
		{whyLoops, free, `tune.chksize tune.epoll.mask-events tune.events.max-events-at-once
			tune.fd.edge-triggered tune.listener.default-shards tune.listener.multi-queue tune.max-rules-at-once
			tune.memory.hot-size tune.streams-elasticity tune.takeover-other-tg-connections`},
		{whyLoops, onOff, `tune.applet.zero-copy-forwarding tune.h1.zero-copy-fwd-recv tune.h1.zero-copy-fwd-send tune.h2.zero-copy-fwd-send
			tune.pt.zero-copy-forwarding`},
		{whyLoops, one, `tune.buffers.reserve tune.defaults.purge tune.ring.queues`},
		{whyLoops, size, `tune.bufsize.large tune.bufsize.small`},
		{whyTLS, eitherOnOff, `tune.ssl.keylog`},
		{whyTLS, flag, `noktls tune.ssl.force-private-cache`},
		{whyTLS, free, `acme.scheduler ca-base crt-base httpclient.ssl.ca-file httpclient.ssl.verify issuers-chain-path jwt.decrypt_alg_list
			jwt.decrypt_enc_list key-base ocsp-update.disable ocsp-update.httpproxy ocsp-update.maxdelay ocsp-update.mindelay
			ocsp-update.mode ssl-default-bind-ciphers ssl-default-bind-ciphersuites ssl-default-bind-client-sigalgs
			ssl-default-bind-curves ssl-default-bind-options ssl-default-bind-sigalgs ssl-default-server-ciphers
			ssl-default-server-ciphersuites ssl-default-server-client-sigalgs ssl-default-server-curves ssl-default-server-options
			ssl-default-server-sigalgs ssl-dh-param-file ssl-engine ssl-load-extra-del-ext ssl-load-extra-files ssl-mode-async
			ssl-passphrase-cmd ssl-propquery ssl-provider ssl-provider-path ssl-security-level ssl-server-verify
			ssl-skip-self-issued-ca tune.ssl.certificate-compression tune.ssl.default-dh-param tune.ssl.lifetime
			tune.ssl.ocsp-update.maxdelay tune.ssl.ocsp-update.mindelay`},
		{whyTLS, integer1, `maxsslconn tune.ssl.cachesize tune.ssl.capture-buffer-size tune.ssl.capture-cipherlist-size tune.ssl.hard-maxrecord
			tune.ssl.maxrecord tune.ssl.ssl-ctx-cache-size`},
	}
	shaped, featured := shapedWords(), featureWords()
	var rows []catalog.Directive
	for _, g := range groups {
		for _, name := range strings.Fields(g.words) {
			row := catalog.Directive{Doc: doc(name, g.shape.args(), "3", "Sets up a feature."), In: catalog.Global, Listed: name, Parse: g.shape.check}
			row.Effect, row.Why = keyword.Inert, g.why
			if parse := shaped[name]; parse != nil {
				row.Parse = parse
			}
			if parse := featured[name]; parse != nil {
				row.Parse = parse
			}
			switch {
			case g.why == whyLoops, name == "no-quic":
				row.Effect = keyword.Moot
			case strings.HasPrefix(name, "lua-load"):
				row.Effect = keyword.Unbuilt // the file may change what any rule does
			}
			rows = append(rows, row)
		}
	}
	return rows
}

// args is the shape as the manual would write it.
func (s shape) args() string {
	switch s {
	case flag:
		return ""
	case integer1:
		return "<number>"
	case onOff, eitherOnOff:
		return "{ on | off }"
	case size:
		return "<size>"
	}
	return "<value>"
}

// check is the parser of a word that does nothing: its arguments must be right
// all the same.
func (s shape) check(c *conf.Context) { s.fits(c) }

func (s shape) fits(c *conf.Context) bool {
	most := 1
	switch s {
	case free:
		return true
	case flag:
		most = 0
	}
	if !atMost(c, most) {
		return false
	}
	word := c.Text(0)
	switch s {
	case integer1, size:
		if word == "" {
			c.Alertf(c.Arg, "'%s' expects an integer argument.", c.Name())
			return false
		}
		n, err := unit.ParseSize(word)
		var se *unit.SizeError
		switch {
		case s != size:
		case errors.As(err, &se) && !se.Over:
			c.Alertf(c.Arg, "unexpected '%s' after size passed to '%s'", se.Rest(), c.Name())
			return false
		case n > 1<<32-1 || se != nil:
			c.Alertf(c.Arg, "unexpected '%s' after size passed to '%s'", word, c.Name())
			return false
		}
	case onOff:
		if word != "on" && word != "off" {
			c.Alertf(c.Arg, "'%s' expects 'on' or 'off'.", c.Name())
			return false
		}
	case eitherOnOff:
		if word != "on" && word != "off" {
			c.Alertf(c.Arg, "'%s' expects either 'on' or 'off' but got '%s'.", c.Name(), word)
			return false
		}
	}
	return true
}
