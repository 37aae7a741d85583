package cni

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	current "github.com/containernetworking/cni/pkg/types/100"
	"github.com/containernetworking/plugins/pkg/ns"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

const (
	testBridge  = "satr-test"
	testGateway = "10.99.0.1"
	testIfName  = "eth0"
)

// The test binary is the plugin too, so that the tests speak the real protocol.
func TestMain(m *testing.M) {
	if os.Getenv("CNI_COMMAND") != "" {
		Main()
		return
	}
	os.Exit(m.Run())
}

// node is a network namespace with a bridge, as the node of a cluster has it.
// The test's goroutine lives in it.
type node struct {
	t   *testing.T
	dir string
}

func newNode(t *testing.T) *node {
	t.Helper()
	if os.Geteuid() != 0 {
		const reason = "making network namespaces needs root"
		if os.Getenv("CI") == "true" {
			t.Fatal(reason)
		}
		t.Skip(reason)
	}
	runtime.LockOSThread() // and never unlocked: the thread ends with the test
	ok(t, unix.Unshare(unix.CLONE_NEWNET))
	n := &node{t: t, dir: t.TempDir()}
	bridge := &netlink.Bridge{LinkAttrs: netlink.LinkAttrs{Name: testBridge}}
	ok(t, netlink.LinkAdd(bridge))
	address, err := netlink.ParseAddr(testGateway + "/24")
	ok(t, err)
	ok(t, netlink.AddrAdd(bridge, address))
	ok(t, netlink.LinkSetUp(bridge))
	return n
}

// pod is a network namespace to be connected; a thread keeps it alive.
type pod struct {
	id, netns string
	uid       string // of the Pod, if the runtime tells it
}

func (n *node) newPod(id string) pod {
	n.t.Helper()
	path, done := make(chan string), make(chan struct{})
	go func() {
		runtime.LockOSThread()
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			path <- ""
			return
		}
		path <- fmt.Sprintf("/proc/%d/task/%d/ns/net", os.Getpid(), unix.Gettid())
		<-done
	}()
	p := pod{id: id, netns: <-path}
	if p.netns == "" {
		n.t.Fatal("cannot make a network namespace")
	}
	n.t.Cleanup(func() { close(done) })
	return p
}

func (p pod) do(t *testing.T, f func() error) {
	t.Helper()
	ok(t, ns.WithNetNSPath(p.netns, func(ns.NetNS) error { return f() }))
}

func (n *node) config(more map[string]any) []byte {
	c := map[string]any{
		"cniVersion": "1.1.0", "name": "satrain", "type": "satrain-cni", "bridge": testBridge,
		"ipam": map[string]any{
			"type": "host-local", "dataDir": n.dir,
			"ranges": [][]map[string]string{{{"subnet": "10.99.0.0/24"}}},
		},
	}
	maps.Copy(c, more)
	content, err := json.Marshal(c)
	ok(n.t, err)
	return content
}

// call runs the plugin; a CNI error becomes an error with the plugin's JSON.
func (n *node) call(command string, p pod, config []byte) ([]byte, error) {
	n.t.Helper()
	plugin := exec.Command(os.Args[0])
	plugin.Env = append(os.Environ(), "CNI_COMMAND="+command, "CNI_CONTAINERID="+p.id, "CNI_NETNS="+p.netns,
		"CNI_ARGS=IgnoreUnknown=1;K8S_POD_NAMESPACE=a;K8S_POD_UID="+p.uid, "CNI_IFNAME="+testIfName, "CNI_PATH="+filepath.Dir(os.Args[0]))
	plugin.Stdin = bytes.NewReader(config)
	output, err := plugin.Output()
	if err != nil {
		err = errors.New(strings.TrimSpace(string(output)))
	}
	return output, err
}

