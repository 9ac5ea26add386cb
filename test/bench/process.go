package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// tick is the unit of /proc/PID/stat: USER_HZ is 100 on all Linux that Go runs on.
const tick = time.Second / 100

// proxy is a running process with its children.
type proxy struct {
	cmd *exec.Cmd
	out bytes.Buffer
}

// start runs a proxy on a CPU and waits until it serves.
func start(binary, cpu, dir, config, port string) (*proxy, error) {
	file := filepath.Join(dir, "proxy"+port+".cfg")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		return nil, err
	}
	p := &proxy{cmd: exec.Command("taskset", "-c", cpu, binary, "-db", "-f", file)}
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.out
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	for range 100 {
		if c, err := net.Dial("tcp", "127.0.0.1:"+port); err == nil {
			return p, c.Close()
		}
		time.Sleep(50 * time.Millisecond) // nothing tells when another program listens
	}
	p.stop()
	return nil, fmt.Errorf("%s does not serve: %s", binary, bytes.TrimSpace(p.out.Bytes()))
}

// stop ends the process and its children.
func (p *proxy) stop() {
	syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) //nolint:errcheck // it may be gone
	p.cmd.Wait()                                      //nolint:errcheck // killed
}

// cpu is the time that the processes of the group have used.
func (p *proxy) cpu() (user, system time.Duration) {
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			continue // ended meanwhile
		}
		s, err := parseStat(string(text))
		if err == nil && s.group == p.cmd.Process.Pid {
			user += s.user
			system += s.system
		}
	}
	return user, system
}

// stat is what we read of /proc/PID/stat (proc(5)).
type stat struct {
	group        int
	user, system time.Duration
}

func parseStat(text string) (s stat, err error) {
	// The name, in parentheses, may hold anything.
	i := strings.LastIndexByte(text, ')')
	f := strings.Fields(text[i+1:])
	if i < 0 || len(f) < 13 {
		return s, errors.New("not a line of /proc/PID/stat")
	}
	// f[0] is field 3 of the manual.
	group, err1 := strconv.Atoi(f[2])
	user, err2 := strconv.Atoi(f[11])
	system, err3 := strconv.Atoi(f[12])
	return stat{group, time.Duration(user) * tick, time.Duration(system) * tick}, errors.Join(err1, err2, err3)
}

// freePort asks the kernel for one.
func freePort() string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "0"
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}
