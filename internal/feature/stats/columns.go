package stats

import (
	"segue/internal/conf"
	"segue/internal/health"
	"segue/internal/lb"
)

// columns is the table, in the order of the reference: tools find columns by
// their position, too. "-" separates what proxies count from what protocols do.
func columns() []column {
	return append(append(proxyColumns(), timeColumns()...), protocolColumns()...)
}

func proxyColumns() []column {
	return append(trafficColumns(), stateColumns()...)
}

// trafficColumns are pxname to wredis.
func trafficColumns() []column {
	return []column{
		{name: "pxname", text: "Name of the proxy", in: al, tag: "KNSV", typ: "str", str: func(l *line) string { return l.px.Name }},
		{name: "svname", text: "FRONTEND, BACKEND, or the name of the server or listener", in: al, tag: "KNSV", typ: "str", str: objectName},
		{name: "qcur", text: "Streams that wait in the queue now", in: bs, tag: "MGPV", typ: "u32", num: queued},
		{name: "qmax", text: "Largest qcur so far", in: bs, tag: "MMPV", typ: "u32", num: func(l *line) int64 { return l.c.QueuedMax.Load() }},
		{name: "scur", text: "Current sessions", in: al, tag: "MGPV", typ: "u32", num: func(l *line) int64 { return l.c.Cur.Load() }},
		{name: "smax", text: "Largest scur so far", in: al, tag: "MMPV", typ: "u32", num: func(l *line) int64 { return l.c.CurMax.Load() }},
		{name: "slim", text: "Limit of sessions (maxconn, fullconn)", in: al, tag: "CLPV", typ: "u32", num: limit, when: func(l *line) bool { return l.kind != Server || l.srv.MaxConn.Load() > 0 }},
		{name: "stot", text: "Sessions so far", in: al, tag: "MCPP", typ: "u64", num: func(l *line) int64 { return l.c.CumSess.Load() }},
		{name: "bin", text: "Bytes of requests", in: al, tag: "MCPP", typ: "u64", num: bytesIn},
		{name: "bout", text: "Bytes of responses", in: al, tag: "MCPP", typ: "u64", num: bytesOut},
		{name: "dreq", text: "Requests denied by rules", in: px | li, tag: "MCPP", typ: "u64", num: func(l *line) int64 { return l.c.DeniedReq.Load() }},
		{name: "dresp", text: "Responses denied by rules", in: al, tag: "MCPP", typ: "u64", num: func(l *line) int64 { return l.c.DeniedResp.Load() }},
		{name: "ereq", text: "Requests that were invalid or did not arrive whole", in: fl, tag: "MCPP", typ: "u64", num: func(l *line) int64 { return l.c.FailedReq.Load() }},
		{name: "econ", text: "Connections to servers that failed", in: bs, tag: "MCPP", typ: "u64", num: func(l *line) int64 { return l.c.FailedConn.Load() }},
		{name: "eresp", text: "Responses that were invalid or did not arrive whole", in: bs, tag: "MCPP", typ: "u64", num: func(l *line) int64 { return l.c.FailedResp.Load() }},
		{name: "wretr", text: "Attempts after a failed connection", in: bs, tag: "MCPP", typ: "u64", num: func(l *line) int64 { return l.c.Retries.Load() }},
		{name: "wredis", text: "Streams sent to another server after a failed connection", in: bs, tag: "MCPP", typ: "u64", num: func(l *line) int64 { return l.c.Redispatches.Load() }},
	}
}