// add connects p and returns the configuration for CHECK, with the result in it.
func (n *node) add(p pod) (*current.Result, []byte) {
	n.t.Helper()
	output, err := n.call("ADD", p, n.config(nil))
	ok(n.t, err)
	var result current.Result
	ok(n.t, json.Unmarshal(output, &result))
	return &result, n.config(map[string]any{"prevResult": json.RawMessage(output)})
}

// allocated lists the addresses in use.
func (n *node) allocated() []string {
	n.t.Helper()
	files, err := os.ReadDir(filepath.Join(n.dir, "satrain"))
	ok(n.t, err)
	var found []string
	for _, f := range files {
		if isAddress(f.Name()) {
			found = append(found, f.Name())
		}
	}
	return found
}

func (n *node) links() int {
	n.t.Helper()
	links, err := netlink.LinkList()
	ok(n.t, err)
	return len(links)
}

func TestAddConnectsThePodToTheNode(t *testing.T) {
	n := newNode(t)
	p := n.newPod("pod-a")
	result, _ := n.add(p)

	if got := result.IPs[0].Address.String(); got != "10.99.0.2/24" {
		t.Errorf("address %s, want the first free one", got)
	}
	if got := result.Interfaces[0]; got.Name != testIfName || got.Sandbox != p.netns {
		t.Errorf("first interface is %+v, want %s in the Pod", got, testIfName)
	}
	// What counts: the Pod reaches a server on the node.
	server, err := net.Listen("tcp", testGateway+":0")
	ok(t, err)
	defer server.Close()
	go func() {
		for {
			connection, err := server.Accept()
			if err != nil {
				return
			}
			_ = connection.Close()
		}
	}()
	p.do(t, func() error {
		connection, err := net.Dial("tcp", server.Addr().String())
		if err == nil {
			err = connection.Close()
		}
		return err
	})
}

func TestPodsReachEachOther(t *testing.T) {
	n := newNode(t)
	a, b := n.newPod("pod-a"), n.newPod("pod-b")
	n.add(a)
	result, _ := n.add(b)
	var server net.Listener
	b.do(t, func() (err error) {
		server, err = net.Listen("tcp", result.IPs[0].Address.IP.String()+":0")
		return err
	})
	defer server.Close()
	a.do(t, func() error {
		connection, err := net.Dial("tcp", server.Addr().String())
		if err == nil {
			err = connection.Close()
		}
		return err
	})
}

func TestAddFailsWithoutTheBridgeAndLeavesNothing(t *testing.T) {
	n := newNode(t)
	_, err := n.call("ADD", n.newPod("pod-a"), n.config(map[string]any{"bridge": "satr-none"}))
	failsWith(t, err, `bridge \"satr-none\"`)
	if got := n.allocated(); len(got) != 0 {
		t.Errorf("addresses %v are still allocated", got)
	}
}

func TestAddFailsWhereTheInterfaceExistsAndLeavesItAlone(t *testing.T) {
	n := newNode(t)
	p := n.newPod("pod-a")
	p.do(t, func() error {
		return netlink.LinkAdd(&netlink.Bridge{LinkAttrs: netlink.LinkAttrs{Name: testIfName}})
	})
	before := n.links()
	_, err := n.call("ADD", p, n.config(nil))
	failsWith(t, err, testIfName)
	if got := n.allocated(); len(got) != 0 {
		t.Errorf("addresses %v are still allocated", got)
	}
	if after := n.links(); after != before {
		t.Errorf("%d links on the node, %d before", after, before)
	}
	p.do(t, func() error {
		_, err := netlink.LinkByName(testIfName)
		return err
	})
}

func TestASecondAddIsRefusedAndTheFirstStaysIntact(t *testing.T) {
	n := newNode(t)
	p := n.newPod("pod-a")
	_, config := n.add(p)
	_, err := n.call("ADD", p, n.config(nil))
	failsWith(t, err, "duplicate allocation")
	_, err = n.call("CHECK", p, config)
	ok(t, err)
}

