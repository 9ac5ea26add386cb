package admin

import (
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"

	"segue/internal/command"
)

// buildRows show what the program is made of and where it runs.
func buildRows() []command.Command {
	return []command.Command{
		{Doc: doc("show dev", "", "show debug info for developers"), Run: showDev},
		{Doc: doc("show libs", "", "show loaded object files and libraries"), Level: command.Operator, Run: showLibs},
	}
}

// showLibs lists the executable where it lies in memory, as HAProxy does for
// each object file, and the modules that are part of it: there are no files to
// load them from, so they are named with their versions.
func showLibs(c *command.Call) {
	maps, _ := os.ReadFile("/proc/self/maps")
	path, _ := os.Executable()
	if lo, hi := span(string(maps), path); hi > lo {
		c.Say("0x" + strconv.FormatUint(lo, 16) + "-0x" + strconv.FormatUint(hi-1, 16) + " (0x" + hex7(hi-lo) + ") " + path)
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return
	}
	c.Say("go " + info.GoVersion)
	for _, m := range info.Deps {
		c.Say(m.Path + " " + m.Version)
	}
}

// hex7 is n with at least 7 digits, as the sizes of object files are written.
func hex7(n uint64) string {
	s := strconv.FormatUint(n, 16)
	return strings.Repeat("0", max(7-len(s), 0)) + s
}

// span is from where to where maps (proc(5)) has the file in memory.
func span(maps, path string) (lo, hi uint64) {
	for line := range strings.SplitSeq(maps, "\n") {
		if !strings.HasSuffix(line, " "+path) {
			continue
		}
		area, _, _ := strings.Cut(line, " ")
		from, to, _ := strings.Cut(area, "-")
		a, err := strconv.ParseUint(from, 16, 64)
		b, err2 := strconv.ParseUint(to, 16, 64)
		if err != nil || err2 != nil {
			continue
		}
		if hi == 0 || a < lo {
			lo = a
		}
		hi = max(hi, b)
	}
	return lo, hi
}

// showDev prints the build, the platform and the process.
func showDev(c *command.Call) {
	if c.Arg(2) != "" {
		c.Fail("This command takes no argument.")
		return
	}
	text := func(name, value string) { c.Say("  " + name + ": " + value) }
	num := func(name string, n int64) { text(name, strconv.FormatInt(n, 10)) }
	c.Say("Build options:")
	text("compiler", runtime.Version())
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			text(s.Key, s.Value)
		}
	}
	c.Say("Platform info:")
	c.Say("  machine")
	var u syscall.Utsname
	if syscall.Uname(&u) == nil {
		text("  os name", chars(u.Sysname[:]))
		text("  os release", chars(u.Release[:]))
		text("  os version", chars(u.Version[:]))
		text("  os architecture", chars(u.Machine[:]))
	}
	num("  online cpus", int64(runtime.NumCPU()))
	c.Say("Process info:")
	num("pid", int64(c.Process.PID))
	num("threads", int64(len(c.Process.Threads)))
	num("boot time ms", c.Process.Booted.Load())
	var lim syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &lim) == nil {
		text("fd limit", strconv.FormatUint(lim.Cur, 10)+" soft, "+strconv.FormatUint(lim.Max, 10)+" hard")
	}
	num("uid", int64(os.Getuid()))
	num("gid", int64(os.Getgid()))
}

// chars is the text of a field of utsname.
func chars(p []int8) string {
	var b []byte
	for _, ch := range p {
		if ch == 0 {
			break
		}
		b = append(b, byte(ch))
	}
	return string(b)
}
