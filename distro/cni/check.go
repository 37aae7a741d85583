package cni

import (
	"errors"
	"fmt"
	"net"
	"slices"

	"github.com/containernetworking/cni/pkg/skel"
	current "github.com/containernetworking/cni/pkg/types/100"
	"github.com/containernetworking/plugins/pkg/ip"
	"github.com/containernetworking/plugins/pkg/ns"
	"github.com/vishvananda/netlink"
)

// Check compares the earlier result, which the runtime passes as prevResult,
// with what there is: address allocated, interface up with address and default
// route, and its other end up on the bridge.
func Check(args *skel.CmdArgs) error {
	n, err := openNetwork(args)
	if err != nil {
		return err
	}
	defer n.close()
	if n.PrevResult == nil {
		return errors.New("prevResult is missing")
	}
	earlier, err := current.NewResultFromResult(n.PrevResult)
	if err != nil {
		return fmt.Errorf("prevResult: %w", err)
	}
	bridge, err := n.bridge()
	if err != nil {
		return err
	}
	if err := n.checkAllocated(args, earlier.IPs); err != nil {
		return err
	}
	peer, err := checkPodEnd(args, earlier)
	if err != nil {
		return err
	}
	return checkHostEnd(peer, bridge)
}

func (n *network) checkAllocated(args *skel.CmdArgs, expected []*current.IPConfig) error {
	if len(expected) == 0 {
		return errors.New("prevResult has no address")
	}
	allocated := n.store.GetByID(args.ContainerID, args.IfName)
	for _, e := range expected {
		if !slices.ContainsFunc(allocated, e.Address.IP.Equal) {
			return fmt.Errorf("address %s is not allocated to %s of container %s", e.Address.IP, args.IfName, args.ContainerID)
		}
	}
	return nil
}

// checkPodEnd returns the index of the pair's other end.
func checkPodEnd(args *skel.CmdArgs, earlier *current.Result) (peer int, err error) {
	err = within(args.Netns, func(ns.NetNS) error {
		link, err := netlink.LinkByName(args.IfName)
		if err != nil {
			return fmt.Errorf("interface %s: %w", args.IfName, err)
		}
		if _, isVeth := link.(*netlink.Veth); !isVeth {
			return fmt.Errorf("interface %s is a %s, not a veth", args.IfName, link.Type())
		}
		if link.Attrs().Flags&net.FlagUp == 0 {
			return fmt.Errorf("interface %s is down", args.IfName)
		}
		if err := ip.ValidateExpectedInterfaceIPs(args.IfName, earlier.IPs); err != nil {
			return err
		}
		if err := ip.ValidateExpectedRoute(earlier.Routes); err != nil {
			return err
		}
		_, peer, err = ip.GetVethPeerIfindex(args.IfName)
		return err
	})
	return peer, err
}

func checkHostEnd(index int, bridge *netlink.Bridge) error {
	link, err := netlink.LinkByIndex(index)
	if err != nil {
		return fmt.Errorf("host end of the veth pair: %w", err)
	}
	switch attrs := link.Attrs(); {
	case attrs.MasterIndex != bridge.Index:
		return fmt.Errorf("%s is not connected to bridge %s", attrs.Name, bridge.Name)
	case attrs.Flags&net.FlagUp == 0:
		return fmt.Errorf("%s is down", attrs.Name)
	}
	return nil
}
