package main

import (
	"context"
	"fmt"

	shimmanager "github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2/manager"
	"github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2/task"
	"github.com/containerd/containerd/v2/pkg/shim"
	"github.com/containerd/containerd/v2/pkg/shutdown"
	"github.com/containerd/containerd/v2/plugins"
	"github.com/containerd/plugin"
	"github.com/containerd/plugin/registry"
)

// runShim is upstream's containerd-shim-runc-v2. A shim starts every plugin
// that is registered in its process, so the daemon's plugins, which this
// binary's imports registered, are forgotten first.
func runShim(ctx context.Context) {
	registry.Reset()
	registry.Register(&plugin.Registration{
		Type:     plugins.TTRPCPlugin,
		ID:       "task",
		Requires: []plugin.Type{plugins.EventPlugin, plugins.InternalPlugin},
		InitFn:   newTaskService,
	})
	shim.RunShim(ctx, shimmanager.NewShimManager("io.containerd.runc.v2"))
}

func newTaskService(ic *plugin.InitContext) (any, error) {
	publisher, err := instance[shim.Publisher](ic, plugins.EventPlugin, "publisher")
	if err != nil {
		return nil, err
	}
	stop, err := instance[shutdown.Service](ic, plugins.InternalPlugin, "shutdown")
	if err != nil {
		return nil, err
	}
	return task.NewTaskService(ic.Context, publisher, stop)
}

func instance[T any](ic *plugin.InitContext, kind plugin.Type, id string) (T, error) {
	var none T
	got, err := ic.GetByID(kind, id)
	if err != nil {
		return none, err
	}
	typed, ok := got.(T)
	if !ok {
		return none, fmt.Errorf("plugin %s/%s is a %T, not a %T", kind, id, got, none)
	}
	return typed, nil
}