func TestCheckFindsWhatIsMissing(t *testing.T) {
	hostEnd := func(t *testing.T, r *current.Result) netlink.Link {
		link, err := netlink.LinkByName(r.Interfaces[1].Name)
		ok(t, err)
		return link
	}
	podEnd := func() netlink.Link {
		link, err := netlink.LinkByName(testIfName)
		if err != nil {
			panic(err) // the interface has just been made
		}
		return link
	}
	tests := []struct {
		name, want string
		damage     func(t *testing.T, n *node, p pod, r *current.Result)
	}{
		{"address gone", "10.99.0.2", func(t *testing.T, _ *node, p pod, r *current.Result) {
			p.do(t, func() error { return netlink.AddrDel(podEnd(), &netlink.Addr{IPNet: &r.IPs[0].Address}) })
		}},
		{"interface gone", "interface eth0", func(t *testing.T, _ *node, p pod, _ *current.Result) {
			p.do(t, func() error { return netlink.LinkDel(podEnd()) })
		}},
		{"interface down", "eth0 is down", func(t *testing.T, _ *node, p pod, _ *current.Result) {
			p.do(t, func() error { return netlink.LinkSetDown(podEnd()) })
		}},
		{"default route gone", "Route", func(t *testing.T, _ *node, p pod, _ *current.Result) {
			p.do(t, func() error {
				return netlink.RouteDel(&netlink.Route{LinkIndex: podEnd().Attrs().Index, Gw: net.ParseIP(testGateway)})
			})
		}},
		{"host end off the bridge", "not connected to bridge", func(t *testing.T, _ *node, _ pod, r *current.Result) {
			ok(t, netlink.LinkSetNoMaster(hostEnd(t, r)))
		}},
		{"host end down", "is down", func(t *testing.T, _ *node, _ pod, r *current.Result) {
			ok(t, netlink.LinkSetDown(hostEnd(t, r)))
		}},
		{"bridge gone", "bridge", func(t *testing.T, _ *node, _ pod, _ *current.Result) {
			ok(t, netlink.LinkDel(&netlink.Bridge{LinkAttrs: netlink.LinkAttrs{Name: testBridge}}))
		}},
		{"address not allocated", "not allocated", func(t *testing.T, n *node, _ pod, _ *current.Result) {
			ok(t, os.Remove(filepath.Join(n.dir, "satrain", "10.99.0.2")))
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			n := newNode(t)
			p := n.newPod("pod-a")
			result, config := n.add(p)
			_, err := n.call("CHECK", p, config)
			ok(t, err)
			test.damage(t, n, p, result)
			_, err = n.call("CHECK", p, config)
			failsWith(t, err, test.want)
		})
	}
}

func TestCheckNeedsTheEarlierResult(t *testing.T) {
	n := newNode(t)
	p := n.newPod("pod-a")
	n.add(p)
	_, err := n.call("CHECK", p, n.config(nil))
	failsWith(t, err, "prevResult")
}

func TestDelMayBeRepeated(t *testing.T) {
	n := newNode(t)
	p := n.newPod("pod-a")
	before := n.links()
	n.add(p)
	for range 3 {
		_, err := n.call("DEL", p, n.config(nil))
		ok(t, err)
	}
	if after := n.links(); after != before {
		t.Errorf("%d links on the node, %d before", after, before)
	}
	if got := n.allocated(); len(got) != 0 {
		t.Errorf("addresses %v are still allocated", got)
	}
}

func TestDelWorksWithoutTheNamespace(t *testing.T) {
	n := newNode(t)
	for _, netns := range []string{"", "/proc/1/ns/there-is-no-such-namespace"} {
		p := n.newPod("pod-a")
		n.add(p)
		_, err := n.call("DEL", pod{id: p.id, netns: netns}, n.config(nil))
		ok(t, err)
		if got := n.allocated(); len(got) != 0 {
			t.Errorf("netns %q: addresses %v are still allocated", netns, got)
		}
	}
}

