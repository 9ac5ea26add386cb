package admin

import (
	"errors"
	"strconv"
	"strings"

	"segue/internal/command"
	"segue/internal/pattern"
)

// A table is "map" or "acl": the same commands on lists with and without
// values.
type table struct {
	acl        bool
	word, noun string
}

var (
	mapTable = table{word: "map", noun: "map"}
	aclTable = table{acl: true, word: "acl", noun: "ACL"}
)

// mapRows are the commands on maps and ACLs.
func mapRows() []command.Command {
	var rows []command.Command
	for _, t := range []table{mapTable, aclTable} {
		id, add, get, set := "<"+t.word+">", "[@<ver>] <acl> <pattern>", "report the patterns matching a sample for an ACL", "replacement"
		addText, delText := "add an acl entry", "delete acl entries matching <key>"
		showArgs, showText := "[@<ver>] <acl>", "report available acls or dump an acl's contents"
		if !t.acl {
			add, addText = "[@<ver>] <map> <key> <val>", "add a map entry (payload supported instead of key/val)"
			get, delText = "report the keys and values matching a sample for a map", "delete map entries matching <key>"
			showArgs, showText = "[@<ver>] [map]", "report available maps or dump a map's contents"
			rows = append(rows, command.Command{Doc: doc("set map", "<map> [<key>|#<ref>] <value>", "modify a map entry"), Level: command.Admin, Run: setMap})
		}
		upper := strings.ToUpper(t.word)
		if !t.acl {
			upper = "map"
		}
		rows = append(rows,
			command.Command{Doc: doc("add "+t.word, add, addText), Level: command.Admin, Run: t.add},
			command.Command{Doc: doc("clear "+t.word, "[@<ver>] "+id, "clear the contents of this "+t.word), Level: command.Admin, Run: t.clear},
			command.Command{Doc: doc("commit "+t.word, "@<ver> "+id, "commit the "+upper+" at this version"), Level: command.Admin, Run: t.commit},
			command.Command{Doc: doc("del "+t.word, id+" [<key>|#<ref>]", delText), Level: command.Admin, Run: t.del},
			command.Command{Doc: doc("get "+t.word, id+" <value>", get), Level: command.Admin, Run: t.get},
			command.Command{Doc: doc("prepare "+t.word, id, "prepare a new version for atomic "+upper+" "+set), Level: command.Admin, Run: t.prepare},
			command.Command{Doc: doc("show "+t.word, showArgs, showText), Level: command.Admin, Run: t.show},
		)
	}
	return rows
}

// version cuts "@<ver>" off the front of args.
func version(args []string) (ver uint32, given bool, rest []string) {
	if len(args) == 0 || !strings.HasPrefix(args[0], "@") {
		return 0, false, args
	}
	n, _, _ := leadingInt(args[0][1:])
	return uint32(n), true, args[1:]
}

// find looks a list up by file name or "#<id>", and answers when there is none.
func (t *table) find(c *command.Call, name string) *pattern.Ref {
	return t.findAs(c, name, t.noun)
}

// findAs is find with another word for what there is none of.
func (t *table) findAs(c *command.Call, name, noun string) *pattern.Ref {
	e, ok := engine(c)
	if !ok {
		return nil
	}
	var r *pattern.Ref
	if files := e.Files(); files != nil {
		r = files.Find(name)
	}
	if r == nil || t.acl && !r.ACL || !t.acl && !r.TwoColumns {
		c.Fail("Unknown " + noun + " identifier. Please use #<id> or <file>.")
		return nil
	}
	return r
}

func (t *table) missing(c *command.Call) { c.Fail("Missing " + t.noun + " identifier.") }

