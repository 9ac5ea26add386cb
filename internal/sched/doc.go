// Package sched is the contract of waiting: loops, tasks, connections, timers.
//
// A Loop is one goroutine locked to a thread. It runs at most one Task at a
// time; a Task runs until it waits (Conn.Read, Conn.Write, Task.Sleep,
// Task.Park) and nothing else may wait: no mutex is held across a wait, and no
// channel, file or resolver is touched inside a task. Blocking work goes to a
// goroutine through Task.Do or Loop.Go, which post the result back.
//
// Everything without a comment of its own belongs to the loop's thread. What
// other threads may call says so: Loop.Post, Loop.Stop, Task.Cancel by Post.
//
// Times are monotonic nanoseconds of Loop.Now, cached once an iteration; a
// deadline of 0 means never. The kernel is behind System, of which package
// sched/epoll is the real one and sched/virtual a deterministic one for tests.
package sched
