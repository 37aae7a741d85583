package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	bootstrap "github.com/containerd/containerd/api/runtime/bootstrap/v1"
	"github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2/process"
	"github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2/runc"
	"github.com/containerd/containerd/v2/pkg/namespaces"
	"github.com/containerd/containerd/v2/pkg/shim"

	"distro.satrain.dev/podsandbox"
)

// starter starts shims as upstream's manager does, and cleans up after them: both are programs of a moment, which
// collect no garbage.
type starter struct{ shim.Shim }

// Start also takes a sandbox, which has no configuration of a container: upstream's manager reads one.
func (s starter) Start(ctx context.Context, params *bootstrap.BootstrapParams) (*bootstrap.BootstrapResult, error) {
	debug.SetGCPercent(-1)
	const name = "config.json"
	if _, err := os.Stat(name); errors.Is(err, fs.ErrNotExist) {
		if err := os.WriteFile(name, []byte("{}"), 0o600); err != nil {
			return nil, err
		}
	}
	return s.Shim.Start(ctx, params)
}

// Stop is called for each container and sandbox when its shim is gone, killed or not. Where nothing is left it has
// nothing to do; upstream's manager starts runc to find that out.
func (s starter) Stop(ctx context.Context, id string) (shim.StopStatus, error) {
	debug.SetGCPercent(-1)
	bundle, err := os.Getwd()
	if err != nil {
		return shim.StopStatus{}, err
	}
	bundle = filepath.Join(filepath.Dir(bundle), id)
	if isSandbox, err := podsandbox.RemoveLeft(bundle); isSandbox || err != nil {
		return shim.StopStatus{ExitedAt: time.Now(), ExitStatus: 128 + 9}, err
	}
	if left, err := hasState(ctx, bundle, id); left || err != nil {
		return s.Shim.Stop(ctx, id)
	}
	if exit, err := runc.ReadExitStatus(bundle); err == nil {
		return shim.StopStatus{ExitedAt: exit.Timestamp, ExitStatus: exit.Status, Pid: exit.Pid}, nil
	}
	return s.Shim.Stop(ctx, id)
}

// hasState tells whether runc knows a container.
func hasState(ctx context.Context, bundle, id string) (bool, error) {
	namespace, err := namespaces.NamespaceRequired(ctx)
	if err != nil {
		return false, err
	}
	options, err := runc.ReadOptions(bundle)
	if err != nil {
		return false, err
	}
	root := process.RuncRoot
	if options != nil && options.Root != "" {
		root = options.Root
	}
	_, err = os.Stat(filepath.Join(root, namespace, id))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}
