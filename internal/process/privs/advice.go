package privs

//lint:file-ignore ST1005 tools match HAProxy's words

import "os"

// Advice is what HAProxy 3.4 says at each start as root of rights that s lets the
// process keep: one line about files, one about everything else. Naming root
// ("chroot /", "user root", "uid 0") is an answer to each. Manual 3.1 "chroot",
// "uid".
func (s *Settings) Advice() (lines []string) {
	if os.Geteuid() != 0 {
		return nil
	}
	return s.advice("[" + os.Args[0] + ".main()] ")
}

func (s *Settings) advice(prefix string) (lines []string) {
	if s.Chroot == "" {
		lines = append(lines, prefix+"HAProxy was started as root without any 'chroot' directive. A chroot limits filesystem access of an intruder to a single, "+
			"preferably empty, directory. It is strongly recommended to enable this feature whenever possible (it's always possible when starting as root), "+
			"via 'chroot auto' in the global section. If you think you have good reasons for running outside a chroot, explicitly configure 'chroot /' to silence this warning.")
	}
	if !s.HasUID {
		lines = append(lines, prefix+"HAProxy was started as the root user and does not make use of 'user' nor 'uid' global options to drop the privileges. "+
			"This is generally considered as a bad practice security-wise. If running as root is intentional, please make it explicit using 'uid 0' or 'user root', "+
			"and also please consider using the 'chroot' directive to isolate the process into a totally empty and read-only directory if possible. "+
			"Also, since your operating system supports it, always prefer relying on capabilities with unprivileged users than running with full privileges "+
			"(look for 'setcap' in the configurationmanual).")
	}
	return lines
}
