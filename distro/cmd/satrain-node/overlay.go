package main

import (
	"github.com/containerd/containerd/v2/core/snapshots"
	"github.com/containerd/containerd/v2/plugins"
	"github.com/containerd/containerd/v2/plugins/snapshots/overlay"
	"github.com/containerd/containerd/v2/plugins/snapshots/overlay/overlayutils"
	"github.com/containerd/platforms"
	"github.com/containerd/plugin"
	"github.com/containerd/plugin/registry"
	"github.com/moby/sys/userns"
)

// The overlay snapshotter, as upstream's plugin registers it without configuration, but for a node that is in a user
// namespace itself: there the kernel maps no users of the file system below, which upstream tells by the kernel's version
// only. A Pod with users of its own gets a copy of its image that is theirs.
func init() {
	registry.Register(&plugin.Registration{
		Type: plugins.SnapshotPlugin,
		ID:   "overlayfs",
		InitFn: func(ic *plugin.InitContext) (any, error) {
			ic.Meta.Platforms = append(ic.Meta.Platforms, platforms.DefaultSpec())
			options := []overlay.Opt{overlay.AsynchronousRemove}
			if userns.RunningInUserNS() {
				options = append(options, overlay.WithSlowChown)
			} else {
				if can, err := overlayutils.SupportsIDMappedMounts(); err == nil && can {
					options = append(options, overlay.WithRemapIDs)
					ic.Meta.Capabilities = append(ic.Meta.Capabilities, "remap-ids")
				}
				ic.Meta.Capabilities = append(ic.Meta.Capabilities, "only-remap-ids", snapshots.RebaseCap)
			}
			root := ic.Properties[plugins.PropertyRootDir]
			ic.Meta.Exports[plugins.SnapshotterRootDir] = root
			return overlay.NewSnapshotter(root, options...)
		},
	})
}
