package reload

import (
	"strconv"
	"strings"
	"time"

	"segue/internal/catalog"
	"segue/internal/command"
	"segue/internal/conf"
	"segue/internal/diag"
	"segue/internal/keyword"
)

// Generation is a configuration that is in memory.
type Generation struct {
	Num           int
	Born, Retired int64         // unix ns; Retired 0 = it serves
	Tunnels       int           // connections that relay bytes
	Streams       int           // requests
	Idle          int           // connections without a stream
	HardStop      time.Duration // hard-stop-after, 0 = none
	Left          bool          // nothing belongs to it any more; its memory is about to be freed
}

// Lister knows the generations. It is found in lb.Process.Hooks; it may block.
type Lister interface {
	Generations() []Generation
}

// Feature returns the words.
func Feature() *catalog.Feature {
	return &catalog.Feature{
		Name: "reload",
		Directives: []catalog.Directive{{
			Doc: keyword.Doc{Name: "landlock", Args: "{ on | off }", Section: "3.1",
				Text: "Takes from what serves the right to open files. Linux 5.13."},
			In: catalog.Global, Parse: parseLandlock,
		}, {
			Doc: keyword.Doc{Name: "reload-mode", Args: "{ in-place | new-worker }", Section: "3.1",
				Text: "Says whether a reload changes the running worker or starts another one."},
			In: catalog.Global, Parse: parseMode,
		}},
		Check: checkLandlock,
		Commands: []command.Command{{
			Doc: keyword.Doc{Name: "show generations", Section: "management 9.3",
				Text: "list the configurations in memory and what keeps the old ones there"},
			Run: showGenerations,
		}},
	}
}

func parseMode(c *conf.Context) {
	switch c.Text(0) {
	case "in-place":
		c.Model.Global.NewWorker = false
	case "new-worker":
		c.Model.Global.NewWorker = true
	default:
		c.Alertf(c.Arg, "'reload-mode' expects 'in-place' or 'new-worker'.")
	}
}

func parseLandlock(c *conf.Context) {
	switch c.Text(0) {
	case "on":
		c.Model.Global.Landlock = true
	case "off":
		c.Model.Global.Landlock = false
	default:
		c.Alertf(c.Arg, "'landlock' expects 'on' or 'off'.")
	}
}

// checkLandlock refuses what cannot work under Landlock.
func checkLandlock(c *conf.Context) {
	g := &c.Model.Global
	if !g.Landlock {
		return
	}
	for _, x := range []struct {
		set  bool
		with string
	}{
		{g.ExternalCheck, "'external-check': the command of a check could not be executed"},
		{g.InsecureSetuid, "'insecure-setuid-wanted': it needs no_new_privs"},
	} {
		if x.set {
			c.Diag.Add(diag.Entry{Sev: diag.Alert, Msg: "'landlock on' cannot be had together with " + x.with + "; remove one of them."})
		}
	}
}

// showGenerations prints a line for each: number, age and time since it was
// replaced in seconds, what belongs to it, and why it is there.
func showGenerations(c *command.Call) {
	l, ok := c.Process.Hooks.(Lister)
	if !ok {
		c.Fail("This command is not available in this process.")
		return
	}
	var list []Generation
	c.Task.Do(func() { list = l.Generations() })
	now := time.Now().UnixNano()
	c.Say("# generation age retired tunnels streams idle why")
	for i := range list {
		c.Out = append(list[i].appendTo(c.Out, now), '\n')
	}
}

func (g *Generation) appendTo(b []byte, now int64) []byte {
	b = strconv.AppendInt(b, int64(g.Num), 10)
	b = append(b, ' ')
	b = strconv.AppendInt(b, (now-g.Born)/1e9, 10)
	b = append(b, ' ')
	if g.Retired == 0 {
		b = append(b, '-')
	} else {
		b = strconv.AppendInt(b, (now-g.Retired)/1e9, 10)
	}
	for _, n := range []int{g.Tunnels, g.Streams, g.Idle} {
		b = append(b, ' ')
		b = strconv.AppendInt(b, int64(n), 10)
	}
	return append(append(b, ' '), g.why(now)...)
}

// why says what keeps the generation in memory.
func (g *Generation) why(now int64) string {
	if g.Retired == 0 {
		return "serving"
	}
	var why []string
	for _, x := range []struct {
		n    int
		text string
	}{{g.Tunnels, "tunnels"}, {g.Streams, "streams"}, {g.Idle, "connections"}} {
		if x.n > 0 {
			why = append(why, x.text)
		}
	}
	switch {
	case g.Left:
		return "freed-soon"
	case len(why) == 0:
		return "ending"
	}
	text := strings.Join(why, ",")
	if g.HardStop > 0 {
		left := max(g.HardStop-time.Duration(now-g.Retired), 0)
		text += " until " + left.Round(time.Second).String()
	}
	return text
}