// stateColumns are status to req_tot.
func stateColumns() []column {
	return append([]column{
		{name: "status", text: "State (OPEN, UP, DOWN, NOLB, MAINT ...)", in: al, tag: "SGPV", typ: "str", str: status},
		{name: "weight", text: "Effective weight", in: bs, tag: "MaPV", typ: "u32", num: weight},
		{name: "act", text: "Active servers; 1 for an active server", in: bs, tag: "SGPV", typ: "u32", num: active},
		{name: "bck", text: "Backup servers; 1 for a backup server", in: bs, tag: "SGPV", typ: "u32", num: backup},
		{name: "chkfail", text: "Failed checks", in: sv, tag: "MCPP", typ: "u64", num: func(l *line) int64 { return l.check.Fails }, when: func(l *line) bool { return l.check.Enabled }},
		{name: "chkdown", text: "Changes from UP to DOWN", in: bs, tag: "MCPP", typ: "u64", num: downs, when: func(l *line) bool { return l.kind == Backend || l.check.Enabled }},
		{name: "lastchg", text: "Seconds since the last change of state", in: bs, tag: "MAPP", typ: "u32", num: lastChange},
		{name: "downtime", text: "Seconds spent DOWN", in: bs, tag: "MCPV", typ: "u32", num: downtime, when: func(l *line) bool {
			return l.kind == Backend && len(l.px.Servers) > 0 || l.kind == Server && l.check.Enabled
		}},
		{name: "qlimit", text: "Limit of the queue (maxqueue)", in: sv, tag: "CGSV", typ: "u32", num: func(l *line) int64 { return int64(l.srv.Conf.MaxQueue) }, when: func(l *line) bool { return l.srv.Conf.MaxQueue > 0 }},
		{name: "pid", text: "Number of the process, 1", in: al, tag: "KGPV", typ: "u32", num: func(*line) int64 { return 1 }},
		{name: "iid", text: "Id of the proxy", in: al, tag: "KGSV", typ: "u32", num: func(l *line) int64 { return int64(l.px.ID) }},
		{name: "sid", text: "Id of the server or listener", in: al, tag: "KGSV", typ: "u32", num: objectID},
		{name: "throttle", text: "Percentage of its weight during slowstart", in: sv, tag: "MaPV", typ: "u32", num: throttle, when: func(l *line) bool { return lb.Oper(l.srv.State.Oper.Load()) == lb.Starting && l.srv.Usable() }},
		{name: "lbtot", text: "Times that load balancing chose it", in: bs, tag: "MCPP", typ: "u64", num: func(l *line) int64 { return l.c.LBTotal.Load() }},
		{name: "tracked", text: "Server whose state it follows", in: sv, tag: "CNSV", typ: "str", str: tracked, when: func(l *line) bool { return l.srv.Track != nil }},
		{name: "type", text: "0 frontend, 1 backend, 2 server, 3 listener", in: al, tag: "CGSV", typ: "u32", num: func(l *line) int64 { return int64(l.kind) }},
		{name: "rate", text: "Sessions in the last second", in: px | sv, tag: "MRPP", typ: "u32", num: func(l *line) int64 { return l.rate(&l.c.SessRate) }},
		{name: "rate_lim", text: "Limit of sessions a second", in: fe, tag: "CLPV", typ: "u32", num: func(l *line) int64 { return int64(l.px.Conf.RateLimit) }},
		{name: "rate_max", text: "Largest rate so far", in: px | sv, tag: "MMPV", typ: "u32", num: func(l *line) int64 { return l.c.SessRateMax.Load() }},
	}, append(checkColumns(), httpColumns()...)...)
}

// checkColumns are check_status to check_duration.
func checkColumns() []column {
	return []column{
		{name: "check_status", text: "Outcome of the last check", in: sv, tag: "MOPV", typ: "str", str: func(l *line) string { return l.check.Column() }, when: checked},
		{name: "check_code", text: "Code of the last check (layer 5 to 7)", in: sv, tag: "MOPV", typ: "u32", num: func(l *line) int64 { return int64(uint32(l.check.Code)) }, when: func(l *line) bool { return checked(l) && l.check.Status.HasCode() }},
		{name: "check_duration", text: "Duration of the last check in ms", in: sv, tag: "MDPV", typ: "u64", num: func(l *line) int64 { return max(l.check.Duration, 0) }, when: func(l *line) bool { return checked(l) && l.check.Status >= health.Checked }},
	}
}

