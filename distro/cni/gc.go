package cni

import (
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/containernetworking/cni/pkg/skel"
	"github.com/containernetworking/cni/pkg/types"
	"github.com/containernetworking/plugins/plugins/ipam/host-local/backend/disk"
)

// GC releases the addresses of attachments that the runtime does not list as
// valid. Their interfaces went with their namespaces.
func GC(args *skel.CmdArgs) error {
	n, err := openNetwork(args)
	if err != nil {
		return err
	}
	defer n.close()
	return n.releaseExcept(n.ValidAttachments)
}

// releaseExcept releases every allocated address whose attachment is not in
// valid. The upstream store cannot list its entries, so this reads its files:
// one per address, named after it, with container and interface on a line each.
func (n *network) releaseExcept(valid []types.GCAttachment) error {
	keep := make(map[string]bool, len(valid))
	for _, a := range valid {
		keep[entry(a.ContainerID, a.IfName)] = true
	}
	if err := n.store.Lock(); err != nil {
		return err
	}
	defer func() { _ = n.store.Unlock() }()

	files, err := os.ReadDir(n.storeDir)
	if err != nil {
		return err
	}
	for _, f := range files {
		if !isAddress(f.Name()) {
			continue
		}
		path := filepath.Join(n.storeDir, f.Name())
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if keep[strings.TrimSpace(string(content))] {
			continue
		}
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	return nil
}

func entry(containerID, ifName string) string {
	return strings.TrimSpace(containerID) + disk.LineBreak + ifName
}

func isAddress(name string) bool { return net.ParseIP(name) != nil }
