package privs

//lint:file-ignore ST1005 tools match HAProxy's words

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Rights are what a configuration asks of the kernel while it serves.
type Rights struct {
	Net bool `json:"net,omitempty"` // foreign source addresses, interfaces, marks
	Sys bool `json:"sys,omitempty"` // sockets in other network namespaces
}

// Suit says whether the rights will be there when s has been dropped. Who starts
// as root and gives away what is needed gets an error, as in HAProxy 3.4; who
// never was root a warning, because something else may have provided.
func (r *Rights) Suit(s *Settings) (warning string, err error) {
	if !r.Net && !r.Sys {
		return "", nil
	}
	mask, err := capabilityMask(s.Caps)
	if err != nil {
		return "", nil // Check says so
	}
	if os.Geteuid() == 0 && (!s.HasUID || s.UID == 0) {
		return "", nil
	}
	if os.Geteuid() != 0 {
		effective, _ := current()
		mask |= effective
	}
	const anyNet = 1<<unix.CAP_NET_ADMIN | 1<<unix.CAP_NET_RAW
	lacksNet, lacksSys := r.Net && mask&anyNet == 0, r.Sys && mask&(1<<unix.CAP_SYS_ADMIN) == 0
	program := filepath.Base(os.Args[0])
	switch {
	case !lacksNet && !lacksSys:
		return "", nil
	case os.Geteuid() != 0:
		return fmt.Sprintf("[%s.main()] Some options which require full privileges might not work well.", program), nil
	}
	remedy := "cap_sys_admin' for network namespaces"
	if lacksNet {
		remedy = "cap_net_raw' for foreign source addresses, interfaces and marks"
	}
	if lacksNet && lacksSys {
		remedy = "cap_net_raw,cap_sys_admin' for source addresses, marks and network namespaces"
	}
	return "", fmt.Errorf("[%s.main()] Some configuration options require full privileges, so global.uid cannot be changed. Add 'setcap %s, or drop 'user' and 'uid'.", program, remedy)
}
