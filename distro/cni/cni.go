// Package cni is the CNI plugin satrain-cni: what upstream's plugins "bridge"
// and "host-local" do together, cut down to what a lab needs, in one exec per
// Pod instead of two. (Upstream's are package main, so they cannot be imported.)
//
// It connects a Pod's network namespace by a veth pair to a bridge that exists
// already and carries the gateway address. It creates no bridge, no iptables
// rule and no masquerading: lab Pods have no way out of the lab.
//
// The network configuration is that of the bridge plugin with host-local IPAM
// and one range of addresses:
//
//	{"type": "satrain-cni", "bridge": "satr0",
//	 "ipam": {"type": "host-local", "dataDir": "…", "ranges": [[{"subnet": "10.222.0.0/24"}]]}}
package cni

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"runtime"

	"github.com/containernetworking/cni/pkg/skel"
	"github.com/containernetworking/cni/pkg/types"
	current "github.com/containernetworking/cni/pkg/types/100"
	"github.com/containernetworking/cni/pkg/version"
	"github.com/containernetworking/plugins/pkg/ip"
	"github.com/containernetworking/plugins/pkg/ipam"
	"github.com/containernetworking/plugins/pkg/ns"
	"github.com/containernetworking/plugins/plugins/ipam/host-local/backend/allocator"
	"github.com/containernetworking/plugins/plugins/ipam/host-local/backend/disk"
	"github.com/vishvananda/netlink"
)

const about = "satrain-cni: bridge and host-local in one"

// Error codes: CNI reserves 50 and 51 for STATUS (spec 1.1, "STATUS").
const errCodeUnavailable = 50

func init() {
	// main then runs on the process's first thread: see within.
	runtime.LockOSThread()
}

// Main is the plugin's main function: the command comes in CNI_COMMAND, the
// configuration on stdin, the result or the error goes to stdout as JSON.
func Main() {
	skel.PluginMainFuncs(Funcs(), version.All, about)
}

// Funcs are the plugin's commands.
func Funcs() skel.CNIFuncs {
	return skel.CNIFuncs{Add: Add, Del: Del, Check: Check, GC: GC, Status: Status}
}

type config struct {
	types.NetConf
	Bridge       string `json:"bridge"`
	PodAddresses string `json:"podAddresses"`
}

// network is one parsed configuration with its store of allocated addresses
// open: close it.
type network struct {
	config
	store    *disk.Store
	storeDir string
	ranges   []allocator.RangeSet
}

func openNetwork(args *skel.CmdArgs) (*network, error) {
	var n network
	if err := json.Unmarshal(args.StdinData, &n.config); err != nil {
		return nil, fmt.Errorf("network configuration: %w", err)
	}
	if n.Bridge == "" {
		return nil, errors.New(`network configuration: "bridge" is missing`)
	}
	// Parses prevResult into NetConf.PrevResult, which CHECK compares with.
	if err := version.ParsePrevResult(&n.NetConf); err != nil {
		return nil, fmt.Errorf("prevResult: %w", err)
	}
	ipamConf, _, err := allocator.LoadIPAMConfig(args.StdinData, args.Args)
	if err != nil {
		return nil, err
	}
	if len(ipamConf.Ranges) != 1 {
		return nil, fmt.Errorf("ipam: exactly one set of ranges is supported, not %d", len(ipamConf.Ranges))
	}
	if ipamConf.DataDir == "" {
		return nil, errors.New(`ipam: "dataDir" is missing`) // upstream's default is shared by all clusters
	}
	n.ranges = ipamConf.Ranges
	n.storeDir = filepath.Join(ipamConf.DataDir, ipamConf.Name)
	if n.store, err = disk.New(ipamConf.Name, ipamConf.DataDir); err != nil {
		return nil, err
	}
	return &n, nil
}

func (n *network) close() { _ = n.store.Close() }

func (n *network) addresses() *allocator.IPAllocator {
	return allocator.NewIPAllocator(&n.ranges[0], n.store, 0)
}

// bridge returns the bridge, which must exist and be up.
func (n *network) bridge() (*netlink.Bridge, error) {
	link, err := netlink.LinkByName(n.Bridge)
	if err != nil {
		return nil, fmt.Errorf("bridge %q: %w", n.Bridge, err)
	}
	bridge, ok := link.(*netlink.Bridge)
	if !ok {
		return nil, fmt.Errorf("%q is a %s, not a bridge", n.Bridge, link.Type())
	}
	if bridge.Attrs().Flags&net.FlagUp == 0 {
		return nil, fmt.Errorf("bridge %q is down", n.Bridge)
	}
	return bridge, nil
}

