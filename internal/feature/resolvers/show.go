package resolvers

import (
	"fmt"

	"segue/internal/command"
	"segue/internal/keyword"
	"segue/internal/resolve"
)

func showRow() command.Command {
	return command.Command{
		Doc: keyword.Doc{Name: "show resolvers", Args: "[id]", Section: "management 9.3", Text: "dumps counters from all resolvers section and associated name servers"},
		Run: show,
	}
}

// names are the counters in the order of package resolve's.
var names = [resolve.Counters]string{
	"sent", "snd_error", "valid", "update", "cname", "cname_error", "any_err", "nx", "timeout", "refused", "other",
	"invalid", "too_big", "truncated", "outdated",
}

// show lists what the name servers have counted. Management guide 9.3.
func show(c *command.Call) {
	list, found := resolve.Of(c.Process).Stats(c.Arg(2))
	if !found && c.Arg(2) != "" {
		c.Fail("Can't find that resolvers section")
		return
	}
	last := ""
	for i := range list {
		st := &list[i]
		if i == 0 || st.Section != last {
			c.Out = fmt.Appendf(c.Out, "Resolvers section %s\n", st.Section)
			last = st.Section
		}
		if st.Server == "" {
			continue
		}
		c.Out = fmt.Appendf(c.Out, " nameserver %s:\n", st.Server)
		for k, n := range st.Count {
			c.Out = fmt.Appendf(c.Out, "  %-13s%d\n", names[k]+":", n)
		}
		if !c.Flush(c) {
			return
		}
	}
}
