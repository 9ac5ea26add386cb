package mcli

import (
	"strings"
	"time"

	"segue/internal/diag"
)

// command is a row of the command line's language.
type command struct {
	words []string // fixed words at the start
	usage string   // as "help" shows it
	text  string   // "" hides the row from "help"
	level Level    // needed to run it
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

// commands are the master's own, in the order of "help".
func commands() []command {
	return []command{
		{usage: "@!<pid>", text: "send a command to the <pid> process"},
		{usage: "@<relative pid>", text: "send a command to the <relative pid> process"},
		{usage: "@master", text: "send a command to the master process"},
		{words: []string{"echo"}, usage: "echo <text>", text: "print text to the output", run: runEcho},
		{words: []string{"expert-mode"}, run: runNothing, bare: true},
		{words: []string{"experimental-mode"}, run: runNothing, bare: true},
		{words: []string{"hard-reload"}, usage: "hard-reload", text: "achieve a hard-reload (-st) of haproxy", level: Admin, run: runHardReload},
		{words: []string{"mcli-debug-mode"}, run: runNothing, bare: true},
		{words: []string{"operator"}, usage: "operator", text: "lower the level of the current CLI session to operator", run: lower(Operator), bare: true},
		{words: []string{"reload"}, usage: "reload", text: "achieve a soft-reload (-sf) of haproxy", level: Admin, run: runReload},
		{words: []string{"show", "cli", "level"}, usage: "show cli level", text: "display the level of the current CLI session", run: runShowLevel},
		{words: []string{"show", "cli", "sockets"}, usage: "show cli sockets", text: "dump list of cli sockets", run: runNothing},
		{words: []string{"show", "env"}, usage: "show env [var]", text: "dump environment variables known to the process", level: Operator, run: runShowEnv},
		{words: []string{"show", "proc"}, usage: "show proc", text: "show processes status", level: Operator, run: runShowProc},
		{words: []string{"show", "startup-logs"}, usage: "show startup-logs", text: "report logs emitted during HAProxy startup", run: runStartupLogs},
		{words: []string{"show", "version"}, usage: "show version", text: "show version of the current process", run: runShowVersion},
		{words: []string{"user"}, usage: "user", text: "lower the level of the current CLI session to user", run: lower(User), bare: true},
		{words: []string{"help"}, usage: "help [<command>]", text: "list matching or all commands", run: runHelp},
		{words: []string{"prompt"}, usage: "prompt [help | n | i | p | timed ]*", text: "toggle interactive mode with prompt", run: runPrompt, bare: true},
		{words: []string{"quit"}, usage: "quit", text: "disconnect", run: func(s *session, dst []byte, _ []string) []byte { s.quit = true; return dst }, bare: true},
	}
}

// find returns the row that line starts with.
func find(words []string) (*command, []string) {
	rows := commands()
	for i := range rows {
		row := &rows[i]
		if row.run == nil || len(words) < len(row.words) {
			continue
		}
		match := true
		for j, w := range row.words {
			match = match && words[j] == w
		}
		if match {
			return row, words[len(row.words):]
		}
	}
	return nil, nil
}

func runNothing(_ *session, dst []byte, _ []string) []byte { return dst }

func runEcho(_ *session, dst []byte, args []string) []byte {
	return append(append(dst, strings.Join(args, " ")...), '\n')
}

func runReload(s *session, dst []byte, _ []string) []byte {
	return appendResult(dst, s.m.Reload(false))
}

func runHardReload(s *session, dst []byte, _ []string) []byte {
	return appendResult(dst, s.m.Reload(true))
}

func appendResult(dst []byte, r Result) []byte {
	if r.OK {
		dst = append(dst, "Success=1\n--\n"...)
	} else {
		dst = append(dst, "Success=0\n--\n"...)
	}
	return append(dst, r.Logs...)
}

// lower never raises a level again.
func lower(to Level) func(*session, []byte, []string) []byte {
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

func runHelp(_ *session, dst []byte, args []string) []byte {
	dst = append(dst, "The following commands are valid at this level:\n"...)
	prefix := strings.Join(args, " ")
	return appendRows(dst, func(c *command) bool { return strings.HasPrefix(strings.Join(c.words, " "), prefix) })
}

// appendRows appends the rows to show, and those that are always worth
// knowing.
func appendRows(dst []byte, show func(*command) bool) []byte {
	for _, c := range commands() {
		always := len(c.words) == 1 && (c.words[0] == "help" || c.words[0] == "prompt" || c.words[0] == "quit")
		if c.text == "" || !always && !show(&c) {
			continue
		}
		dst = append(dst, "  "...)
		dst = append(dst, c.usage...)
		for n := len(c.usage); n < 40; n++ {
			dst = append(dst, ' ')
		}
		dst = append(dst, ": "...)
		dst = append(dst, c.text...)
		dst = append(dst, '\n')
	}
	return dst
}

// appendUnknown answers a line that is no command: the rows that begin like it
// or have a similar first word.
func appendUnknown(dst []byte, words []string) []byte {
	dst = append(dst, "Unknown command: '"...)
	dst = append(dst, words[0]...)
	dst = append(dst, "', but maybe one of the following ones is a better match:\n"...)
	var first []string
	for _, c := range commands() {
		if len(c.words) > 0 {
			first = append(first, c.words[0])
		}
	}
	near := diag.Suggest(words[0], first)
	return appendRows(dst, func(c *command) bool {
		return len(c.words) > 0 && (c.words[0] == words[0] || c.words[0] == near)
	})
}

// runPrompt follows the manual, chapter 9.3: "i" and "p" set a mode, without
// them the command toggles between both.
func runPrompt(s *session, dst []byte, args []string) []byte {
	was := s.prompt
	for _, a := range args {
		switch a {
		case "i":
			s.interactive, s.prompt = true, false
		case "p":
			s.interactive, s.prompt = true, true
		case "timed":
			s.timed = !s.timed
			s.interactive, s.prompt = true, true
		default:
			return append(dst, promptUsage...)
		}
	}
	if len(args) == 0 {
		s.interactive, s.prompt = true, !was
	}
	return dst
}
