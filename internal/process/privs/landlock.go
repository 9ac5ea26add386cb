package privs

import (
	"fmt"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Landlock: a process takes from itself the right to open files, but for those
// that it names. What is open stays usable, and so do sockets, also unix ones by
// their path.

// LandlockABI is the version of the kernel's Landlock, 0 if there is none.
func LandlockABI() int {
	v, _, no := syscall.RawSyscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if no != 0 {
		return 0
	}
	return int(v)
}

// readable are the paths that a process may still read after confine; one that is
// not there is left out. Nothing can be written or executed.
func readable() []string {
	return []string{
		"/proc/self",         // "show fd", "show libs"
		"/etc/hosts",         // names that the runtime API brings
		"/etc/nsswitch.conf", //
		"/etc/resolv.conf",   //
	}
}

// rightsOf are the rights on files that version abi of Landlock can take away.
func rightsOf(abi int) uint64 {
	const first = 1<<13 - 1 // execute, write, read, list, remove, make
	all := uint64(first)
	if abi >= 2 {
		all |= unix.LANDLOCK_ACCESS_FS_REFER
	}
	if abi >= 3 {
		all |= unix.LANDLOCK_ACCESS_FS_TRUNCATE
	}
	if abi >= 5 {
		all |= unix.LANDLOCK_ACCESS_FS_IOCTL_DEV
	}
	return all
}

// confine applies Landlock to all threads, and those that they will start. It
// needs no_new_privs. Where the kernel has no Landlock it does nothing.
func confine() error {
	abi := LandlockABI()
	if abi == 0 {
		return nil
	}
	attr := unix.LandlockRulesetAttr{Handled_access_fs: rightsOf(abi)}
	// Only the first field: all versions know it.
	rules, _, no := syscall.RawSyscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&attr)), unsafe.Sizeof(attr.Handled_access_fs), 0)
	if no != 0 {
		return fmt.Errorf("cannot make a Landlock ruleset: %w", no)
	}
	defer unix.Close(int(rules))
	for _, path := range readable() {
		if err := permit(int(rules), path); err != nil {
			return fmt.Errorf("cannot permit '%s' in Landlock: %w", path, err)
		}
	}
	_, _, no = syscall.AllThreadsSyscall(unix.SYS_LANDLOCK_RESTRICT_SELF, rules, 0, 0)
	if err := errnoOrNil(no); err != nil {
		return fmt.Errorf("cannot apply Landlock: %w", err)
	}
	return nil
}

// permit lets path be read. The descriptor stays open for the life of the
// process: the rule is for the inode, and the one of /proc/self lives only as
// long as somebody holds it.
func permit(rules int, path string) error {
	fd, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err == unix.ENOENT || err == unix.EACCES {
		return nil // then it cannot be read, whatever the rules say
	}
	if err != nil {
		return err
	}
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return err
	}
	beneath := unix.LandlockPathBeneathAttr{Allowed_access: unix.LANDLOCK_ACCESS_FS_READ_FILE, Parent_fd: int32(fd)}
	if st.Mode&unix.S_IFMT == unix.S_IFDIR {
		beneath.Allowed_access |= unix.LANDLOCK_ACCESS_FS_READ_DIR
	}
	_, _, no := syscall.RawSyscall6(unix.SYS_LANDLOCK_ADD_RULE, uintptr(rules), unix.LANDLOCK_RULE_PATH_BENEATH, uintptr(unsafe.Pointer(&beneath)), 0, 0, 0)
	return errnoOrNil(no)
}