// show lists all lists, or the entries of one.
func (t *table) show(c *command.Call) {
	ver, given, args := version(c.Args[2:])
	if len(args) == 0 {
		t.list(c)
		return
	}
	r := t.find(c, args[0])
	if r == nil {
		return
	}
	if !given {
		ver, _ = r.Versions()
	}
	const batch = 64
	var entries []*pattern.Entry
	for after := uint64(0); ; {
		entries = r.AppendEntries(entries[:0], ver, after, batch)
		if len(entries) == 0 {
			return
		}
		for _, e := range entries {
			c.Out = appendEntry(c.Out, e)
			after = e.ID
		}
		if !c.Flush(c) {
			return
		}
	}
}

// appendEntry appends an entry with its reference, which "#<ref>" takes.
func appendEntry(dst []byte, e *pattern.Entry) []byte {
	dst = append(strconv.AppendUint(append(dst, "0x"...), e.ID, 16), ' ')
	dst = append(dst, e.Pattern...)
	if e.HasValue() {
		dst = append(append(dst, ' '), e.Value()...)
	}
	return append(dst, '\n')
}

func (t *table) list(c *command.Call) {
	e, ok := engine(c)
	if !ok {
		return
	}
	c.Say("# id (file) description")
	files := e.Files()
	if files == nil {
		return
	}
	for _, r := range files.All() {
		if t.acl && !r.ACL || !t.acl && !r.TwoColumns {
			continue
		}
		cur, next := r.Versions()
		c.Out = strconv.AppendInt(c.Out, int64(r.ID), 10)
		c.Out = append(append(append(c.Out, " ("...), r.Name...), ") "...)
		c.Out = append(c.Out, r.Desc...)
		c.Out = strconv.AppendUint(append(c.Out, ". curr_ver="...), uint64(cur), 10)
		c.Out = strconv.AppendUint(append(c.Out, " next_ver="...), uint64(next), 10)
		c.Out = strconv.AppendInt(append(c.Out, " entry_cnt="...), int64(r.Len()), 10)
		c.Out = append(c.Out, '\n')
		if !c.Flush(c) {
			return
		}
	}
}

// add adds an entry, or all lines of a payload to a map.
func (t *table) add(c *command.Call) {
	ver, given, args := version(c.Args[2:])
	switch {
	case t.acl && len(args) < 2:
		c.Fail("'add acl' expects two parameters: ACL identifier and pattern.")
		return
	case !t.acl && !(len(args) == 1 && c.HasLoad) && len(args) < 3:
		c.Fail("'add map' expects three parameters (map identifier, key and value) or one parameter (map identifier) and a payload")
		return
	}
	r := t.find(c, args[0])
	if r == nil {
		return
	}
	if _, next := r.Versions(); given && ver > next {
		c.Fail("Version number in the future, please use 'prepare " + t.word + "' before.")
		return
	}
	if !given {
		ver, _ = r.Versions()
	}
	if t.acl && r.TwoColumns {
		c.Fail("This ACL is shared with a map containing samples. You must use the command 'add map' to add values.")
		return
	}
	if len(args) == 1 {
		t.addLines(c, r, ver)
		return
	}
	value := ""
	if !t.acl {
		value = args[2]
	}
	t.failed(c, r.AddVersion(ver, args[1], value, !t.acl))
}

// addLines adds a payload's lines of key and value. Those in front of a line
// that is wrong stay.
func (t *table) addLines(c *command.Call, r *pattern.Ref, ver uint32) {
	for text := range strings.SplitSeq(string(c.Payload), "\n") {
		if text == "" {
			continue
		}
		key, value, _ := strings.Cut(text, " ")
		if value = strings.TrimLeft(value, " \t"); value == "" {
			c.Fail("Missing value for key '" + key + "'.")
			return
		}
		if err := r.AddVersion(ver, key, value, true); err != nil {
			t.failed(c, err)
			return
		}
	}
}

func (t *table) failed(c *command.Call, err error) {
	if err != nil {
		msg := err.Error()
		if !strings.HasSuffix(msg, ".") {
			msg += "."
		}
		c.Fail(msg)
	}
}

