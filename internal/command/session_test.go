package command

import (
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"segue/internal/lb"
	"segue/internal/sched"
	"segue/internal/sched/epoll"
)

// rig is a process of running threads.
type rig struct {
	p    *lb.Process
	host *Host
}

func newRig(t testing.TB, threads int, rows ...Command) *rig {
	t.Helper()
	r := &rig{p: &lb.Process{State: lb.NewState(), Started: time.Now().UnixNano()}}
	var wg sync.WaitGroup
	for i := range threads {
		sys, err := epoll.New()
		if err != nil {
			t.Fatal(err)
		}
		th := &lb.Thread{Loop: sched.NewLoop(i, sys), Index: i, Process: r.p}
		r.p.Threads = append(r.p.Threads, th)
	}
	for _, th := range r.p.Threads {
		wg.Add(1)
		go func() { defer wg.Done(); th.Run() }()
	}
	r.host = &Host{Table: NewTable(rows), Process: r.p, Level: Admin}
	t.Cleanup(func() {
		for _, th := range r.p.Threads {
			th.Stop()
		}
		wg.Wait()
	})
	return r
}

// dial opens a session on thread 0 and returns the client's end.
func (r *rig) dial(t testing.TB, level Level) net.Conn {
	t.Helper()
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	f := os.NewFile(uintptr(fds[1]), "client")
	c, err := net.FileConn(f)
	f.Close()
	if err != nil {
		t.Fatal(err)
	}
	th := r.p.Threads[0]
	th.Post(func() { r.host.Serve(th, int32(fds[0]), level, nil) })
	t.Cleanup(func() { c.Close() })
	return c
}

// ask sends text, ends the client's side and returns all that is answered.
func (r *rig) ask(t testing.TB, level Level, text string) string {
	t.Helper()
	c := r.dial(t, level)
	c.SetDeadline(time.Now().Add(10 * time.Second))
	io.WriteString(c, text)
	c.(*net.UnixConn).CloseWrite()
	out, err := io.ReadAll(c)
	if err != nil {
		t.Fatalf("reading the answer to %.60q: %v", text, err)
	}
	return string(out)
}

func testRows() []Command {
	say := func(name string, level Level) Command {
		return Command{Doc: doc(name, "", "says "+name), Level: level, Run: func(c *Call) { c.Say(name) }}
	}
	expert := say("show secret", User)
	expert.Expert = true
	experimental := say("show new", User)
	experimental.Experimental = true
	return []Command{
		say("show one", User), say("show one more", User), say("set oper", Operator), say("set admin", Admin), expert, experimental,
		{Doc: doc("load", "<x>", "shows its payload"), Run: func(c *Call) {
			if !c.HasLoad {
				c.Say("none")
				return
			}
			c.Say("[" + string(c.Payload) + "]")
		}},
		{Doc: doc("args", "...", "shows its words"), Run: func(c *Call) { c.Say(strings.Join(c.Args, "|")) }},
		{Doc: doc("fail", "", "fails"), Run: func(c *Call) { c.Fail("No.\n\n") }},
		{Doc: doc("break", "", "panics"), Run: func(c *Call) { c.Say("before"); panic("test") }},
		{Doc: doc("sleep", "", "waits"), Run: func(c *Call) { c.Wait(c, int64(time.Millisecond)); c.Say("slept") }},
	}
}

