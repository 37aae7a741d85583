// Command containerd-shim-runc-v2 is containerd's shim for runc, which also holds Pods' sandboxes.
package main

import (
	"context"

	"github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2/manager"
	"github.com/containerd/containerd/v2/pkg/shim"
)

func main() {
	shim.RunShim(context.Background(), starter{manager.NewShimManager("io.containerd.runc.v2")})
}
