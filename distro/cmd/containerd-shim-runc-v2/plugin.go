package main

import (
	"context"
	"runtime/debug"

	sandboxes "github.com/containerd/containerd/api/runtime/sandbox/v1"
	tasks "github.com/containerd/containerd/api/runtime/task/v3"
	"github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2/task"
	"github.com/containerd/containerd/v2/pkg/shim"
	"github.com/containerd/containerd/v2/pkg/shutdown"
	"github.com/containerd/containerd/v2/plugins"
	"github.com/containerd/plugin"
	"github.com/containerd/plugin/registry"
	"github.com/containerd/ttrpc"
	"github.com/moby/sys/userns"

	"distro.satrain.dev/idmaps"
	"distro.satrain.dev/podsandbox"
)

// containers are upstream's, on any node.
type containers struct{ tasks.TTRPCTaskService }

// Create has no mapping of users where the kernel would refuse it.
func (c containers) Create(ctx context.Context, r *tasks.CreateTaskRequest) (*tasks.CreateTaskResponse, error) {
	if userns.RunningInUserNS() {
		if err := idmaps.Drop(r.Bundle); err != nil {
			return nil, err
		}
	}
	return c.TTRPCTaskService.Create(ctx, r)
}

// services are what a shim answers: upstream's for containers, and ours for the sandbox that they share.
type services struct {
	tasks     tasks.TTRPCTaskService
	sandboxes sandboxes.TTRPCSandboxService
}

func (s services) RegisterTTRPC(server *ttrpc.Server) error {
	tasks.RegisterTTRPCTaskService(server, s.tasks)
	sandboxes.RegisterTTRPCSandboxService(server, s.sandboxes)
	return nil
}

func init() {
	registry.Register(&plugin.Registration{
		Type:     plugins.TTRPCPlugin,
		ID:       "task",
		Requires: []plugin.Type{plugins.EventPlugin, plugins.InternalPlugin},
		InitFn: func(ic *plugin.InitContext) (any, error) {
			// Upstream's 40 per cent mean a collection for every 1.6 MB: a fifth of what a shim does.
			debug.SetGCPercent(200)
			publisher, err := ic.GetByID(plugins.EventPlugin, "publisher")
			if err != nil {
				return nil, err
			}
			exit, err := ic.GetByID(plugins.InternalPlugin, "shutdown")
			if err != nil {
				return nil, err
			}
			lifetime := &podsandbox.Lifetime{Service: exit.(shutdown.Service)}
			upstream, err := task.NewTaskService(ic.Context, publisher.(shim.Publisher), lifetime)
			if err != nil {
				return nil, err
			}
			program, err := podsandbox.Program()
			if err != nil {
				return nil, err
			}
			end := func() { _, _ = upstream.Shutdown(ic.Context, &tasks.ShutdownRequest{}) }
			return services{containers{upstream}, podsandbox.New(program, lifetime, end)}, nil
		},
	})
}
