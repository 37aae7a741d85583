package cni

import (
	"net"
	"os"
	"path/filepath"

	"github.com/containernetworking/cni/pkg/skel"
	"github.com/containernetworking/cni/pkg/types"
	current "github.com/containernetworking/cni/pkg/types/100"
)

// A Pod whose sandbox is made anew (the cluster was killed and came back) gets
// the address that it had, if that is free: others may know it by its address.
//
// The folder `podAddresses` has a file per address, with the UID of the Pod
// that had it last. So it never grows, and what is outdated is overwritten.

// podArgs is what the container runtime tells of the Pod.
type podArgs struct {
	types.CommonArgs
	K8S_POD_UID types.UnmarshallableString //nolint:revive // the runtime's spelling
}

// podUID names the Pod of an attachment; "": the runtime does not tell.
func podUID(args *skel.CmdArgs) string {
	known := podArgs{CommonArgs: types.CommonArgs{IgnoreUnknown: true}}
	if err := types.LoadArgs(args.Args, &known); err != nil {
		return ""
	}
	return string(known.K8S_POD_UID)
}

// hadBefore returns the address that the Pod had last, nil if there is none.
func (n *network) hadBefore(pod string) net.IP {
	if n.PodAddresses == "" || pod == "" {
		return nil
	}
	files, err := os.ReadDir(n.PodAddresses)
	if err != nil {
		return nil
	}
	for _, file := range files {
		address := net.ParseIP(file.Name())
		if address == nil {
			continue
		}
		if uid, err := os.ReadFile(filepath.Join(n.PodAddresses, file.Name())); err == nil && string(uid) == pod {
			return address
		}
	}
	return nil
}

// keep notes whose address it is. That fails without harm: the Pod would get
// another one next time, as it would anywhere else.
func (n *network) keep(pod string, address net.IP) {
	if n.PodAddresses == "" || pod == "" || os.MkdirAll(n.PodAddresses, 0o700) != nil {
		return
	}
	name := filepath.Join(n.PodAddresses, address.String())
	if os.WriteFile(name+".new", []byte(pod), 0o600) == nil {
		_ = os.Rename(name+".new", name)
	}
}

// allocate takes the address that the Pod had before, or else the next free one.
func (n *network) allocate(args *skel.CmdArgs) (*current.IPConfig, error) {
	pod := podUID(args)
	if before := n.hadBefore(pod); before != nil {
		// Another Pod may have it by now.
		if address, err := n.addresses().Get(args.ContainerID, args.IfName, before); err == nil {
			return address, nil
		}
	}
	address, err := n.addresses().Get(args.ContainerID, args.IfName, nil)
	if err == nil {
		n.keep(pod, address.Address.IP)
	}
	return address, err
}
