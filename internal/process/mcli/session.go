package mcli

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"

	"segue/internal/command"
)

const (
	// maxLine bounds a line of commands, in bytes: HAProxy's tune.bufsize.
	maxLine = 16384
	// maxInput bounds a line with its payload, in bytes. The worker has a limit
	// of its own (tune.cli.max-payload-size).
	maxInput = 1 << 20
)

const tooBig = "The command line is too big for the buffer size. Please change 'tune.bufsize' in the configuration to use a bigger command.\n"

// session is one connection.
type session struct {
	m      Master
	words  *index
	in     *bufio.Reader
	out    net.Conn
	level  command.Level
	prompt bool
	timed  bool
	quit   bool
	last   bool // ends behind this line
	drop   bool // what is left of this line is not run
	target int  // worker that gets commands without "@"; 0: the master
	// expert and experimental are the modes that every command for a worker
	// runs in: each has a connection of its own.
	expert, experimental bool
}

// Serve answers conn line by line until the client ends it, and closes it. The
// commands of a line are separated by semicolons.
func Serve(conn net.Conn, level command.Level, m Master) {
	defer conn.Close()
	s := &session{m: m, words: newIndex(), in: bufio.NewReader(conn), out: conn, level: level}
	for !s.quit {
		line, err := s.readLine()
		if err == io.ErrShortBuffer {
			s.write([]byte(tooBig + "\n")) //nolint:errcheck // the session ends either way
			s.drain()
			return
		}
		if line == "" && err != nil {
			return
		}
		s.drop = false
		for _, cmd := range split(line) {
			if werr := s.execute(cmd); werr != nil || s.quit {
				return
			}
			if s.drop {
				break
			}
		}
		if err != nil || s.last {
			return
		}
	}
}

// drainTime is how long a client that sends too much is listened to.
const drainTime = time.Second

// drain reads what comes and drops it: to close over it would be a reset, which
// can destroy the answer on its way.
func (s *session) drain() {
	if c, ok := s.out.(interface{ CloseWrite() error }); ok {
		c.CloseWrite() //nolint:errcheck // the session ends either way
	}
	s.out.SetReadDeadline(time.Now().Add(drainTime)) //nolint:errcheck // as above
	io.Copy(io.Discard, s.in)                        //nolint:errcheck // as above
}

// readLine reads a line with its payload, if it announces one with "<<".
func (s *session) readLine() (string, error) {
	line, err := s.readRaw(maxLine)
	line = strings.TrimRight(line, "\r\n")
	at := strings.LastIndex(line, "<<")
	if at < 0 || err != nil || strings.ContainsAny(line[at+2:], " ;") {
		return line, err
	}
	end := line[at+2:]
	for len(line) < maxInput {
		more, err := s.readRaw(maxInput)
		line += "\n" + strings.TrimRight(more, "\r\n")
		if err != nil || strings.TrimRight(more, "\r\n") == end {
			return line, err
		}
	}
	return "", io.ErrShortBuffer
}

// readRaw reads a line of less than most bytes.
func (s *session) readRaw(most int) (string, error) {
	var line []byte
	for len(line) < most {
		part, err := s.in.ReadSlice('\n')
		line = append(line, part...)
		if err != bufio.ErrBufferFull && len(line) <= most {
			return string(line), err
		}
	}
	return "", io.ErrShortBuffer
}

// split separates commands at semicolons that are not escaped. What follows a
// payload mark belongs to its command, and what follows "@@" to the worker.
func split(line string) []string {
	if strings.Contains(line, "<<") {
		return []string{line}
	}
	var out []string
	start := 0
	for i := 0; i < len(line); i++ {
		if strings.HasPrefix(strings.TrimLeft(line[start:], " "), "@@") {
			break
		}
		switch line[i] {
		case '\\':
			i++
		case ';':
			out = append(out, strings.TrimSpace(line[start:i]))
			start = i + 1
		}
	}
	return append(out, strings.TrimSpace(line[start:]))
}

