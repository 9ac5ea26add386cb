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
		lines = append(lines, prefix+"HAProxy was started as root without any 'chroot' directive: whoever breaks in sees all files. "+
			"'chroot auto' takes them away; 'chroot /' says that it is meant so.")
	}
	if !s.HasUID {
		lines = append(lines, prefix+"HAProxy was started as the root user and does not make use of 'user' nor 'uid': whoever breaks in may do all. "+
			"Name a user, and with 'setcap' the capabilities that it needs beside; 'user root' says that it is meant so.")
	}
	return lines
}
