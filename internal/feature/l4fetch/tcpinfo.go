package l4fetch

import (
	"errors"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"segue/internal/lb"
	"segue/internal/sample"
	"segue/internal/sched"
)

// tcpInfoRows are the fetches of what the kernel knows of a TCP connection.
func tcpInfoRows() []sample.Fetch {
	var info unix.TCPInfo
	unit := []sample.ArgSpec{optional("unit", sample.ArgStr)}
	count := func(name, what string, field uintptr) sample.Fetch {
		return sample.Fetch{Doc: docArgs(name, "[unit]", layer4, "The kernel's count of "+what+" of the client's connection."),
			Args: unit, Out: sample.Int, Use: sample.UseClient4, Check: ignoreUnit,
			Eval: func(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool { return setInfo(clientConn(s), v, 1, field) }}
	}
	timed := func(name, text string, use sample.Use, conn func(*lb.Stream) *sched.Conn, field uintptr) sample.Fetch {
		return sample.Fetch{Doc: docArgs(name, "[unit]", layer4, text), Args: unit, Out: sample.Int, Use: use, Check: checkTimeUnit,
			Eval: func(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
				return setInfo(conn(s), v, args[0].Int, field)
			}}
	}
	rtt := unsafe.Offsetof(info.Rtt)
	rttvar := unsafe.Offsetof(info.Rttvar)
	one := integer(func(*lb.Stream) int64 { return 1 })
	server := func(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
		v.SetInt(1)
		return s.HasServerConn()
	}
	return []sample.Fetch{
		{Doc: doc("bc_nb_streams", layer4, "The number of streams on the connection to the server."), Out: sample.Int, Use: sample.UseServer4, Eval: server},
		// 3.4 takes these two wherever a client's address is known, and finds
		// nothing as long as there is no connection to a server.
		past(timed("bc_rtt", "The round-trip time of the connection to the server.", sample.UseClient4, serverConn, rtt),
			func(p *lb.PastConn) uint32 { return p.RTT }),
		past(timed("bc_rttvar", "The variance of the round-trip time of the connection to the server.", sample.UseClient4, serverConn, rttvar),
			func(p *lb.PastConn) uint32 { return p.RTTVar }),
		{Doc: doc("bc_settings_streams_limit", layer4, "The number of streams that the connection to the server may have."), Out: sample.Int, Use: sample.UseServer4, Eval: server},
		count("fc_fackets", "forward-acknowledged segments", unsafe.Offsetof(info.Fackets)),
		count("fc_lost", "lost segments", unsafe.Offsetof(info.Lost)),
		count("fc_reordering", "reorderings", unsafe.Offsetof(info.Reordering)),
		count("fc_retrans", "retransmitted segments", unsafe.Offsetof(info.Retrans)),
		timed("fc_rtt", "The round-trip time of the client's connection.", sample.UseClient4, clientConn, rtt),
		timed("fc_rttvar", "The variance of the round-trip time of the client's connection.", sample.UseClient4, clientConn, rttvar),
		count("fc_sacked", "selectively acknowledged segments", unsafe.Offsetof(info.Sacked)),
		{Doc: doc("fc_saved_syn", layer4, "The client's SYN packet, which \"tcp-ss\" has kept; it can be read once."), Out: sample.Bin, Use: sample.UseClient4, Eval: savedSYN},
		{Doc: doc("fc_settings_streams_limit", layer4, "The number of streams that the client's connection may have."), Out: sample.Int, Use: sample.UseClient4, Eval: one},
		count("fc_unacked", "unacknowledged segments", unsafe.Offsetof(info.Unacked)),
	}
}

// past adds to a fetch of the server's connection what it was when that ended: log
// lines come later.
func past(row sample.Fetch, of func(*lb.PastConn) uint32) sample.Fetch {
	now := row.Eval
	row.Eval = func(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
		if s.SrvConn == nil && s.Past.Made {
			v.SetInt(int64(of(&s.Past)) / args[0].Int)
			return true
		}
		return now(s, args, v)
	}
	return row
}

func clientConn(s *lb.Stream) *sched.Conn {
	if s.Session == nil {
		return nil
	}
	return &s.Session.Conn
}

func serverConn(s *lb.Stream) *sched.Conn {
	if s.SrvConn == nil {
		return nil
	}
	return &s.SrvConn.Conn
}

// checkTimeUnit keeps the number of microseconds of the unit, ms if none is
// given.
func checkTimeUnit(args []sample.Arg, _ *sample.Scope) error {
	switch args[0].Str {
	case "", "ms":
		args[0].Int = 1000
	case "us":
		args[0].Int = 1
	default:
		return errors.New("expects 'us' or 'ms', got '" + args[0].Str + "'")
	}
	return nil
}

// ignoreUnit warns of an argument of a count.
func ignoreUnit(args []sample.Arg, sc *sample.Scope) error {
	if args[0].Str != "" && sc.Warn != nil {
		sc.Warn(0, "no argument supported for 'fc_*' sample expressions returning counters.")
	}
	return nil
}

// setInfo sets v to the field at an offset of the kernel's record, in units of
// divisor. A connection that is not TCP has none.
func setInfo(c *sched.Conn, v *sample.Value, divisor int64, field uintptr) bool {
	if c == nil || !c.IsOpen() {
		return false
	}
	var info unix.TCPInfo
	n := uint32(unsafe.Sizeof(info))
	if getOption(c, unix.TCP_INFO, unsafe.Pointer(&info), &n) != 0 {
		return false
	}
	v.SetInt(int64(*(*uint32)(unsafe.Add(unsafe.Pointer(&info), field))) / divisor)
	return true
}

// savedSYN reads the packet from its first saved header on.
func savedSYN(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	c := clientConn(s)
	if c == nil || !c.IsOpen() {
		return false
	}
	var packet [512]byte // two IP headers with options do not reach half of it
	n := uint32(len(packet))
	if getOption(c, unix.TCP_SAVED_SYN, unsafe.Pointer(&packet), &n) != 0 || n == 0 {
		return false
	}
	v.Type, v.Bytes = sample.Bin, sample.End(s.Thread, append(sample.Begin(s.Thread), packet[:n]...))
	return true
}

func getOption(c *sched.Conn, name int, p unsafe.Pointer, n *uint32) syscall.Errno {
	_, _, e := syscall.RawSyscall6(syscall.SYS_GETSOCKOPT, uintptr(c.FD()), unix.IPPROTO_TCP, uintptr(name), uintptr(p), uintptr(unsafe.Pointer(n)), 0)
	return e
}