// httpColumns are hrsp_1xx to lastsess.
func httpColumns() []column {
	class := func(n int) func(l *line) int64 {
		return func(l *line) int64 { return l.c.Responses[n].Load() }
	}
	all := uint8(px | sv)
	return []column{
		{name: "hrsp_1xx", text: "Responses with status 100 to 199", in: all, tag: "MCPP", typ: "u64", num: class(1), when: httpOnly},
		{name: "hrsp_2xx", text: "Responses with status 200 to 299", in: all, tag: "MCPP", typ: "u64", num: class(2), when: httpOnly},
		{name: "hrsp_3xx", text: "Responses with status 300 to 399", in: all, tag: "MCPP", typ: "u64", num: class(3), when: httpOnly},
		{name: "hrsp_4xx", text: "Responses with status 400 to 499", in: all, tag: "MCPP", typ: "u64", num: class(4), when: httpOnly},
		{name: "hrsp_5xx", text: "Responses with status 500 to 599", in: all, tag: "MCPP", typ: "u64", num: class(5), when: httpOnly},
		{name: "hrsp_other", text: "Responses with any other status", in: all, tag: "MCPP", typ: "u64", num: class(0), when: httpOnly},
		{name: "hanafail", text: "Failures seen in traffic (observe)", in: sv, tag: "MCPP", typ: "u64", num: func(l *line) int64 { return l.totals.FailedHana }, when: observes},
		{name: "req_rate", text: "Requests in the last second", in: fe, tag: "MRPP", typ: "u32", num: func(l *line) int64 { return l.rate(&l.c.ReqRate) }},
		{name: "req_rate_max", text: "Largest req_rate so far", in: fe, tag: "MMPV", typ: "u32", num: func(l *line) int64 { return l.c.ReqRateMax.Load() }},
		{name: "req_tot", text: "Requests so far", in: all, tag: "MCPP", typ: "u64", num: func(l *line) int64 { return l.c.HTTPReq.Load() }, when: func(l *line) bool { return l.http() || l.kind == Frontend }},
		{name: "cli_abrt", text: "Transfers that the client ended early", in: bs, tag: "MCPP", typ: "u64", num: func(l *line) int64 { return l.c.CliAborts.Load() }},
		{name: "srv_abrt", text: "Transfers that the server ended early", in: bs, tag: "MCPP", typ: "u64", num: func(l *line) int64 { return l.c.SrvAborts.Load() }},
		{name: "comp_in", text: "Bytes given to the compressor", in: px, tag: "MCPP", typ: "u64", num: zero},
		{name: "comp_out", text: "Bytes that the compressor made", in: px, tag: "MCPP", typ: "u64", num: zero},
		{name: "comp_byp", text: "Bytes that went past the compressor", in: px, tag: "MCPP", typ: "u64", num: zero},
		{name: "comp_rsp", text: "Compressed responses", in: px, tag: "MCPP", typ: "u64", num: zero},
		{name: "lastsess", text: "Seconds since the last session, -1 = none yet", in: bs, tag: "MAPP", typ: "s32", num: lastSession},
		{name: "last_chk", text: "What the last check said", in: sv, tag: "MOPV", typ: "str", str: func(l *line) string { return l.check.Desc }, when: checked},
		{name: "last_agt", text: "What the agent said last", in: sv, tag: "MOPV", typ: "str", str: func(l *line) string { return l.agent.Desc }, when: agentOn},
	}
}

