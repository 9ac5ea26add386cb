package privs

//lint:file-ignore ST1005 tools match HAProxy's words

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Settings are the directives of the global section that concern the rights
// of the process. The zero value changes nothing.
type Settings struct {
	UID    int      `json:"uid,omitempty"`
	HasUID bool     `json:"hasUID,omitempty"`
	GID    int      `json:"gid,omitempty"`
	HasGID bool     `json:"hasGID,omitempty"`
	Groups []int    `json:"groups,omitempty"` // supplementary groups to have afterwards
	Chroot string   `json:"chroot,omitempty"` // a directory, or "auto"
	Caps   []string `json:"caps,omitempty"`   // setcap: capabilities to keep
	// NoNewPrivs keeps programs that the process starts from gaining rights.
	// A binary linked with cgo cannot set it and goes on without.
	NoNewPrivs bool `json:"noNewPrivs,omitempty"`
	Dumpable   bool `json:"dumpable,omitempty"` // set-dumpable
	Landlock   bool `json:"landlock,omitempty"` // files can no longer be opened, see readable
}

// autoJail is the argument of chroot that asks for an empty directory without
// a name.
const autoJail = "auto"

// Check reports why Drop would fail, nil if it will not. It changes nothing.
func Check(s *Settings) error {
	var errs []error
	if s.Chroot != "" && s.Chroot != autoJail {
		if st, err := os.Stat(s.Chroot); err != nil {
			errs = append(errs, fmt.Errorf("Cannot chroot(%s): %w.", s.Chroot, err))
		} else if !st.IsDir() {
			errs = append(errs, fmt.Errorf("Cannot chroot(%s): not a directory.", s.Chroot))
		}
	}
	if s.Chroot != "" && !has(unix.CAP_SYS_CHROOT) {
		errs = append(errs, fmt.Errorf("Cannot chroot(%s): not allowed without root.", s.Chroot))
	}
	if s.HasGID && s.GID != os.Getegid() && !has(unix.CAP_SETGID) {
		errs = append(errs, fmt.Errorf("Cannot set gid %d: not allowed without root.", s.GID))
	}
	if s.HasUID && s.UID != os.Geteuid() && !has(unix.CAP_SETUID) {
		errs = append(errs, fmt.Errorf("Cannot set uid %d: not allowed without root.", s.UID))
	}
	mask, err := capabilityMask(s.Caps)
	errs = append(errs, err)
	if missing := mask &^ permitted(); err == nil && missing != 0 {
		errs = append(errs, errors.New("cannot keep capabilities that the process does not have; run 'setcap' on the binary or start as root"))
	}
	if mask != 0 && !threadsReachable() {
		errs = append(errs, errors.New("this binary was linked with cgo and cannot change capabilities of all its threads; build it with CGO_ENABLED=0"))
	}
	if s.Landlock && !threadsReachable() {
		errs = append(errs, errors.New("'landlock' needs all threads, which a binary linked with cgo cannot reach; build it with CGO_ENABLED=0"))
	}
	return errors.Join(errs...)
}

// Drop changes root, groups, user, capabilities and what may be opened, in this
// order, on all threads. An error leaves the process half changed: it must end.
func Drop(s *Settings) error {
	//lint:ignore SA4017 its effect is that the zone is read
	time.Now().Zone() // the library reads the zone's file at its first use
	if s.Chroot != "" {
		if err := chroot(s.Chroot); err != nil {
			return fmt.Errorf("cannot chroot(%s): %w", s.Chroot, err)
		}
	}
	mask, err := capabilityMask(s.Caps)
	if err != nil {
		return err
	}
	leaving := s.HasUID && s.UID != 0 && os.Geteuid() == 0
	if mask != 0 && leaving {
		if err := prctlAll(unix.PR_SET_KEEPCAPS, 1); err != nil {
			return fmt.Errorf("cannot keep capabilities: %w", err)
		}
	}
	if err := setIDs(s); err != nil {
		return err
	}
	if mask != 0 {
		if err := setCapabilities(mask); err != nil {
			return fmt.Errorf("cannot set capabilities: %w", err)
		}
	}
	if s.NoNewPrivs && threadsReachable() {
		if err := prctlAll(unix.PR_SET_NO_NEW_PRIVS, 1); err != nil {
			return fmt.Errorf("cannot set no_new_privs: %w", err)
		}
	}
	if s.Landlock {
		if err := confine(); err != nil {
			return err
		}
	}
	// Changing the user cleared the flag, so it is set in both directions last.
	if s.Dumpable {
		if err := unix.Prctl(unix.PR_SET_DUMPABLE, 1, 0, 0, 0); err != nil {
			return fmt.Errorf("cannot make the process dumpable: %w", err)
		}
	}
	return nil
}

// setIDs changes groups before the user, who has no right to.
func setIDs(s *Settings) error {
	if s.HasGID || len(s.Groups) > 0 {
		if err := syscall.Setgroups(s.Groups); err != nil && os.Geteuid() == 0 {
			return fmt.Errorf("cannot set supplementary groups: %w", err)
		}
	}
	if s.HasGID && s.GID != os.Getegid() {
		if err := syscall.Setgid(s.GID); err != nil {
			return fmt.Errorf("cannot set gid %d: %w", s.GID, err)
		}
	}
	if s.HasUID && s.UID != os.Geteuid() {
		if err := syscall.Setuid(s.UID); err != nil {
			return fmt.Errorf("cannot set uid %d: %w", s.UID, err)
		}
	}
	return nil
}

// chroot enters the jail. All threads of a Go process share root and working
// directory. "auto" is a directory that is gone when we are in it.
func chroot(dir string) error {
	if dir != autoJail {
		if err := unix.Chroot(dir); err != nil {
			return err
		}
		return unix.Chdir("/")
	}
	temp, err := os.MkdirTemp("", "segue-jail-")
	if err != nil {
		return err
	}
	if err := errors.Join(os.Chmod(temp, 0o555), unix.Chdir(temp)); err != nil {
		return err
	}
	if err := os.Remove(temp); err != nil {
		return err
	}
	return unix.Chroot(".")
}
