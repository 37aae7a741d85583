// Command satrain-node is the node's container side in one multi-call binary:
//
//	containerd                 the daemon, with only the plugins that a lab needs
//	containerd-shim-runc-v2    the shim, which containerd starts by its runtime_path
//	satrain-cni                the CNI plugin, which containerd starts once per Pod
//	images                     imports the lab images and serves them as a registry
//
// The component is named by argv[0] (a symbolic link) or by the first argument.
// It is kept apart from satrain-kube since the shim and the CNI plugin run once
// per Pod: this binary starts in 15 ms, satrain-kube in 80 ms.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/containerd/containerd/v2/cmd/containerd/command"

	"satrain.dev/distro/cni"
	"satrain.dev/distro/images"
)

const (
	usage    = "usage: satrain-node containerd|containerd-shim-runc-v2|satrain-cni|images [flags]"
	shimName = "containerd-shim-runc-v2"
)

func main() {
	run, found := component(filepath.Base(os.Args[0]))
	if !found && len(os.Args) > 1 {
		name := os.Args[1]
		if name == "-namespace" {
			// The shim starts its server half as os.Executable(), which resolves
			// the symbolic link and so loses the shim's name.
			name = shimName
		} else {
			os.Args = os.Args[1:]
		}
		run, found = component(name)
	}
	if !found {
		fmt.Fprintln(os.Stderr, usage)
		os.Exit(2)
	}
	if err := run(); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", filepath.Base(os.Args[0]), err)
		os.Exit(1)
	}
}

func component(name string) (run func() error, found bool) {
	switch name {
	case "containerd":
		return func() error { return command.App().Run(context.Background(), os.Args) }, true
	case shimName:
		return func() error { runShim(context.Background()); return nil }, true
	case "satrain-cni":
		return func() error { cni.Main(); return nil }, true
	case "images":
		return func() error {
			ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
			defer stop()
			return images.Main(ctx, os.Args[1:], os.Stdout)
		}, true
	}
	return nil, false
}