func TestAPodKeepsItsAddressAcrossSandboxes(t *testing.T) {
	n := newNode(t)
	kept := map[string]any{"podAddresses": filepath.Join(t.TempDir(), "pods")}
	add := func(id, uid string) string {
		t.Helper()
		p := n.newPod(id)
		p.uid = uid
		output, err := n.call("ADD", p, n.config(kept))
		ok(t, err)
		var result current.Result
		ok(t, json.Unmarshal(output, &result))
		return result.IPs[0].Address.IP.String()
	}
	if a, b := add("a-1", "uid-a"), add("b-1", "uid-b"); a != "10.99.0.2" || b != "10.99.0.3" {
		t.Fatalf("addresses %s and %s", a, b)
	}
	// The node is gone, with all that it had allocated.
	ok(t, os.RemoveAll(filepath.Join(n.dir, "satrain")))
	if b, c := add("b-2", "uid-b"), add("c-1", "uid-c"); b != "10.99.0.3" || c != "10.99.0.4" {
		t.Errorf("Pod b got %s, and Pod c %s", b, c)
	}
	if a := add("a-2", "uid-a"); a != "10.99.0.2" {
		t.Errorf("Pod a got %s", a)
	}
	// Somebody has it.
	if a := add("a-3", "uid-a"); a != "10.99.0.5" {
		t.Errorf("the second sandbox of Pod a got %s", a)
	}
	// A runtime that does not tell whose sandbox it is.
	if other := add("d", ""); other != "10.99.0.6" {
		t.Errorf("a Pod without a UID got %s", other)
	}
}

func TestGCReleasesOnlyWhatIsNotValid(t *testing.T) {
	n := newNode(t)
	n.add(n.newPod("pod-a"))
	n.add(n.newPod("pod-b"))
	valid := []map[string]string{{"containerID": "pod-b", "ifname": testIfName}}
	_, err := n.call("GC", pod{}, n.config(map[string]any{"cni.dev/valid-attachments": valid}))
	ok(t, err)
	if got, want := n.allocated(), []string{"10.99.0.3"}; !slices.Equal(got, want) {
		t.Errorf("allocated: %v, want %v", got, want)
	}
}

func TestStatusNeedsTheBridgeUp(t *testing.T) {
	n := newNode(t)
	_, err := n.call("STATUS", pod{}, n.config(nil))
	ok(t, err)
	ok(t, netlink.LinkSetDown(&netlink.Bridge{LinkAttrs: netlink.LinkAttrs{Name: testBridge}}))
	_, err = n.call("STATUS", pod{}, n.config(nil))
	failsWith(t, err, `"code": 50`)
}

func TestVersionListsTheSpecVersions(t *testing.T) {
	output, err := (&node{t: t}).call("VERSION", pod{}, []byte(`{"cniVersion":"1.1.0"}`))
	ok(t, err)
	var got struct {
		SupportedVersions []string `json:"supportedVersions"`
	}
	ok(t, json.Unmarshal(output, &got))
	for _, want := range []string{"1.0.0", "1.1.0"} {
		if !slices.Contains(got.SupportedVersions, want) {
			t.Errorf("%s is missing in %v", want, got.SupportedVersions)
		}
	}
}

func TestABadConfigurationIsAnError(t *testing.T) {
	n := &node{t: t, dir: t.TempDir()}
	for name, config := range map[string][]byte{
		"bridge":  n.config(map[string]any{"bridge": ""}),
		"dataDir": n.config(map[string]any{"ipam": map[string]any{"type": "host-local", "subnet": "10.99.0.0/24"}}),
	} {
		_, err := n.call("DEL", pod{id: "pod-a"}, config)
		failsWith(t, err, name)
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func failsWith(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Fatalf("error %v, want one with %q", err, want)
	}
}
