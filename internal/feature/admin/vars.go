package admin

import (
	"strconv"
	"strings"

	"segue/internal/command"
	"segue/internal/feature/vars"
	"segue/internal/lb"
	"segue/internal/logfmt"
	"segue/internal/sample"
)

// varRows are the commands on variables of the process.
func varRows() []command.Command {
	return []command.Command{
		{Doc: doc("get var", "<name>", "retrieve contents of a process-wide variable"), Level: command.Operator, Run: getVar},
		{Doc: doc("set var", "<name> [fmt|expr] {<fmt>|<expr>}", "set variable from an expression"), Level: command.Operator, Experimental: true, Run: setVar},
	}
}

// procName checks that a name is one of the process's variables.
func procName(c *command.Call, name string) bool {
	scope, rest, ok := strings.Cut(name, ".")
	switch {
	case name == "":
		c.Fail("Missing process-wide variable identifier.")
		return false
	case !ok || scope != "proc" || rest == "":
		c.Fail("'set var': cannot set variable '" + name + "', only scope 'proc' is permitted here.")
		return false
	}
	return true
}

func getVar(c *command.Call) {
	name := c.Arg(2)
	if name == "" {
		c.Fail("Missing process-wide variable identifier.")
		return
	}
	var v sample.Value
	if !strings.HasPrefix(name, "proc.") || !vars.ProcVar(c.Process.State, name).Get(&v) {
		c.Fail("Variable not found.")
		return
	}
	c.Out = append(append(append(c.Out, name...), ": type="...), typeName(v.Type)...)
	c.Out = append(appendValue(append(c.Out, " value=<"...), &v), ">\n"...)
}

func typeName(t sample.Type) string {
	switch t {
	case sample.Bool:
		return "bool"
	case sample.Int:
		return "sint"
	case sample.IPv4:
		return "ipv4"
	case sample.IPv6:
		return "ipv6"
	case sample.Bin:
		return "bin"
	case sample.Meth:
		return "meth"
	}
	return "str"
}

// appendValue appends a value as text; binary is written in hexadecimal.
func appendValue(dst []byte, v *sample.Value) []byte {
	const hex = "0123456789abcdef"
	switch v.Type {
	case sample.Bool, sample.Int:
		return strconv.AppendInt(dst, v.Int, 10)
	case sample.IPv4, sample.IPv6, sample.Addr:
		return v.IP.AppendTo(dst)
	case sample.Bin:
		for _, b := range v.Bytes {
			dst = append(dst, hex[b>>4], hex[b&15])
		}
		return dst
	}
	return append(dst, v.Bytes...)
}

// setVar sets a variable of the process from an expression or a log format.
func setVar(c *command.Call) {
	if !procName(c, c.Arg(2)) {
		return
	}
	e, ok := engine(c)
	if !ok {
		return
	}
	words, format := c.Args[3:], false
	if len(words) > 0 && (words[0] == "fmt" || words[0] == "expr") {
		format = words[0] == "fmt"
		words = words[1:]
	}
	if len(words) == 0 {
		c.Fail("Missing either 'expr', 'fmt' or expression.")
		return
	}
	v, err := evaluate(c, e.Scope(), words, format)
	if err != nil {
		c.Fail(err.Error())
		return
	}
	vars.ProcVar(c.Process.State, c.Arg(2)).Set(&v)
}

// evaluate computes an expression that needs no stream.
func evaluate(c *command.Call, sc *sample.Scope, words []string, format bool) (v sample.Value, err error) {
	s := &lb.Stream{Thread: c.Thread, Gen: c.Process.Gen.Load(), Final: true}
	s.Session = &lb.Session{Thread: c.Thread}
	if format {
		f, err := logfmt.Compile(strings.Join(words, " "), sc, logfmt.Options{})
		if err != nil {
			return v, err
		}
		return sample.Value{Type: sample.Str, Bytes: f.AppendTo(nil, s)}, nil
	}
	e, n, err := sample.ParseWords(words, sc)
	if err != nil {
		return v, err
	}
	if n < len(words) {
		return v, &sample.Error{Msg: "unexpected argument '" + words[n] + "'", Word: n}
	}
	if !e.Eval(s, &v) {
		return v, &sample.Error{Msg: "the expression has no value here"}
	}
	return v, nil
}