// What is expected here was compared with HAProxy 3.4.0.
func TestSessionAnswers(t *testing.T) {
	r := newRig(t, 1, testRows()...)
	for _, c := range []struct{ name, in, want string }{
		{"one command", "show one\n", "show one\n\n"},
		{"the longer name wins", "show one more\n", "show one more\n\n"},
		{"carriage return", "show one\r\n", "show one\n\n"},
		{"several commands", "show one;show one more\n", "show one\n\nshow one more\n\n"},
		{"empty line", "\n", "\n"},
		{"trailing semicolon", "show one;\n", "show one\n\n\n"},
		{"empty command between two", "show one;;show one\n", "show one\n\n\nshow one\n\n"},
		{"only the first line", "show one\nshow one more\n", "show one\n\n"},
		{"no line feed, no answer", "show one", ""},
		{"escaped blank and semicolon", "args a\\;b c\\ d e\\\\f\n", "args|a;b|c d|e\\f\n\n"},
		{"tabs", "args\ta \t b\n", "args|a|b\n\n"},
		{"interactive", "prompt i\nshow one\n\nshow one\n", "\nshow one\n\n\nshow one\n\n"},
		{"prompt", "prompt\nshow one\nprompt\n", "\n> show one\n\n> \n"},
		{"prompt and several commands", "prompt p;echo x\n", "\nx\n\n> "},
		{"prompt in a line, then quit", "prompt;show cli level;quit\n", "\nadmin\n\n"},
		{"prompt n", "prompt n\nshow one\n", "\n"},
		{"unknown word for prompt", "prompt x\n", promptUsage + "\n"},
		{"payload", "load x <<\nfoo\nbar\n\n", "[foo\nbar]\n\n"},
		{"empty payload", "load <<\n\n", "[]\n\n"},
		{"payload with a pattern", "load <<EOF\na\n\nEOF\n", "[a\n]\n\n"},
		{"payload belongs to the last command", "load;load <<\nx\n\n", "none\n\n[x]\n\n"},
		{"a payload without its end", "load <<\nx\n", ""},
		{"two letters that are no payload", "args <<a b\n", "args|<<a|b\n\n"},
		{"error message has one end", "fail\n", "No.\n\n"},
		{"severity as number", "set severity-output number;fail\n", "\n[3]: No.\n\n"},
		{"severity as word", "set severity-output string;fail\n", "\n[err]: No.\n\n"},
		{"bad severity", "set severity-output x\n", "one of 'none', 'number', 'string' is a required argument\n\n"},
		{"echo", "echo a  b\n", "a b\n\n"},
		{"echo nothing", "echo\n", "\n\n"},
		{"expert only", "show secret\n", "This command is restricted to expert mode only.\n\n"},
		{"expert mode", "expert-mode on;expert-mode;show secret;expert-mode x;show secret\n",
			"\nexpert-mode is ON\n\nshow secret\n\n\nThis command is restricted to expert mode only.\n\n"},
		{"experimental only", "show new;experimental-mode on;show new\n",
			"This command is restricted to experimental mode only.\n\n\nshow new\n\n"},
		{"no blank after -", "operator -;show cli level\n", "operator\n\n"},
		{"user gives up rights", "user;show cli level;set admin;operator;show cli level\n", "\nuser\n\nPermission denied\n\nPermission denied\n\nuser\n\n"},
		{"timeout", "set timeout cli 10s;set timeout cli;set timeout cli x;set timeout y\n",
			"\nExpects an integer value.\n\nInvalid timeout value.\n\n'set timeout' only supports 'cli'.\n\n"},
		{"a command may wait", "sleep;show one\n", "slept\n\nshow one\n\n"},
		{"a panic is an answer", "break;show one\n", "before\nInternal error.\n\nshow one\n\n"},
		{"quit", "quit;show one\n", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := r.ask(t, Admin, c.in); got != c.want {
				t.Errorf("%q is answered %q, want %q", c.in, got, c.want)
			}
		})
	}
	if n := r.p.Threads[0].Stats.Panics.Load(); n != 1 {
		t.Errorf("%d panics were counted, want 1", n)
	}
}

func TestSessionLevels(t *testing.T) {
	r := newRig(t, 1, testRows()...)
	const denied = "Permission denied\n\n"
	for _, c := range []struct {
		level     Level
		text, out string
	}{
		{User, "show one\n", "show one\n\n"}, {User, "set oper\n", denied}, {User, "set admin\n", denied},
		{Operator, "set oper\n", "set oper\n\n"}, {Operator, "set admin\n", denied},
		{Admin, "set oper\n", "set oper\n\n"}, {Admin, "set admin\n", "set admin\n\n"},
		{User, "expert-mode on\n", denied}, {User, "operator\n", denied},
		{Operator, "show cli level\n", "operator\n\n"},
	} {
		if got := r.ask(t, c.level, c.text); got != c.out {
			t.Errorf("level %v: %q is answered %q, want %q", c.level, c.text, got, c.out)
		}
	}
}

func TestTooManyWords(t *testing.T) {
	r := newRig(t, 1, testRows()...)
	for _, n := range []int{64, 65} {
		got := r.ask(t, Admin, "args"+strings.Repeat(" x", n-1)+"\n")
		if refused := strings.HasPrefix(got, "Too many arguments."); refused != (n > 64) {
			t.Errorf("%d words are answered %.40q", n, got)
		}
	}
}

func TestLargePayload(t *testing.T) {
	r := newRig(t, 1, testRows()...)
	load := strings.Repeat("key value\n", 100_000)
	got := r.ask(t, Admin, "load <<\n"+load+"\n")
	if want := "[" + strings.TrimSuffix(load, "\n") + "]\n\n"; got != want {
		t.Errorf("a payload of %d bytes came out as %d bytes", len(load), len(got))
	}
	r = newRig(t, 1, testRows()...)
	r.host.MaxPayload = 1000
	if got := r.ask(t, Admin, "load <<\n"+load[:40_000]+"\n"); !strings.HasPrefix(got, "The payload is too big.") {
		t.Errorf("a payload that is too big is answered %.60q", got)
	}
}

func TestLineWithoutEnd(t *testing.T) {
	r := newRig(t, 1, testRows()...)
	if got := r.ask(t, Admin, strings.Repeat("x", maxLine+readSize+1)); !strings.HasPrefix(got, "The command line is too big") {
		t.Errorf("a line that never ends is answered %.60q", got)
	}
}

