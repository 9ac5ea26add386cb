package privs

import (
	"strings"
	"testing"
)

func TestAdviceForRoot(t *testing.T) {
	for _, c := range []struct {
		name         string
		s            Settings
		chroot, user bool
	}{
		{"nothing said", Settings{}, true, true},
		{"chroot", Settings{Chroot: "/"}, false, true},
		{"user root", Settings{HasUID: true}, true, false},
		{"another user", Settings{HasUID: true, UID: 99}, true, false},
		{"a group is no user", Settings{HasGID: true, GID: 99}, true, true},
		{"both", Settings{HasUID: true, UID: 99, Chroot: autoJail}, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := strings.Join(c.s.advice("x: "), "\n")
			if chroot := strings.Contains(got, "without any 'chroot'"); chroot != c.chroot {
				t.Errorf("advice about chroot %v, want %v", chroot, c.chroot)
			}
			if user := strings.Contains(got, "started as the root user"); user != c.user {
				t.Errorf("advice about users %v, want %v", user, c.user)
			}
		})
	}
}
