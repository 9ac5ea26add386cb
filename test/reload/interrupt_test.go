package reload

import "syscall"

// interrupt makes ab end early and report.
const interrupt = syscall.SIGINT