// timeColumns are qtime to resbout, without the protocols' own.
func timeColumns() []column {
	return append([]column{
		{name: "qtime", text: "Mean queue time in ms", in: bs, tag: "MaPV", typ: "u32", num: func(l *line) int64 { return l.mean(&l.c.QTime) }},
		{name: "ctime", text: "Mean connect time in ms", in: bs, tag: "MaPV", typ: "u32", num: func(l *line) int64 { return l.mean(&l.c.CTime) }},
		{name: "rtime", text: "Mean response time in ms", in: bs, tag: "MaPV", typ: "u32", num: func(l *line) int64 { return l.mean(&l.c.DTime) }},
		{name: "ttime", text: "Mean total time in ms", in: bs, tag: "MaPV", typ: "u32", num: func(l *line) int64 { return l.mean(&l.c.TTime) }},
		{name: "agent_status", text: "Outcome of the last agent check", in: sv, tag: "MOPV", typ: "str", str: func(l *line) string { return l.agent.Column() }, when: agentOn},
		{name: "agent_code", text: "Code of the last agent check", in: sv, tag: "MOPV", typ: "u32", num: func(l *line) int64 { return int64(l.agent.Code) }, when: func(l *line) bool { return agentOn(l) && l.agent.Status.HasCode() }},
		{name: "agent_duration", text: "Duration of the last agent check in ms", in: sv, tag: "MDPV", typ: "u64", num: func(l *line) int64 { return max(l.agent.Duration, 0) }, when: agentOn},
		{name: "check_desc", text: "check_status in words", in: sv, tag: "MOPV", typ: "str", str: func(l *line) string { return l.check.Status.Text() }, when: checked},
		{name: "agent_desc", text: "agent_status in words", in: sv, tag: "MOPV", typ: "str", str: func(l *line) string { return l.agent.Status.Text() }, when: agentOn},
		{name: "check_rise", text: "Good checks until UP", in: sv, tag: "CGSV", typ: "u32", num: func(l *line) int64 { return int64(l.check.Rise) }, when: checked},
		{name: "check_fall", text: "Failed checks until DOWN", in: sv, tag: "CGSV", typ: "u32", num: func(l *line) int64 { return int64(l.check.Fall) }, when: checked},
		{name: "check_health", text: "Health: below check_rise is DOWN", in: sv, tag: "CGSV", typ: "u32", num: func(l *line) int64 { return int64(l.check.Health) }, when: checked},
		{name: "agent_rise", text: "Good agent checks until UP", in: sv, tag: "CGSV", typ: "u32", num: func(l *line) int64 { return int64(l.agent.Rise) }, when: agentOn},
		{name: "agent_fall", text: "Failed agent checks until DOWN", in: sv, tag: "CGSV", typ: "u32", num: func(l *line) int64 { return int64(l.agent.Fall) }, when: agentOn},
		{name: "agent_health", text: "Health by the agent", in: sv, tag: "CGSV", typ: "u32", num: agentHealth, when: agentOn},
		{name: "addr", text: "Address and port", in: sv | li, tag: "CGSV", typ: "str", str: address, when: func(l *line) bool { return l.legends && address(l) != "" }},
		{name: "cookie", text: "Value or name of the persistence cookie", in: bs, tag: "CNSV", typ: "str", str: cookie, when: func(l *line) bool { return l.legends && cookie(l) != "" }},
		{name: "mode", text: "Protocol of the proxy", in: al, tag: "CGSV", typ: "str", str: func(l *line) string { return modeName(l.px.Mode) }},
		{name: "algo", text: "Balance algorithm", in: be, tag: "CGSV", typ: "str", str: algorithm, when: func(l *line) bool { return l.legends }},
	}, connColumns()...)
}

