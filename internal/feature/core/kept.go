package core

import (
	"errors"
	"strings"

	"segue/internal/catalog"
	"segue/internal/conf"
	"segue/internal/unit"
)

// A shape is what the arguments of a word that is only kept must look like.
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

// keptRows lists the words of the global section whose values wait as text in
// Global.Busy for the feature that they set up, and those that tune memory
// pools, the poller and copying of HAProxy: these are built differently here,
// and the manual gives them no effect on what is served. Manual 3.
func keptRows() []catalog.Directive {
	groups := []struct {
		parse func(c *conf.Context)
		shape shape
		words string
	}{
		{globalKeep, free, `51degrees-allow-unmatched 51degrees-cache-size 51degrees-difference 51degrees-drift 51degrees-property-name-list
			51degrees-property-separator 51degrees-use-performance-graph 51degrees-use-predictive-graph debug.counters
			deviceatlas-log-level deviceatlas-properties-cookie deviceatlas-separator tune.quic.be.cc.cubic-min-losses
			tune.quic.be.cc.hystart tune.quic.be.cc.max-frame-loss tune.quic.be.cc.max-win-size tune.quic.be.cc.reorder-ratio
			tune.quic.be.max-idle-timeout tune.quic.be.sec.glitches-threshold tune.quic.be.stream.data-ratio
			tune.quic.be.stream.max-concurrent tune.quic.be.stream.rxbuf tune.quic.be.tx.pacing tune.quic.be.tx.udp-gso
			tune.quic.cc-hystart tune.quic.cc.cubic.min-losses tune.quic.disable-tx-pacing tune.quic.disable-udp-gso
			tune.quic.fe.cc.cubic-min-losses tune.quic.fe.cc.hystart tune.quic.fe.cc.max-frame-loss tune.quic.fe.cc.max-win-size
			tune.quic.fe.cc.reorder-ratio tune.quic.fe.max-idle-timeout tune.quic.fe.sec.glitches-threshold
			tune.quic.fe.sec.retry-threshold tune.quic.fe.sock-per-conn tune.quic.fe.stream.data-ratio
			tune.quic.fe.stream.max-concurrent tune.quic.fe.stream.max-total tune.quic.fe.stream.rxbuf tune.quic.fe.tx.pacing
			tune.quic.fe.tx.udp-gso tune.quic.frontend.default-max-window-size tune.quic.frontend.max-data-size
			tune.quic.frontend.max-idle-timeout tune.quic.frontend.max-streams-bidi tune.quic.frontend.max-tx-mem
			tune.quic.frontend.stream-data-ratio tune.quic.listen tune.quic.max-frame-loss tune.quic.mem.tx-max
			tune.quic.reorder-ratio tune.quic.retry-threshold tune.quic.socket-owner tune.quic.zero-copy-fwd-send wurfl-cache-size
			wurfl-information-list wurfl-information-list-separator`},
		{globalAdvice, flag, `noepoll noevports nogetaddrinfo nokqueue nopoll noreuseport nosplice`},
		{globalKeep, free, `anonkey fd-hard-limit h2-workaround-bogus-websocket-clients`},
		{globalKeep, eitherOnOff, `httpclient.resolvers.disabled tune.lua.log.loggers`},
		{globalKeep, flag, `h1-do-not-close-on-insecure-transfer-encoding limited-quic prealloc-fd quiet zero-warning`},
		{globalKeep, free, `51degrees-data-file cpu-affinity cpu-map cpu-policy cpu-set deviceatlas-json-file dns-accept-family
			force-cfg-parser-pause harden.reject-privileged-ports.quic harden.reject-privileged-ports.tcp http-err-codes
			http-fail-codes httpclient.resolvers.id httpclient.resolvers.prefer httpclient.timeout.connect lua-load
			lua-load-per-thread lua-prepend-path max-threads-per-group shm-stats-file shm-stats-file-max-objects stats-file
			stress-level thread-group thread-groups thread-hard-limit tune.comp.maxlevel tune.glitches.kill.cpu-usage
			tune.h2.be.rxbuf tune.h2.fe.max-concurrent-streams tune.h2.fe.rxbuf tune.h2.header-table-size tune.h2.log-errors
			tune.h2.max-frame-size tune.lua.bool-sample-conversion tune.lua.burst-timeout
			tune.lua.forced-yield tune.lua.log.stderr tune.lua.maxmem tune.lua.openlibs tune.lua.service-timeout
			tune.lua.session-timeout tune.lua.task-timeout tune.peers.max-updates-at-once tune.zlib.memlevel tune.zlib.windowsize
			warn-blocked-traffic-after wurfl-data-file`},
		{globalKeep, integer1, `httpclient.retries maxzlibmem`},
		{globalKeep, one, `tune.h1.be.glitches-threshold tune.h1.fe.glitches-threshold tune.h2.be.glitches-threshold
			tune.h2.be.initial-window-size tune.h2.be.max-concurrent-streams tune.h2.be.max-frames-at-once
			tune.h2.fe.glitches-threshold tune.h2.fe.initial-window-size tune.h2.fe.max-frames-at-once tune.h2.fe.max-rst-at-once
			tune.h2.fe.max-total-streams tune.h2.initial-window-size tune.h2.max-concurrent-streams`},
		{globalKeep, size, `tune.cli.max-payload-size tune.notsent-lowat.client tune.notsent-lowat.server tune.rcvbuf.backend tune.rcvbuf.frontend
			tune.sndbuf.backend tune.sndbuf.frontend`},
		{globalAdvice, eitherOnOff, `tune.sched.low-latency`},
		{globalAdvice, flag, `no-memory-trimming tune.disable-fast-forward tune.disable-zero-copy-forwarding`},
		{globalAdvice, free, `no-quic profiling.memory profiling.tasks tune.chksize tune.epoll.mask-events tune.events.max-events-at-once
			tune.fd.edge-triggered tune.listener.default-shards tune.listener.multi-queue tune.max-rules-at-once
			tune.memory.hot-size tune.renice.runtime tune.renice.startup tune.streams-elasticity
			tune.takeover-other-tg-connections`},
		{globalAdvice, onOff, `tune.applet.zero-copy-forwarding tune.h1.zero-copy-fwd-recv tune.h1.zero-copy-fwd-send tune.h2.zero-copy-fwd-send
			tune.pt.zero-copy-forwarding`},
		{globalAdvice, one, `tune.buffers.limit tune.buffers.reserve tune.defaults.purge tune.fail-alloc tune.ring.queues`},
		{globalAdvice, size, `tune.bufsize.large tune.bufsize.small`},
		{tlsGlobal, eitherOnOff, `tune.ssl.keylog`},
		{tlsGlobal, flag, `noktls tune.ssl.force-private-cache`},
		{tlsGlobal, free, `acme.scheduler ca-base crt-base httpclient.ssl.ca-file httpclient.ssl.verify issuers-chain-path jwt.decrypt_alg_list
			jwt.decrypt_enc_list key-base ocsp-update.disable ocsp-update.httpproxy ocsp-update.maxdelay ocsp-update.mindelay
			ocsp-update.mode ssl-default-bind-ciphers ssl-default-bind-ciphersuites ssl-default-bind-client-sigalgs
			ssl-default-bind-curves ssl-default-bind-options ssl-default-bind-sigalgs ssl-default-server-ciphers
			ssl-default-server-ciphersuites ssl-default-server-client-sigalgs ssl-default-server-curves ssl-default-server-options
			ssl-default-server-sigalgs ssl-dh-param-file ssl-engine ssl-load-extra-del-ext ssl-load-extra-files ssl-mode-async
			ssl-passphrase-cmd ssl-propquery ssl-provider ssl-provider-path ssl-security-level ssl-server-verify
			ssl-skip-self-issued-ca tune.ssl.certificate-compression tune.ssl.default-dh-param tune.ssl.lifetime
			tune.ssl.ocsp-update.maxdelay tune.ssl.ocsp-update.mindelay`},
		{tlsGlobal, integer1, `maxsslconn tune.ssl.cachesize tune.ssl.capture-buffer-size tune.ssl.capture-cipherlist-size tune.ssl.hard-maxrecord
			tune.ssl.maxrecord tune.ssl.ssl-ctx-cache-size`},
	}
	var rows []catalog.Directive
	for _, g := range groups {
		for _, name := range strings.Fields(g.words) {
			rows = append(rows, catalog.Directive{Doc: doc(name, g.shape.args(), "3", "Kept as text for the feature that it sets up."),
				In: catalog.Global, Listed: name, Parse: g.shape.then(g.parse)})
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

// then checks the arguments and goes on with next if they are right.
func (s shape) then(next func(c *conf.Context)) func(c *conf.Context) {
	return func(c *conf.Context) {
		if s.fits(c) {
			next(c)
		}
	}
}

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
		_, err := unit.ParseSize(word)
		var se *unit.SizeError
		if s == size && errors.As(err, &se) && !se.Over {
			c.Alertf(c.Arg, "unexpected '%s' after size passed to '%s'", se.Rest(), c.Name())
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