// execute runs one command and writes its reply.
func (s *session) execute(line string) error {
	pid := s.target
	addressed := strings.HasPrefix(line, "@")
	if addressed {
		prefix, rest, _ := strings.Cut(line, " ")
		to, ok := s.resolve(prefix)
		if !ok {
			s.drop = true
			_, err := fmt.Fprintf(s.out, "Can't find the target PID matching the prefix '%s'\n%s", prefix, s.promptText())
			return err
		}
		line = strings.TrimLeft(rest, " ")
		if strings.HasPrefix(prefix, "@@") && to != 0 {
			return s.enter(to, line)
		}
		if strings.TrimSpace(line) == "" { // a payload keeps its last line feed
			s.target = to
			return s.write(nil)
		}
		pid = to
	}
	words := strings.Fields(line)
	if !addressed && len(words) > 0 && s.mode(words) {
		return nil
	}
	if pid != 0 && (addressed || len(words) == 0 || !isLocal(words[0])) {
		return s.forward(pid, line)
	}
	if len(words) == 0 {
		return s.write([]byte{'\n'})
	}
	cmd, args := s.words.find(words)
	if cmd == nil {
		return s.write(append(s.words.table.AppendHelp(nil, &command.Session{}, words, false), '\n'))
	}
	if s.level < cmd.Level {
		if cmd.bare {
			return s.write([]byte("Permission denied!\n"))
		}
		return s.write([]byte("Permission denied\n\n"))
	}
	reply := cmd.run(s, nil, args)
	if !cmd.bare {
		reply = append(reply, '\n')
	}
	return s.write(reply)
}

// isLocal tells the words that change the session itself, whatever its target,
// unless the command names the worker: then they are about that command's own
// session there.
func isLocal(word string) bool {
	return word == "prompt" || word == "quit" || word == "user" || word == "operator"
}

// mode takes the words that say how a worker runs the commands that follow. It
// answers nothing. Without a target they are the master's own.
func (s *session) mode(words []string) bool {
	on := len(words) > 1 && words[1] == "on"
	switch {
	case s.target == 0:
		return false
	case words[0] == "expert-mode":
		s.expert = on || s.expert && len(words) == 1
	case words[0] == "experimental-mode":
		s.experimental = on || s.experimental && len(words) == 1
	default:
		return false
	}
	return true
}

// write sends a reply and the prompt.
func (s *session) write(reply []byte) error {
	_, err := s.out.Write(append(reply, s.promptText()...))
	return err
}

// promptText is "master> ", or the worker's number, after the age of that process
// when timed.
func (s *session) promptText() string {
	if !s.prompt {
		return ""
	}
	text := "master> "
	if s.target != 0 {
		text = strconv.Itoa(s.target) + "> "
	}
	if s.timed {
		d := int(s.age() / time.Second)
		text = fmt.Sprintf("[%d:%02d:%02d:%02d] ", d/86400, d/3600%24, d/60%60, d%60) + text
	}
	return text
}

// age is how long the process that gets the commands has run.
func (s *session) age() time.Duration {
	for i, p := range s.m.Procs() {
		if p.PID == s.target || i == 0 && s.target == 0 {
			return time.Since(p.Started)
		}
	}
	return 0
}

// resolve finds the process that a prefix names: "@", "@master" and "@0" are the
// master (0), "@1" the current worker, "@!123" the process 123.
func (s *session) resolve(prefix string) (pid int, ok bool) {
	name := strings.TrimLeft(prefix, "@")
	if name == "" || name == "master" || name == "0" {
		return 0, true
	}
	procs := s.m.Procs()
	if number, found := strings.CutPrefix(name, "!"); found {
		n, err := strconv.Atoi(number)
		for i, p := range procs {
			if err == nil && p.PID == n {
				if i == 0 {
					return 0, true
				}
				return n, true
			}
		}
		return 0, false
	}
	n, err := strconv.Atoi(name)
	if err != nil || n != 1 || len(procs) < 2 || procs[1].Old {
		return 0, false
	}
	return procs[1].PID, true
}

// forward sends a command to a worker and copies what it says. The worker's
// command line is not interactive, so it closes after its reply.
func (s *session) forward(pid int, line string) error {
	conn, err := s.m.Open(pid, s.level)
	if err != nil {
		s.target = 0
		return s.write([]byte("Can't connect to the target CLI!\n"))
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, s.modes()+line+"\n"); err == nil {
		if c, ok := conn.(interface{ CloseWrite() error }); ok && strings.HasPrefix(line, "prompt") {
			c.CloseWrite() //nolint:errcheck // it would wait for the next command
		}
		if _, err := io.Copy(s.out, conn); err != nil {
			return err
		}
	}
	return s.write(nil)
}

// modes are the commands that put a worker's session into the modes of this one.
func (s *session) modes() (text string) {
	if s.expert {
		text = "expert-mode on -;"
	}
	if s.experimental {
		text += "experimental-mode on -;"
	}
	return text
}
