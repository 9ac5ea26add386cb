package mcli

import (
	"strings"
	"time"

	"segue/internal/command"
	"segue/internal/keyword"
)

// row is a command of the master's.
type row struct {
	command.Command // its words, its line in "help" and the level that it needs
	// run appends the reply to dst. args are the words behind the fixed ones.
	run func(s *session, dst []byte, args []string) []byte
	// bare leaves out the empty line that ends a reply.
	bare bool
}

const promptUsage = `Usage: prompt [help | i | p | timed]*
Changes the default prompt and interactive mode. Available options:
  help    display this help
  i       set to interactive mode only (no prompt, multi-command)
  p       set to prompt+interactive mode (prompt + multi-command)
  timed   toggle displaying the current date in the prompt
Without any argument, toggles between i<->p.
`

// rows are the master's own commands. Those without run are prefixes, which
// session.execute reads.
func rows() []row {
	doc := func(name, args, text string, level command.Level) command.Command {
		return command.Command{Doc: keyword.Doc{Name: name, Args: args, Section: "management 9.4", Text: text}, Level: level}
	}
	hidden := func(name, args, text string, level command.Level) command.Command {
		c := doc(name, args, text, level)
		c.Hidden = true
		return c
	}
	return []row{
		{Command: doc("@!<pid>", "", "send a command to the <pid> process", User)},
		{Command: doc("@<relative pid>", "", "send a command to the <relative pid> process", User)},
		{Command: doc("@master", "", "send a command to the master process", User)},
		{Command: hidden("_loadstatus", "", "Reports how the last load ended.", Operator), run: runLoadStatus},
		{Command: doc("echo", "<text>", "print text to the output", User), run: runEcho},
		{Command: hidden("experimental-mode", "[ on | off ]", "Allows experimental commands of workers.", Admin), run: runNothing, bare: true},
		{Command: hidden("expert-mode", "[ on | off ]", "Allows commands of workers for experts.", Admin), run: runNothing, bare: true},
		{Command: doc("hard-reload", "", "achieve a hard-reload (-st) of haproxy", Operator), run: runHardReload},
		{Command: hidden("help", "[<command>]", "Lists matching or all commands.", User), run: runHelp},
		{Command: doc("operator", "", "lower the level of the current CLI session to operator", Operator), run: lower(Operator), bare: true},
		{Command: hidden("prompt", "[help | n | i | p | timed ]*", "Toggles the prompt.", User), run: runPrompt, bare: true},
		{Command: hidden("quit", "", "Disconnects.", User), run: runQuit, bare: true},
		{Command: doc("reload", "", "achieve a soft-reload (-sf) of haproxy", Operator), run: runReload},
		{Command: doc("show cli level", "", "display the level of the current CLI session", User), run: runShowLevel},
		{Command: doc("show cli sockets", "", "dump list of cli sockets", User), run: runNothing},
		{Command: doc("show env", "[var]", "dump environment variables known to the process", Operator), run: runShowEnv},
		{Command: doc("show proc", "", "show processes status", Operator), run: runShowProc},
		{Command: doc("show startup-logs", "", "report logs emitted during HAProxy startup", Operator), run: runStartupLogs},
		{Command: doc("show version", "", "show version of the current process", User), run: runShowVersion},
		{Command: doc("user", "", "lower the level of the current CLI session to user", User), run: lower(User), bare: true},
	}
}

// Words are the master's commands for those that list words; none can be run.
func Words() []command.Command {
	var all []command.Command
	for _, r := range rows() {
		all = append(all, r.Command)
	}
	return all
}

// index finds rows.
type index struct {
	table *command.Table
	rows  map[string]*row
}

func newIndex() *index {
	ix := &index{table: command.TableOf(Words()), rows: map[string]*row{}}
	list := rows()
	for i := range list {
		ix.rows[list[i].Name] = &list[i]
	}
	return ix
}

// find returns the row that line starts with, nil if there is none.
func (ix *index) find(words []string) (*row, []string) {
	c := ix.table.Find(words)
	if c == nil {
		return nil, nil
	}
	r := ix.rows[c.Name]
	if r.run == nil {
		return nil, nil
	}
	return r, words[strings.Count(c.Name, " ")+1:]
}

func runNothing(_ *session, dst []byte, _ []string) []byte { return dst }

func runEcho(_ *session, dst []byte, args []string) []byte {
	return append(append(dst, strings.Join(args, " ")...), '\n')
}

func runReload(s *session, dst []byte, _ []string) []byte { return s.reload(dst, false) }

func runHardReload(s *session, dst []byte, _ []string) []byte { return s.reload(dst, true) }

// reload answers with the outcome. HAProxy's master ends the connection then,
// which clients wait for; with a prompt the session goes on.
func (s *session) reload(dst []byte, hard bool) []byte {
	s.last = !s.prompt
	s.drop = s.last
	return appendResult(dst, s.m.Reload(hard))
}

func runLoadStatus(s *session, dst []byte, _ []string) []byte { return appendResult(dst, s.m.Loaded()) }

func appendResult(dst []byte, r Result) []byte {
	if r.OK {
		dst = append(dst, "Success=1\n--\n"...)
	} else {
		dst = append(dst, "Success=0\n--\n"...)
	}
	return append(dst, r.Logs...)
}

// lower never raises a level again.
func lower(to command.Level) func(*session, []byte, []string) []byte {
	return func(s *session, dst []byte, _ []string) []byte {
		s.level = min(s.level, to)
		return dst
	}
}

func runShowLevel(s *session, dst []byte, _ []string) []byte {
	return append(append(dst, s.level.String()...), '\n')
}

func runShowEnv(s *session, dst []byte, args []string) []byte {
	for _, kv := range s.m.Env() {
		name, _, _ := strings.Cut(kv, "=")
		if len(args) == 0 || args[0] == name {
			dst = append(append(dst, kv...), '\n')
		}
	}
	if len(args) > 0 && len(dst) == 0 {
		dst = append(dst, "Variable not found\n"...)
	}
	return dst
}

func runShowProc(s *session, dst []byte, args []string) []byte {
	if len(args) > 0 && args[0] != "debug" {
		return append(dst, "'show proc' only supports 'debug' as argument\n"...)
	}
	return appendProcs(dst, s.m.Procs(), time.Now(), len(args) > 0)
}

func runStartupLogs(s *session, dst []byte, _ []string) []byte {
	return append(dst, s.m.StartupLogs()...)
}

func runShowVersion(s *session, dst []byte, _ []string) []byte {
	return append(append(dst, s.m.Version()...), '\n')
}

func runHelp(s *session, dst []byte, args []string) []byte {
	return s.words.table.AppendHelp(dst, &command.Session{}, args, true)
}

func runQuit(s *session, dst []byte, _ []string) []byte {
	s.quit = true
	return dst
}

// runPrompt follows the manual, chapter 9.3: "i" and "p" set a mode, without
// them the command toggles between both.
func runPrompt(s *session, dst []byte, args []string) []byte {
	was := s.prompt
	for _, a := range args {
		switch a {
		case "i":
			s.prompt = false
		case "p":
			s.prompt = true
		case "timed":
			s.timed = !s.timed
			s.prompt = true
		default:
			s.drop = true
			return append(dst, promptUsage...)
		}
	}
	if len(args) == 0 {
		s.prompt = !was
	}
	return dst
}