// A client that does not read holds up its own session and nothing else, and
// only a bounded part of a large answer is made for it.
func TestSlowReaderHoldsOnlyItself(t *testing.T) {
	made := make(chan int, 1)
	big := Command{Doc: doc("big", "", "answers much"), Run: func(c *Call) {
		n := 0
		for range 100_000 {
			c.Say(strings.Repeat("x", 99))
			n++
			if !c.Flush(c) {
				break
			}
		}
		made <- n
	}}
	r := newRig(t, 1, append(testRows(), big)...)
	slow := r.dial(t, Admin)
	io.WriteString(slow, "big\n")
	buf := make([]byte, 100)
	if _, err := io.ReadFull(slow, buf); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if got := r.ask(t, Admin, "show one\n"); got != "show one\n\n" {
			t.Fatalf("beside a slow reader: %q", got)
		}
	}
	select {
	case <-made:
		t.Fatal("the whole answer was made although nobody reads it")
	default:
	}
	rest, _ := io.ReadAll(slow)
	if got, want := len(rest)+len(buf), 100_000*100+1; got != want {
		t.Errorf("got %d bytes, want %d", got, want)
	}
	if n := <-made; n != 100_000 {
		t.Errorf("%d lines were made", n)
	}
}

func TestClientThatLeavesEndsTheCommand(t *testing.T) {
	ended := make(chan bool, 1)
	big := Command{Doc: doc("big", "", "answers much"), Run: func(c *Call) {
		for c.Flush(c) {
			c.Say(strings.Repeat("x", 999))
		}
		ended <- true
	}}
	r := newRig(t, 1, big)
	c := r.dial(t, Admin)
	io.WriteString(c, "big\n")
	io.ReadFull(c, make([]byte, 10))
	c.Close()
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Fatal("the command goes on without its client")
	}
}

func TestListenEndsWithInput(t *testing.T) {
	heard := make(chan bool, 1)
	listen := Command{Doc: doc("listen", "", "waits for input"), Run: func(c *Call) {
		c.Say("first")
		for c.Listen(c, int64(time.Millisecond)) {
		}
		heard <- true
		c.Say("last")
	}}
	r := newRig(t, 1, listen)
	c := r.dial(t, Admin)
	c.SetDeadline(time.Now().Add(10 * time.Second))
	io.WriteString(c, "listen\n")
	buf := make([]byte, 6)
	if _, err := io.ReadFull(c, buf); err != nil || string(buf) != "first\n" {
		t.Fatalf("before the input: %q, %v", buf, err)
	}
	select {
	case <-heard:
		t.Fatal("it ends without input")
	default:
	}
	io.WriteString(c, "x")
	if rest, err := io.ReadAll(c); err != nil || string(rest) != "last\n\n" {
		t.Errorf("after the input: %q, %v", rest, err)
	}
}

func TestSilentClientTimesOut(t *testing.T) {
	r := newRig(t, 1, testRows()...)
	r.host.TimeoutNS = int64(20 * time.Millisecond)
	c := r.dial(t, Admin)
	c.SetReadDeadline(time.Now().Add(10 * time.Second))
	if out, err := io.ReadAll(c); err != nil || len(out) > 0 {
		t.Errorf("a silent client gets %q, %v", out, err)
	}
}

func TestCallsOtherThreads(t *testing.T) {
	threads := Command{Doc: doc("threads", "", "asks them all"), Run: func(c *Call) {
		for _, th := range c.Process.Threads {
			c.On(th, func() { c.Out = append(c.Out, byte('0'+th.Index)) })
		}
		c.Say("")
	}}
	r := newRig(t, 3, threads)
	if got := r.ask(t, Admin, "threads;threads\n"); got != "012\n\n012\n\n" {
		t.Errorf("threads answers %q", got)
	}
}

func TestGetSocks(t *testing.T) {
	r := newRig(t, 1)
	r.host.GetSocks = func(fd int) { syscall.Write(fd, []byte("socks")) }
	r.host.GetState = func(fd int) { syscall.Write(fd, []byte("state")) }
	for _, level := range []Level{User, Operator, Admin} {
		for _, word := range []string{"socks", "state"} {
			if got := r.ask(t, level, "_get"+word+"\n"); got != word {
				t.Errorf("_get%s answers %v %q", word, level, got)
			}
		}
	}
	r.host.GetSocks, r.host.GetState = nil, nil // without "expose-fd listeners"
	for _, word := range []string{"_getsocks\n", "_getstate\n"} {
		if got := r.ask(t, Admin, word); got != "" {
			t.Errorf("not exposed, %q answers %q", word, got)
		}
	}
}

func TestTimedPrompt(t *testing.T) {
	r := newRig(t, 1)
	r.p.Started -= int64(90061 * time.Second)
	if got := r.ask(t, Admin, "prompt timed\n"); got != "\n[1:01:01:01]> " {
		t.Errorf("prompt timed answers %q", got)
	}
}
