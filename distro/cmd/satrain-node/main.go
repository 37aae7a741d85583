// Command satrain-node is the node's container side in one multi-call binary:
//
//	containerd    the daemon, with only the plugins that a lab needs
//	images        imports the lab images and serves them as a registry
//
// The component is named by argv[0] (a symbolic link) or by the first argument.
// What containerd runs many times for each Pod, the shim and the CNI plugin, are
// programs of their own, since each start initialises all that is linked in.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/containerd/containerd/v2/cmd/containerd/command"

	"distro.satrain.dev/images"
)

const usage = "usage: satrain-node containerd|images [flags]"

func main() {
	run, found := component(filepath.Base(os.Args[0]))
	if !found && len(os.Args) > 1 {
		run, found = component(os.Args[1])
		os.Args = os.Args[1:]
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
	case "images":
		return func() error {
			ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
			defer stop()
			return images.Main(ctx, os.Args[1:], os.Stdout)
		}, true
	}
	return nil, false
}
