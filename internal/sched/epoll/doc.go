// Package epoll is sched.System on Linux: edge-triggered epoll, an eventfd to
// wake it, and raw system calls for everything that cannot block.
//
// Raw calls (syscall.RawSyscall6) skip the runtime's bookkeeping, which is
// worth 9 % of a request; they are used only where the kernel returns at once:
// non-blocking sockets, epoll_ctl, epoll_wait with no timeout.
package epoll
