// Package notify speaks to the service manager: state messages to
// $NOTIFY_SOCKET (sd_notify) and sockets from $LISTEN_FDS (socket activation).
//
// A nil *Notifier is valid and silent, so that callers need not ask whether
// anybody listens. Messages are datagrams that are sent whole or not at all;
// a service manager that does not read never blocks us.
package notify