// Add connects the namespace and prints what it made. After a failure nothing
// of it is left: the address is released and the veth pair removed.
func Add(args *skel.CmdArgs) error {
	n, err := openNetwork(args)
	if err != nil {
		return err
	}
	defer n.close()
	bridge, err := n.bridge()
	if err != nil {
		return err
	}
	result, err := n.connect(args, bridge)
	if err != nil {
		return err
	}
	return types.PrintResult(result, n.CNIVersion)
}

// connect undoes only what it did itself: were the interface or the address
// there before, they belong to an earlier ADD.
func (n *network) connect(args *skel.CmdArgs, bridge *netlink.Bridge) (_ *current.Result, err error) {
	address, err := n.allocate(args)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, n.release(args))
		}
	}()
	address.Interface = current.Int(0)
	result := &current.Result{
		CNIVersion: current.ImplementedSpecVersion,
		IPs:        []*current.IPConfig{address},
		Routes:     []*types.Route{{Dst: defaultRoute(), GW: address.Gateway}},
		DNS:        n.DNS,
	}
	var hostEnd, podEnd net.Interface
	err = within(args.Netns, func(host ns.NetNS) error {
		hostEnd, podEnd, err = ip.SetupVeth(args.IfName, bridge.MTU, "", host)
		return err
	})
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, removeLink(args.Netns, args.IfName))
		}
	}()
	result.Interfaces = []*current.Interface{
		{Name: podEnd.Name, Mac: podEnd.HardwareAddr.String(), Mtu: bridge.MTU, Sandbox: args.Netns},
		{Name: hostEnd.Name, Mac: hostEnd.HardwareAddr.String(), Mtu: bridge.MTU},
		{Name: n.Bridge, Mac: bridge.HardwareAddr.String(), Mtu: bridge.MTU},
	}
	// First the bridge, then the addresses: those announce themselves through it.
	if err := connectToBridge(hostEnd.Name, bridge); err != nil {
		return nil, err
	}
	err = within(args.Netns, func(ns.NetNS) error { return ipam.ConfigureIface(args.IfName, result) })
	return result, err
}

func connectToBridge(name string, bridge *netlink.Bridge) error {
	link, err := netlink.LinkByName(name)
	if err != nil {
		return err
	}
	if err := netlink.LinkSetMaster(link, bridge); err != nil {
		return fmt.Errorf("connect %s to bridge %s: %w", name, bridge.Name, err)
	}
	// Without hairpin mode a Pod's packets to an address that leads back to itself are lost.
	if err := netlink.LinkSetHairpin(link, true); err != nil {
		return fmt.Errorf("hairpin mode of %s: %w", name, err)
	}
	return nil
}

// Del removes the veth pair and releases the address. What is gone already
// (interface, namespace, address) is not an error, since DEL may be repeated.
func Del(args *skel.CmdArgs) error {
	n, err := openNetwork(args)
	if err != nil {
		return err
	}
	defer n.close()
	return errors.Join(n.release(args), removeLink(args.Netns, args.IfName))
}

func (n *network) release(args *skel.CmdArgs) error {
	return n.addresses().Release(args.ContainerID, args.IfName)
}

// removeLink removes the Pod's end of the pair; the other end goes with it.
func removeLink(netnsPath, name string) error {
	if netnsPath == "" { // the runtime says that the namespace is gone
		return nil
	}
	err := within(netnsPath, func(ns.NetNS) error {
		err := ip.DelLinkByName(name)
		if errors.Is(err, ip.ErrLinkNotFound) {
			return nil
		}
		return err
	})
	if errors.As(err, new(ns.NSPathNotExistErr)) {
		return nil
	}
	return err
}

// Status says whether an ADD could succeed now: configuration and store of
// addresses are usable, and the bridge is up.
func Status(args *skel.CmdArgs) error {
	n, err := openNetwork(args)
	if err != nil {
		return types.NewError(errCodeUnavailable, "unusable configuration", err.Error())
	}
	defer n.close()
	if _, err := n.bridge(); err != nil {
		return types.NewError(errCodeUnavailable, "no bridge", err.Error())
	}
	return nil
}

func defaultRoute() net.IPNet {
	return net.IPNet{IP: net.IPv4zero.To4(), Mask: net.CIDRMask(0, 32)}
}