// reference reads "#<ref>".
func reference(word string) (id uint64, ok bool) {
	hex, ok := strings.CutPrefix(word, "#")
	if !ok {
		return 0, false
	}
	id, err := strconv.ParseUint(strings.TrimPrefix(hex, "0x"), 16, 64)
	return id, err == nil
}

func (t *table) del(c *command.Call) {
	if c.Arg(3) == "" {
		c.Fail("This command expects two parameters: " + t.noun + " identifier and key.")
		return
	}
	r := t.findAs(c, c.Arg(2), "map") // HAProxy 3.4 calls an ACL so, too
	if r == nil {
		return
	}
	var err error
	if id, ok := reference(c.Arg(3)); ok {
		err = r.DelID(id)
	} else {
		err = r.Del(c.Arg(3))
	}
	if err != nil {
		c.Fail("Key not found.")
	}
}

func setMap(c *command.Call) {
	if c.Arg(4) == "" {
		c.Fail("'set map' expects three parameters: map identifier, key and value.")
		return
	}
	r := mapTable.find(c, c.Arg(2))
	if r == nil {
		return
	}
	var err error
	what := "entry not found."
	if id, ok := reference(c.Arg(3)); ok {
		err, what = r.SetID(id, c.Arg(4)), "key or pattern not found."
	} else {
		err = r.Set(c.Arg(3), c.Arg(4))
	}
	if errors.Is(err, pattern.ErrNotFound) {
		c.Fail(what)
		return
	}
	mapTable.failed(c, err)
}

func (t *table) prepare(c *command.Call) {
	if r := t.find(c, c.Arg(2)); r != nil {
		c.Info("New version created: " + strconv.FormatUint(uint64(r.Prepare()), 10))
	}
}

func (t *table) commit(c *command.Call) {
	ver, given, args := version(c.Args[2:])
	if !given {
		c.Fail("Missing version number.")
		return
	}
	if len(args) == 0 {
		t.missing(c)
		return
	}
	if r := t.find(c, args[0]); r != nil && r.Commit(ver) != nil {
		c.Fail("Version number out of range.")
	}
}

func (t *table) clear(c *command.Call) {
	ver, given, args := version(c.Args[2:])
	if len(args) == 0 {
		t.missing(c)
		return
	}
	r := t.find(c, args[0])
	switch {
	case r == nil:
	case given:
		r.ClearVersion(ver)
	default:
		r.Clear()
	}
}

// get matches a text against every set that uses the list.
func (t *table) get(c *command.Call) {
	if c.Arg(3) == "" {
		c.Fail("Missing " + t.noun + " identifier and/or key.")
		return
	}
	r := t.find(c, c.Arg(2))
	if r == nil {
		return
	}
	for _, s := range r.Sets() {
		c.Out = t.appendMatch(c.Out, s, c.Arg(3))
		c.Out = append(c.Out, '\n')
	}
}

func (t *table) appendMatch(dst []byte, s *pattern.Set, text string) []byte {
	spec := s.Spec()
	dst = append(append(dst, "type="...), spec.Method.String()...)
	if spec.Flags&pattern.FoldCase != 0 {
		dst = append(dst, ", case=insensitive"...)
	} else {
		dst = append(dst, ", case=sensitive"...)
	}
	found, yes := ", found=", "key"
	if t.acl {
		found, yes = ", match=", "pattern"
	}
	var e *pattern.Entry
	if in, ok := inputOf(spec.Method, text); ok {
		e = s.Match(&in)
	}
	dst = append(dst, found...)
	if e == nil {
		return append(dst, "no"...)
	}
	dst = append(dst, "yes, idx="...)
	if s.Tree() {
		dst = append(dst, "tree"...)
	} else {
		dst = append(dst, "list"...)
	}
	dst = append(append(append(append(dst, ", "...), yes...), "=\""...), e.Pattern...)
	dst = append(dst, '"')
	if e.HasValue() {
		dst = append(append(append(dst, ", value=\""...), e.Value()...), "\", type=\""...)
		dst = append(append(dst, valueType(spec)...), '"')
	}
	return dst
}
