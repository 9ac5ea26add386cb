package process

//lint:file-ignore ST1005 tools match HAProxy's words

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// validateTime bounds a validator that hangs, for example in a resolver.
const validateTime = 60 * time.Second

// plannedBundle is what a validator wrote.
type plannedBundle struct {
	file *os.File // sealed memory file
	head *wireHead
}

// validate runs a validator. What it prints goes to our console.
func (m *master) validate(ctx context.Context) (*plannedBundle, error) {
	file, err := memoryFile("bundle")
	if err != nil {
		return nil, err
	}
	b := &plannedBundle{file: file}
	if err := m.runValidator(ctx, b); err != nil {
		file.Close()
		return nil, err
	}
	return b, nil
}

func (m *master) runValidator(ctx context.Context, b *plannedBundle) error {
	ctx, cancel := context.WithTimeoutCause(ctx, validateTime, errors.New("it took too long"))
	defer cancel()
	cmd := m.self.command(roleValidator, b.file)
	cmd.Stderr = m.con
	cmd.WaitDelay = time.Second // something it left behind may hold the pipe
	if m.gen == 1 {
		cmd.Stdin = os.Stdin // "-f -" works once
	}
	if err := m.spawn.start(cmd); err != nil {
		return fmt.Errorf("cannot start a process to check the configuration: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	var err error
	select {
	case err = <-ended:
	case <-ctx.Done():
		cmd.Process.Kill() //nolint:errcheck // gone is fine
		<-ended
		return fmt.Errorf("the check of the configuration was ended: %w", context.Cause(ctx))
	}
	if status := exitStatus(err); status != 0 {
		return fmt.Errorf("Failed to load configuration: its check exited with code %s", statusText(status))
	}
	if err := seal(b.file); err != nil {
		return err
	}
	st, err := b.file.Stat()
	if err != nil {
		return err
	}
	b.head, _, err = readHead(b.file, st.Size())
	return err
}