// connColumns are conn_rate to uweight.
func connColumns() []column {
	return append([]column{
		{name: "conn_rate", text: "Connections in the last second", in: fe, tag: "MRPP", typ: "u32", num: func(l *line) int64 { return l.rate(&l.c.ConnRate) }},
		{name: "conn_rate_max", text: "Largest conn_rate so far", in: fe, tag: "MMPV", typ: "u32", num: func(l *line) int64 { return l.c.ConnRateMax.Load() }},
		{name: "conn_tot", text: "Connections so far", in: fl, tag: "MCPP", typ: "u64", num: func(l *line) int64 { return l.c.CumConn.Load() }},
		{name: "intercepted", text: "Requests answered here (redirects, pages)", in: fe, tag: "MCPP", typ: "u64", num: func(l *line) int64 { return l.c.Intercepted.Load() }, when: httpOnly},
		{name: "dcon", text: "Connections denied by tcp-request connection", in: fl, tag: "MCPP", typ: "u64", num: func(l *line) int64 { return l.c.DeniedConn.Load() }},
		{name: "dses", text: "Sessions denied by tcp-request session", in: fl, tag: "MCPP", typ: "u64", num: func(l *line) int64 { return l.c.DeniedSess.Load() }},
		{name: "wrew", text: "Header changes that failed", in: al, tag: "MCPP", typ: "u64", num: func(l *line) int64 { return l.c.FailedRewrites.Load() }},
		{name: "connect", text: "Connections opened to servers", in: bs, tag: "MCPP", typ: "u64", num: func(l *line) int64 { return l.c.Connects.Load() }},
		{name: "reuse", text: "Connections to servers used again", in: bs, tag: "MCPP", typ: "u64", num: func(l *line) int64 { return l.c.Reused.Load() }},
		{name: "cache_lookups", text: "Look-ups in the cache", in: px, tag: "MCPP", typ: "u64", num: zero, when: httpOnly},
		{name: "cache_hits", text: "Answers from the cache", in: px, tag: "MCPP", typ: "u64", num: zero, when: httpOnly},
		{name: "srv_icur", text: "Idle connections that can be used again", in: sv, tag: "MGPV", typ: "u32", num: idleConns},
		{name: "src_ilim", text: "Limit of idle connections (pool-max-conn)", in: sv, tag: "CLPV", typ: "u32", num: func(l *line) int64 { return int64(l.srv.Conf.PoolMaxConn) }, when: func(l *line) bool { return l.srv.Conf.PoolMaxConn >= 0 }},
		{name: "qtime_max", text: "Largest queue time in ms", in: bs, tag: "MMPV", typ: "u32", num: func(l *line) int64 { return l.c.QTimeMax.Load() }},
		{name: "ctime_max", text: "Largest connect time in ms", in: bs, tag: "MMPV", typ: "u32", num: func(l *line) int64 { return l.c.CTimeMax.Load() }},
		{name: "rtime_max", text: "Largest response time in ms", in: bs, tag: "MMPV", typ: "u32", num: func(l *line) int64 { return l.c.DTimeMax.Load() }},
		{name: "ttime_max", text: "Largest total time in ms", in: bs, tag: "MMPV", typ: "u32", num: func(l *line) int64 { return l.c.TTimeMax.Load() }},
		{name: "eint", text: "Internal errors", in: al, tag: "MCPP", typ: "u64", num: func(l *line) int64 { return l.c.InternalErrors.Load() }},
		{name: "idle_conn_cur", text: "Idle connections whose reuse may fail", in: sv, tag: "MGPV", typ: "u32", num: freshConns},
		{name: "safe_conn_cur", text: "Idle connections that are safe to use", in: sv, tag: "MGPV", typ: "u32", num: safeConns},
		{name: "used_conn_cur", text: "Connections in use", in: sv, tag: "MGPV", typ: "u32", num: usedConns},
		{name: "need_conn_est", text: "Estimate of the connections needed", in: sv, tag: "MGPV", typ: "u32", num: neededConns},
		{name: "uweight", text: "Weight as set by configuration or operator", in: bs, tag: "MaPV", typ: "u32", num: userWeight},
		{name: "agg_server_status", text: "Servers by status, for metrics", in: be, tag: "MGPV", typ: "u32", num: zero},
		{name: "agg_server_check_status", text: "Old name of agg_server_status", in: be, tag: "MGPV", typ: "u32", num: zero},
		{name: "agg_check_status", text: "Servers by check status, for metrics", in: be, tag: "MGPV", typ: "u32", num: zero},
		{name: "srid", text: "Revision of a server's name", in: sv, tag: "MCPV", typ: "u32", num: zero},
	}, versionColumns()...)
}

// versionColumns are sess_other to resbout.
func versionColumns() []column {
	h1 := func(n func(l *line) int64) func(l *line) int64 {
		return func(l *line) int64 {
			if !l.http() {
				return 0
			}
			return n(l)
		}
	}
	sessions := func(l *line) int64 { return l.c.CumSess.Load() }
	return []column{
		{name: "sess_other", text: "Sessions of other protocols than HTTP", in: fe, tag: "MCPV", typ: "u64", num: func(l *line) int64 { return when(!l.http(), int(sessions(l))) }},
		{name: "h1sess", text: "HTTP/1 sessions", in: fe, tag: "MCPP", typ: "u64", num: h1(sessions)},
		{name: "h2sess", text: "HTTP/2 sessions", in: fe, tag: "MCPP", typ: "u64", num: zero},
		{name: "h3sess", text: "HTTP/3 sessions", in: fe, tag: "MCPP", typ: "u64", num: zero},
		{name: "req_other", text: "Requests of other protocols than HTTP", in: fe, tag: "MCPP", typ: "u64", num: zero},
		{name: "h1req", text: "HTTP/1 requests", in: fe, tag: "MCPP", typ: "u64", num: h1(func(l *line) int64 { return l.c.HTTPReq.Load() })},
		{name: "h2req", text: "HTTP/2 requests", in: fe, tag: "MCPP", typ: "u64", num: zero},
		{name: "h3req", text: "HTTP/3 requests", in: fe, tag: "MCPP", typ: "u64", num: zero},
		{name: "proto", text: "Transport of the listener", in: li, tag: "SGPV", typ: "str", str: func(l *line) string { return l.bind.proto }},
		{name: "priv_idle_cur", text: "Idle connections that belong to one client", in: sv, tag: "MGPV", typ: "u32", num: zero},
		{name: "reqbin", text: "Bytes of requests received", in: al, tag: "MCPP", typ: "u64", num: bytesIn},
		{name: "reqbout", text: "Bytes of requests sent", in: al, tag: "MCPP", typ: "u64", num: sentIn},
		{name: "resbin", text: "Bytes of responses received", in: al, tag: "MCPP", typ: "u64", num: bytesOut},
		{name: "resbout", text: "Bytes of responses sent", in: al, tag: "MCPP", typ: "u64", num: sentOut},
	}
}

