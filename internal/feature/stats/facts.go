package stats

import (
	"segue/internal/pattern"
)

func one(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// dropper is the part of lb.Process.Hooks that knows the log targets.
type dropper interface{ DroppedLogs() int64 }

// droppedLogs adds what the targets in use dropped to what former ones did.
func droppedLogs(p *process) int64 {
	n := p.DroppedLogs.Load()
	if h, ok := p.Hooks.(dropper); ok {
		n += h.DroppedLogs()
	}
	return n
}

// facts is the table of "show info", in the order of the reference.
func facts() []fact {
	return append(processFacts(), stateFacts()...)
}

// processFacts are Name to CompressBpsRateLim.
func processFacts() []fact {
	return []fact{
		{pos: 0, name: "Name", text: "Name that tools look for", tag: "POSV", typ: "str", str: func(*process) string { return "HAProxy" }},
		{pos: 1, name: "Version", text: "Version whose runtime API is spoken", tag: "POSV", typ: "str", str: func(*process) string { return Level }},
		{pos: 2, name: "Release_date", text: "Date of that version", tag: "POSV", typ: "str", str: func(*process) string { return ReleaseDate }},
		{pos: 3, name: "Nbthread", text: "Threads (nbthread)", tag: "CGSV", typ: "u32", num: func(p *process) int64 { return int64(p.threads) }},
		{pos: 4, name: "Nbproc", text: "Worker processes, always 1", tag: "CGSV", typ: "u32", num: func(*process) int64 { return 1 }},
		{pos: 5, name: "Process_num", text: "Number of this worker, always 1", tag: "KGPV", typ: "u32", num: func(*process) int64 { return 1 }},
		{pos: 6, name: "Pid", text: "Process id", tag: "SGPV", typ: "u32", num: func(p *process) int64 { return int64(p.PID) }},
		{pos: 7, name: "Uptime", text: "Age of the process", tag: "MDPV", typ: "str", str: uptimeText},
		{pos: 8, name: "Uptime_sec", text: "Age of the process in seconds", tag: "MDPV", typ: "u32", str: func(p *process) string { return seconds(p, p.uptime()) }},
		{pos: 9, name: "Memmax_MB", text: "Limit of memory in MB (-m), 0 = none", tag: "CLPV", typ: "u32", num: func(p *process) int64 { return p.MaxMemory >> 20 }},
		{pos: 10, name: "PoolAlloc_MB", text: "Memory on the heap in MB", tag: "MGPV", typ: "u32", num: func(p *process) int64 { return int64(p.heap >> 20) }},
		{pos: 11, name: "PoolUsed_MB", text: "Memory in use in MB", tag: "MGPV", typ: "u32", num: func(p *process) int64 { return int64(p.heap >> 20) }},
		{pos: 12, name: "PoolFailed", text: "Failed allocations", tag: "MCPV", typ: "u32", num: none},
		{pos: 13, name: "Ulimit-n", text: "Limit of file descriptors", tag: "CLPV", typ: "u32", num: func(p *process) int64 { return p.MaxFiles.Load() }},
		{pos: 14, name: "Maxsock", text: "Limit of sockets", tag: "CLPV", typ: "u32", num: func(p *process) int64 { return p.MaxSockets.Load() }},
		{pos: 15, name: "Maxconn", text: "Limit of connections (global maxconn)", tag: "CLPV", typ: "u32", num: maxConns},
		{pos: 16, name: "Hard_maxconn", text: "Limit of connections that the system allows", tag: "CLPV", typ: "u32", num: func(p *process) int64 { return p.HardMaxConn.Load() }},
		{pos: 17, name: "CurrConns", text: "Connections now", tag: "MGPV", typ: "u32", num: func(p *process) int64 { return p.Conns.Load() - p.CLIConns.Load() }},
		{pos: 18, name: "CumConns", text: "Connections so far", tag: "MCPV", typ: "u32", num: func(p *process) int64 { return p.CumConns.Load() }},
		{pos: 19, name: "CumReq", text: "Requests so far", tag: "MCPV", typ: "u32", num: func(p *process) int64 { return p.CumReqs.Load() }},
		{pos: 20, name: "MaxSslConns", text: "Limit of TLS connections, 0 = none", tag: "MMPV", typ: "u32", num: none},
		{pos: 21, name: "CurrSslConns", text: "TLS connections now", tag: "MGPV", typ: "u32", num: none},
		{pos: 22, name: "CumSslConns", text: "TLS connections so far", tag: "MCPV", typ: "u32", num: none},
		{pos: 23, name: "Maxpipes", text: "Limit of pipes for splicing, 0 = none", tag: "CLPV", typ: "u32", num: func(p *process) int64 { return p.Pipes.Max.Load() }},
		{pos: 24, name: "PipesUsed", text: "Pipes in use", tag: "MGPV", typ: "u32", num: func(p *process) int64 { return p.loops.pipesUsed }},
		{pos: 25, name: "PipesFree", text: "Pipes kept for use", tag: "MGPV", typ: "u32", num: func(p *process) int64 { return p.loops.pipesFree }},
		{pos: 26, name: "ConnRate", text: "Connections in the last second", tag: "MRPV", typ: "u32", num: func(p *process) int64 { return int64(p.ConnRate.Read(p.th.Now() / 1e6)) }},
		{pos: 27, name: "ConnRateLimit", text: "Limit of ConnRate (maxconnrate)", tag: "CLPV", typ: "u32", num: func(p *process) int64 { return p.ConnRateLimit.Load() }},
		{pos: 28, name: "MaxConnRate", text: "Largest ConnRate so far", tag: "MMPV", typ: "u32", num: func(p *process) int64 { return p.ConnRateMax.Load() }},
		{pos: 29, name: "SessRate", text: "Sessions in the last second", tag: "MRPV", typ: "u32", num: func(p *process) int64 { return int64(p.SessRate.Read(p.th.Now() / 1e6)) }},
		{pos: 30, name: "SessRateLimit", text: "Limit of SessRate (maxsessrate)", tag: "CLPV", typ: "u32", num: func(p *process) int64 { return p.SessRateLimit.Load() }},
		{pos: 31, name: "MaxSessRate", text: "Largest SessRate so far", tag: "MRPV", typ: "u32", num: func(p *process) int64 { return p.SessRateMax.Load() }},
		{pos: 32, name: "SslRate", text: "TLS connections in the last second", tag: "MRPV", typ: "u32", num: none},
		{pos: 33, name: "SslRateLimit", text: "Limit of SslRate (maxsslrate)", tag: "CLPV", typ: "u32", num: func(p *process) int64 { return p.SSLRateLimit.Load() }},
		{pos: 34, name: "MaxSslRate", text: "Largest SslRate so far", tag: "MMPV", typ: "u32", num: none},
		{pos: 35, name: "SslFrontendKeyRate", text: "TLS key exchanges with clients in the last second", tag: "MGPV", typ: "u32", num: none},
		{pos: 36, name: "SslFrontendMaxKeyRate", text: "Largest SslFrontendKeyRate so far", tag: "MMPV", typ: "u32", num: none},
		{pos: 37, name: "SslFrontendSessionReuse_pct", text: "Share of resumed TLS sessions in percent", tag: "MGPV", typ: "u32", num: none},
		{pos: 38, name: "SslBackendKeyRate", text: "TLS key exchanges with servers in the last second", tag: "MRPV", typ: "u32", num: none},
		{pos: 39, name: "SslBackendMaxKeyRate", text: "Largest SslBackendKeyRate so far", tag: "MMPV", typ: "u32", num: none},
		{pos: 40, name: "SslCacheLookups", text: "Look-ups in the TLS session cache", tag: "MCPV", typ: "u32", num: none},
		{pos: 41, name: "SslCacheMisses", text: "Look-ups that found nothing", tag: "MCPV", typ: "u32", num: none},
		{pos: 42, name: "CompressBpsIn", text: "Bytes given to the compressor in the last second", tag: "MRPV", typ: "u32", num: none},
		{pos: 43, name: "CompressBpsOut", text: "Bytes that the compressor made in the last second", tag: "MRPV", typ: "u32", num: none},
		{pos: 44, name: "CompressBpsRateLim", text: "CompressBpsOut beyond which nothing is compressed", tag: "CLPV", typ: "u32", num: func(p *process) int64 { return p.CompressionLimit.Load() << 10 }},
	}
}

// stateFacts are Tasks to NbThreadGroups.
func stateFacts() []fact {
	return []fact{
		{pos: 47, name: "Tasks", text: "Tasks that exist", tag: "MGPV", typ: "u32", num: func(p *process) int64 { return p.Conns.Load() + int64(p.threads) }},
		{pos: 48, name: "Run_queue", text: "Tasks that are ready to run", tag: "MGPV", typ: "u32", num: none},
		{pos: 49, name: "Idle_pct", text: "Share of time that the threads slept, in percent", tag: "MaPV", typ: "u32", num: idle},
		{pos: 50, name: "node", text: "Name of the node", tag: "COSV", typ: "str", str: node},
		{pos: 51, name: "description", text: "Description of the node", tag: "COSV", typ: "str", str: description},
		{pos: 52, name: "Stopping", text: "1 when the process ends", tag: "MGPV", typ: "u32", num: func(p *process) int64 { return one(p.Stopping.Load() || p.Announced.Load()) }},
		{pos: 53, name: "Jobs", text: "Connections and listeners", tag: "MGPV", typ: "u32", num: func(p *process) int64 { return p.Conns.Load() + p.sums.listeners }},
		{pos: 54, name: "Unstoppable Jobs", text: "Jobs that do not hold up the end", tag: "MGPV", typ: "u32", num: none},
		{pos: 55, name: "Listeners", text: "Listeners", tag: "MGPV", typ: "u32", num: func(p *process) int64 { return p.sums.listeners }},
		{pos: 56, name: "ActivePeers", text: "Peers with a working connection", tag: "MGPV", typ: "u32", num: none},
		{pos: 57, name: "ConnectedPeers", text: "Peers connected to", tag: "MGPV", typ: "u32", num: none},
		{pos: 58, name: "DroppedLogs", text: "Log messages that were dropped", tag: "MGPV", typ: "u32", num: droppedLogs},
		{pos: 59, name: "BusyPolling", text: "1 when loops never sleep", tag: "MGPV", typ: "u32", num: none},
		{pos: 60, name: "FailedResolutions", text: "Names that could not be resolved", tag: "MGPV", typ: "u32", num: none},
		{pos: 61, name: "TotalBytesOut", text: "Bytes sent", tag: "MGPV", typ: "u64", num: func(p *process) int64 { return p.loops.sent }},
		{pos: 62, name: "TotalSplicedBytesOut", text: "Bytes sent through pipes", tag: "MGPV", typ: "u64", num: func(p *process) int64 { return p.loops.spliced }},
		{pos: 63, name: "BytesOutRate", text: "Bytes sent in the last second", tag: "MRPV", typ: "u64", num: func(p *process) int64 { return p.loops.sentRate }},
		{pos: 64, name: "DebugCommandsIssued", text: "Debug commands that were run", tag: "MGPV", typ: "u32", num: func(p *process) int64 { return p.DebugCalls.Load() }},
		{pos: 65, name: "CumRecvLogs", text: "Log messages received", tag: "MCPV", typ: "u32", num: none},
		{pos: 66, name: "Build info", text: "Version again", tag: "POSV", typ: "str", str: func(*process) string { return Level }},
		{pos: 67, name: "Memmax_bytes", text: "Limit of memory in bytes, 0 = none", tag: "CLPV", typ: "u32", num: func(p *process) int64 { return p.MaxMemory }},
		{pos: 68, name: "PoolAlloc_bytes", text: "Memory on the heap in bytes", tag: "MGPV", typ: "u64", num: func(p *process) int64 { return int64(p.heap) }},
		{pos: 69, name: "PoolUsed_bytes", text: "Memory in use in bytes", tag: "MGPV", typ: "u64", num: func(p *process) int64 { return int64(p.heap) }},
		{pos: 70, name: "Start_time_sec", text: "When the process started, unix time", tag: "MDPV", typ: "u32", str: func(p *process) string { return seconds(p, p.Started) }},
		{pos: 71, name: "Tainted", text: "Features in use that may be unsafe", tag: "SGPV", typ: "str", str: func(*process) string { return "0" }},
		{pos: 72, name: "TotalWarnings", text: "Warnings of the start", tag: "MCPV", typ: "u32", num: func(p *process) int64 { return p.Warnings.Load() }},
		{pos: 73, name: "MaxconnReached", text: "Connections that made Maxconn full", tag: "MCPV", typ: "u32", num: func(p *process) int64 { return p.MaxConnReached.Load() }},
		{pos: 74, name: "BootTime_ms", text: "Duration of the start in ms", tag: "MDPV", typ: "u32", num: func(p *process) int64 { return p.Booted.Load() }},
		{pos: 75, name: "Niced_tasks", text: "Ready tasks with a priority of their own", tag: "MGPV", typ: "u32", num: none},
		{pos: 76, name: "CurrStreams", text: "Streams now", tag: "MGPV", typ: "u64", num: func(p *process) int64 { return p.sums.streams }},
		{pos: 77, name: "CumStreams", text: "Streams so far", tag: "MGPV", typ: "u64", num: func(p *process) int64 { return p.CumReqs.Load() }},
		{pos: 78, name: "BlockedTrafficWarnings", text: "Times that a task held up its thread", tag: "MGPV", typ: "u32", num: none},
		{pos: 79, name: "PatternsAdded", text: "Patterns of ACLs and maps added", tag: "MGPV", typ: "u64", num: func(*process) int64 { return pattern.Added() }},
		{pos: 80, name: "PatternsFreed", text: "Patterns of ACLs and maps freed", tag: "MGPV", typ: "u64", num: func(*process) int64 { return pattern.Freed() }},
		{pos: 81, name: "NbThreadGroups", text: "Groups of threads", tag: "CGSV", typ: "u32", num: func(*process) int64 { return 1 }},
		{pos: 82, name: "Segue-Panics", text: "Connections that ended in a panic", tag: "MCPV", typ: "u64", num: func(p *process) int64 { return p.sums.panics }},
		{pos: 83, name: "Segue-AcceptsShed", text: "Times that accepting stopped for want of descriptors", tag: "MCPV", typ: "u64", num: func(p *process) int64 { return p.sums.shed }},
		{pos: 84, name: "Segue-Version", text: "Version of Segue, which this is", tag: "POSV", typ: "str", str: func(p *process) string { return p.Process.Version }},
	}
}
