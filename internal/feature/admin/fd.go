package admin

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"segue/internal/command"
	"segue/internal/front"
	"segue/internal/lb"
	"segue/internal/sched"
)

// fdRows show what the process's descriptors are for.
func fdRows() []command.Command {
	return []command.Command{
		{Doc: doc("show fd", "[-!plcfbsd]* [num]", "dump list of file descriptors in use or a specific one"), Level: command.Operator, Run: showFD},
	}
}

// descriptor is a line of "show fd".
type descriptor struct {
	kind    byte // as the filter letters: p pipe, l listener, f frontend, s server, o anything else
	threads uint64
	what    string // state and owner
}

// showFD lists descriptors: each loop tells on its own thread what it watches, the
// kernel tells the rest.
func showFD(c *command.Call) {
	want, only, bad := fdFilter(c.Args[2:])
	if bad != "" {
		c.Fail(bad)
		return
	}
	all := map[int]*descriptor{}
	v := &view{anon: c.Session.Anon}
	each(c, func(th *lb.Thread) { collectFDs(all, th, v) })
	addOther(all)
	numbers := make([]int, 0, len(all))
	for n := range all {
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	for _, n := range numbers {
		d := all[n]
		if only >= 0 && n != only || !strings.ContainsRune(want, rune(d.kind)) {
			continue
		}
		c.Out = fmt.Appendf(c.Out, "%7d : tmask=0x%x %s", n, d.threads, d.what)
		if d.kind == 'l' || d.kind == 'f' || d.kind == 's' {
			c.Out = appendFamily(c.Out, n)
		}
		c.Say("")
		if !c.Flush(c) {
			return
		}
	}
}

// fdFilter reads the words behind "show fd": the kinds to show and the number, -1
// for all. Manual: management guide 9.3 "show fd".
func fdFilter(words []string) (kinds string, only int, bad string) {
	only = -1
	for _, a := range words {
		if a[0] == '-' || a[0] == '!' {
			if kinds, bad = fdKinds(kinds, a); bad != "" {
				return "", 0, bad
			}
			continue
		}
		n, err := strconv.Atoi(a[strings.LastIndexByte(a, '/')+1:])
		switch {
		case err == nil && n >= 0:
			only = n
		case err == nil || !strings.HasSuffix(a, "/"):
			return "", 0, "Invalid FD type"
		}
	}
	if kinds == "" {
		kinds = everyFD
	}
	return kinds, only, ""
}

// everyFD are the kinds of descriptors.
const everyFD = "plfso"

// fdKinds adds what a word of letters asks for. Its first "-" only begins it;
// any other sign inverts what follows.
func fdKinds(chosen, word string) (kinds, bad string) {
	invert := word[0] == '!'
	for _, letter := range word[1:] {
		set, known := map[rune]string{'p': "p", 'l': "l", 'c': "fs", 'f': "f", 'b': "s", 's': "s", 'd': "", '-': "", '!': ""}[letter]
		switch {
		case !known:
			return "", "Invalid FD type"
		case letter == '-' || letter == '!':
			invert = true
		case !invert:
			chosen += set
		default:
			if chosen == "" {
				chosen = everyFD
			}
			for _, r := range set {
				chosen = strings.ReplaceAll(chosen, string(r), "")
			}
		}
	}
	return chosen, ""
}

// collectFDs runs on th's loop.
func collectFDs(all map[int]*descriptor, th *lb.Thread, v *view) {
	mask := uint64(1) << (th.Index % 64)
	th.EachListener(func(ln *sched.Listener, paused bool) {
		d := all[int(ln.FD)]
		if d == nil {
			d = &descriptor{kind: 'l'}
			all[int(ln.FD)] = d
		}
		d.threads |= mask
		d.what = "l.st=RDY"
		if paused {
			d.what = "l.st=PAU"
		}
		if l, ok := ln.Acceptor.(*front.Listener); ok {
			d.what += " fe=" + hide(v.anon, l.Bind().Proxy.Name)
		}
	})
	th.EachConn(func(conn *sched.Conn) {
		all[int(conn.FD())] = &descriptor{kind: 'o', threads: mask, what: waits(conn) + "aside: idle to a server, check or name server"}
	})
	for ss := th.List.Next; ss != nil && ss != &th.List; ss = ss.Next {
		if !ss.Conn.IsOpen() {
			continue
		}
		proto, src := v.source(ss)
		back, srv := v.names(ss)
		who := fmt.Sprintf("front=%#x proto=%s src=%s fe=%s be=%s srv=%s", identity(ss), proto, src, hide(v.anon, ss.Front.Name), back, srv)
		all[int(ss.Conn.FD())] = &descriptor{kind: 'f', threads: mask, what: waits(&ss.Conn) + who}
		if s := ss.Stream; s != nil && s.SrvConn != nil && s.SrvConn.Conn.IsOpen() {
			who := fmt.Sprintf("back=%#x px=%s sv=%s", identity(ss), back, srv)
			all[int(s.SrvConn.Conn.FD())] = &descriptor{kind: 's', threads: mask, what: waits(&s.SrvConn.Conn) + who}
		}
	}
}

// waits is a connection's state: capital where a task waits for the direction
// (A) or where it may be tried (R).
func waits(conn *sched.Conn) string {
	reads, writes, canRead, canWrite := conn.Waits()
	letter := func(on bool, c byte) byte {
		if on {
			return c - 'a' + 'A'
		}
		return c
	}
	return fmt.Sprintf("st=(W:%c%c R:%c%c) ", letter(canWrite, 'r'), letter(writes, 'a'), letter(canRead, 'r'), letter(reads, 'a'))
}

// addOther names the descriptors that no loop knows: pollers, logs, files. In a
// chroot without /proc there are none.
func addOther(all map[int]*descriptor) {
	dir, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return
	}
	for _, e := range dir {
		n, err := strconv.Atoi(e.Name())
		if err != nil || all[n] != nil {
			continue
		}
		to, err := os.Readlink("/proc/self/fd/" + e.Name())
		if err != nil {
			continue // the listing's own
		}
		d := &descriptor{kind: 'o', what: "owner=process " + to}
		if strings.HasPrefix(to, "pipe:") {
			d.kind = 'p'
		}
		all[n] = d
	}
}

// appendFamily appends the family of a socket and its own port.
func appendFamily(dst []byte, fd int) []byte {
	sa, err := unix.Getsockname(fd)
	if err != nil {
		return dst // closed meanwhile
	}
	switch a := sa.(type) {
	case *unix.SockaddrInet4:
		return strconv.AppendInt(append(dst, " fam=ipv4 lport="...), int64(a.Port), 10)
	case *unix.SockaddrInet6:
		return strconv.AppendInt(append(dst, " fam=ipv6 lport="...), int64(a.Port), 10)
	case *unix.SockaddrUnix:
		return append(dst, " fam=unix"...)
	}
	return dst
}