// protocolColumns are those behind the "-".
func protocolColumns() []column {
	counter := func(name, text string, in uint8) column {
		return column{name: name, text: text, in: in, tag: "MCPV", typ: "u64", num: zero}
	}
	gauge := func(name, text string) column {
		return column{name: name, text: text, in: px, tag: "MGPV", typ: "u64", num: zero}
	}
	of := func(c column, front, back func(l *line) int64) column {
		c.num = func(l *line) int64 {
			switch {
			case !l.http():
				return 0
			case l.kind == Backend:
				return back(l)
			}
			return front(l)
		}
		return c
	}
	open := of(gauge("h1_open_connections", "HTTP/1 connections open now"), func(l *line) int64 { return l.c.Cur.Load() }, serverConns)
	conns := of(counter("h1_total_connections", "HTTP/1 connections so far", px), func(l *line) int64 { return l.c.CumConn.Load() }, func(l *line) int64 { return l.c.Connects.Load() })
	streams := of(counter("h1_total_streams", "HTTP/1 requests so far", px), func(l *line) int64 { return l.c.HTTPReq.Load() }, func(l *line) int64 { return l.c.Connects.Load() + l.c.Reused.Load() })
	in := of(counter("h1_bytes_in", "Bytes received by HTTP/1", px), bytesIn, fromServers)
	out := of(counter("h1_bytes_out", "Bytes sent by HTTP/1", px), sentOut, toServers)
	spliceIn := counter("h1_spliced_bytes_in", "Bytes spliced in by HTTP/1", px)
	spliceIn.num = func(l *line) int64 { return l.c.SplicedIn.Load() }
	spliceOut := counter("h1_spliced_bytes_out", "Bytes spliced out by HTTP/1", px)
	spliceOut.num = func(l *line) int64 { return l.c.SplicedOut.Load() }
	return []column{
		counter("ssl_sess", "TLS sessions so far", al),
		counter("ssl_reused_sess", "TLS sessions resumed", al),
		counter("ssl_failed_handshake", "TLS handshakes that failed", al),
		counter("ssl_ocsp_staple", "OCSP responses stapled", al),
		counter("ssl_failed_ocsp_staple", "OCSP responses that could not be stapled", al),
		counter("h2_headers_rcvd", "HTTP/2 HEADERS frames received", px),
		counter("h2_data_rcvd", "HTTP/2 DATA frames received", px),
		counter("h2_settings_rcvd", "HTTP/2 SETTINGS frames received", px),
		counter("h2_rst_stream_rcvd", "HTTP/2 RST_STREAM frames received", px),
		counter("h2_goaway_rcvd", "HTTP/2 GOAWAY frames received", px),
		counter("h2_detected_conn_protocol_errors", "HTTP/2 connection errors found", px),
		counter("h2_detected_strm_protocol_errors", "HTTP/2 stream errors found", px),
		counter("h2_rst_stream_resp", "HTTP/2 RST_STREAM frames sent", px),
		counter("h2_goaway_resp", "HTTP/2 GOAWAY frames sent", px),
		gauge("h2_open_connections", "HTTP/2 connections open now"),
		gauge("h2_backend_open_streams", "HTTP/2 streams open now"),
		counter("h2_total_connections", "HTTP/2 connections so far", px),
		counter("h2_backend_total_streams", "HTTP/2 streams so far", px),
		open,
		gauge("h1_open_streams", "HTTP/1 requests running now"),
		conns, streams, in, out,
		spliceIn, spliceOut,
	}
}

// modeName is the mode as column "mode" prints it.
func modeName(m conf.Mode) string {
	switch m {
	case conf.HTTP, conf.Haterm:
		return "http"
	case conf.CLI:
		return "cli"
	case conf.Health:
		return "health"
	case conf.Log:
		return "syslog"
	case conf.SPOP:
		return "spop"
	}
	return "tcp"
}

func isHTTP(m conf.Mode) bool { return m == conf.HTTP || m == conf.Haterm }
