package stats

import (
	"strconv"

	"segue/internal/command"
	"segue/internal/resolve"
)

// resolverColumns are the columns of "show stat domain resolvers" behind "id"
// and "pid", in the order of package resolve's counters.
var resolverColumns = [resolve.Counters]struct{ name, text string }{
	{"sent", "Sent"}, {"send_error", "Send error"}, {"valid", "Valid"}, {"update", "Update"}, {"cname", "CNAME"},
	{"cname_error", "CNAME error"}, {"any_err", "Any errors"}, {"nx", "NX"}, {"timeout", "Timeout"}, {"refused", "Refused"},
	{"other", "Other"}, {"invalid", "Invalid"}, {"too_big", "Too big"}, {"truncated", "Truncated"}, {"outdated", "Outdated"},
}

// showResolvers answers "show stat domain resolvers".
func showResolvers(c *command.Call, form format, desc bool) {
	list, _ := resolve.Of(c.Process).Stats("")
	switch form {
	case formatJSON:
		c.Out = append(c.Out, '[')
	case formatCSV:
		c.Out = append(c.Out, "# id,pid,"...)
		for i := range resolverColumns {
			c.Out = append(append(c.Out, resolverColumns[i].name...), ',')
		}
		c.Out = append(c.Out, '\n')
	}
	first := true
	for i := range list {
		if list[i].Server == "" {
			continue
		}
		if form == formatJSON && !first {
			c.Out = append(c.Out, ',')
		}
		first = false
		c.Out = appendResolver(c.Out, &list[i], form, desc)
	}
	if form == formatJSON {
		c.Out = append(c.Out, "]\n"...)
	}
}

func appendResolver(dst []byte, st *resolve.Stat, form format, desc bool) []byte {
	row := resolverRow{dst: dst, form: form, desc: desc}
	if form == formatJSON {
		row.dst = append(row.dst, '[')
	}
	row.value("id", "ID", "CGPV", "str", st.Server)
	row.value("pid", "Parent ID", "CGPV", "str", st.Section)
	for i, n := range st.Count {
		row.value(resolverColumns[i].name, resolverColumns[i].text, "MGPV", "u64", strconv.FormatInt(n, 10))
	}
	switch form {
	case formatJSON:
		row.dst = append(row.dst, ']')
	case formatCSV:
		row.dst = append(row.dst, '\n')
	}
	return row.dst
}

// resolverRow writes the values of a name server one after the other.
type resolverRow struct {
	dst  []byte
	form format
	desc bool
	pos  int
}

func (r *resolverRow) value(name, text, tag, typ, v string) {
	pos := strconv.Itoa(r.pos)
	switch r.form {
	case formatCSV:
		r.dst = append(appendCSV(r.dst, v), ',')
	case formatTyped:
		r.dst = append(r.dst, "N."+pos+"."+name+":"+tag+":"+typ+":"+v...)
		if r.desc {
			r.dst = append(r.dst, ":\""+text+"\""...)
		}
		r.dst = append(r.dst, '\n')
	case formatJSON:
		if r.pos > 0 {
			r.dst = append(r.dst, ',')
		}
		if typ == "str" {
			v = string(appendJSON(nil, v))
		}
		r.dst = append(r.dst, `{"field":{"pos":`+pos+`,"name":"`+name+`"},"tags":{"origin":"`+origin(tag[0])+`","nature":"`+nature(tag[1])+
			`","scope":"`+scope(tag[2])+`"},"value":{"type":"`+typ+`","value":`+v+`}}`...)
	}
	r.pos++
}
