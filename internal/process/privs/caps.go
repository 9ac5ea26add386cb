package privs

import (
	"errors"
	"sort"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// capabilities are the names that "setcap" takes.
func capabilities() map[string]uint {
	return map[string]uint{
		"cap_net_admin":        unix.CAP_NET_ADMIN,
		"cap_net_bind_service": unix.CAP_NET_BIND_SERVICE,
		"cap_net_raw":          unix.CAP_NET_RAW,
		"cap_sys_admin":        unix.CAP_SYS_ADMIN,
	}
}

// capabilityMask turns names into the kernel's bits.
func capabilityMask(names []string) (uint64, error) {
	known := capabilities()
	var mask uint64
	for _, n := range names {
		bit, ok := known[n]
		if !ok {
			all := make([]string, 0, len(known))
			for k := range known {
				all = append(all, k)
			}
			sort.Strings(all)
			return 0, errors.New("'setcap' : unsupported capability '" + n + "'.  Supported ones are: " + strings.Join(all, ", ") + ".")
		}
		mask |= 1 << bit
	}
	return mask, nil
}

// has reports whether the process may do what capability bit stands for now.
func has(bit uint) bool {
	effective, _ := current()
	return effective&(1<<bit) != 0
}

// permitted are the capabilities that the process may make effective.
func permitted() uint64 {
	_, p := current()
	return p
}

// current reads the capabilities of the calling thread.
func current() (effective, permitted uint64) {
	hdr := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&hdr, &data[0]); err != nil {
		return 0, 0
	}
	return uint64(data[1].Effective)<<32 | uint64(data[0].Effective),
		uint64(data[1].Permitted)<<32 | uint64(data[0].Permitted)
}

// setCapabilities leaves every thread with exactly mask.
func setCapabilities(mask uint64) error {
	hdr := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	data := [2]unix.CapUserData{
		{Effective: uint32(mask), Permitted: uint32(mask)},
		{Effective: uint32(mask >> 32), Permitted: uint32(mask >> 32)},
	}
	_, _, no := syscall.AllThreadsSyscall(unix.SYS_CAPSET, uintptr(unsafe.Pointer(&hdr)), uintptr(unsafe.Pointer(&data[0])), 0)
	return errnoOrNil(no)
}

// prctlAll sets an attribute that each thread has of its own.
func prctlAll(option, value uintptr) error {
	_, _, no := syscall.AllThreadsSyscall6(unix.SYS_PRCTL, option, value, 0, 0, 0, 0)
	return errnoOrNil(no)
}

// threadsReachable reports whether the runtime can run a system call on all
// threads; with cgo it cannot.
func threadsReachable() bool {
	_, _, no := syscall.AllThreadsSyscall(unix.SYS_GETPPID, 0, 0, 0)
	return no != syscall.ENOTSUP
}

func errnoOrNil(no syscall.Errno) error {
	if no == 0 {
		return nil
	}
	return no
}
