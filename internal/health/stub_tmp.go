package health

import "segue/internal/sched"

type agentReply struct{}

func (s *server) obey(o *outcome, ev *events) {}

var agentPlan = &Plan{kind: agentCheck}

func (c *Check) runCommand(t *sched.Task, o *outcome)                 {}
func (c *Check) viaSocks() bool                                       { return false }
func (c *Check) socks(t *sched.Task, deadline int64, o *outcome) bool { return false }
