package podsandbox

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
)

func pod(options *cri.NamespaceOption, sysctls map[string]string) *cri.PodSandboxConfig {
	return &cri.PodSandboxConfig{
		Hostname: "web",
		Linux: &cri.LinuxPodSandboxConfig{
			Sysctls:         sysctls,
			SecurityContext: &cri.LinuxSandboxSecurityContext{NamespaceOptions: options},
		},
	}
}

func TestArguments(t *testing.T) {
	const ports, pings = "--sysctl net.ipv4.ip_unprivileged_port_start=0", "--sysctl net.ipv4.ping_group_range=0 2147483647"
	node, users := cri.NamespaceMode_NODE, &cri.UserNamespace{Mode: cri.NamespaceMode_POD}
	tests := []struct {
		name     string
		options  *cri.NamespaceOption
		sysctls  map[string]string
		rootless bool
		want     string
	}{
		{"an ordinary Pod", &cri.NamespaceOption{}, nil, false, "/r --net /n --uts web --pid --ipc --cgroup /c " + ports + " " + pings},
		{"the host's network", &cri.NamespaceOption{Network: node}, nil, false, "/r --pid --ipc --cgroup /c"},
		{"the host's processes", &cri.NamespaceOption{Pid: node, Ipc: node}, nil, false, "/r --net /n --uts web --cgroup /c " + ports + " " + pings},
		{"users of its own", &cri.NamespaceOption{UsernsOptions: users}, nil, false, "/r --net /n --uts web --user --pid --ipc --cgroup /c " + ports},
		{"a rootless node", &cri.NamespaceOption{}, nil, true, "/r --net /n --uts web --pid --ipc --cgroup /c " + ports},
		{
			"what the Pod asks for comes before what is usual", &cri.NamespaceOption{},
			map[string]string{"net.ipv4.ip_unprivileged_port_start": "1024", "kernel.shm_rmid_forced": "1"}, true,
			"/r --net /n --uts web --pid --ipc --cgroup /c --sysctl kernel.shm_rmid_forced=1 --sysctl net.ipv4.ip_unprivileged_port_start=1024",
		},
	}
	for _, test := range tests {
		words, err := arguments(pod(test.options, test.sysctls), "/r", "/n", []string{"/c"}, test.rootless)
		if got := strings.Join(words, " "); err != nil || got != test.want {
			t.Errorf("%s:\n got %q, %v\nwant %q", test.name, got, err, test.want)
		}
	}
	if _, err := arguments(pod(&cri.NamespaceOption{Network: node, UsernsOptions: users}, nil), "/r", "", nil, false); err == nil {
		t.Error("the host's network with users of its own is taken")
	}
}

func TestHierarchies(t *testing.T) {
	mountinfo := `25 30 0:23 / /sys rw,nosuid - sysfs sysfs rw
32 25 0:28 / /sys/fs/cgroup/memory rw,nosuid shared:9 - cgroup cgroup rw,memory
33 25 0:29 / /sys/fs/cgroup/unified rw,nosuid shared:10 - cgroup2 cgroup2 rw
broken`
	want := []hierarchy{{"/sys/fs/cgroup/memory", false}, {"/sys/fs/cgroup/unified", true}}
	if got := hierarchies(mountinfo); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestJoin(t *testing.T) {
	v1, v2, unused := t.TempDir(), t.TempDir(), t.TempDir()
	for _, root := range []string{v1, v2} {
		if err := os.MkdirAll(filepath.Join(root, "kubepods/pod1"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	procs, leaf, err := join([]hierarchy{{v1, false}, {v2, true}, {unused, false}}, "/kubepods/pod1", "abc")
	if err != nil {
		t.Fatal(err)
	}
	wantLeaf := filepath.Join(v2, "kubepods/pod1/abc")
	want := []string{filepath.Join(v1, "kubepods/pod1/cgroup.procs"), filepath.Join(wantLeaf, "cgroup.procs")}
	if !slices.Equal(procs, want) || leaf != wantLeaf {
		t.Errorf("got %v and %q, want %v and %q", procs, leaf, want, wantLeaf)
	}
	if info, err := os.Stat(leaf); err != nil || !info.IsDir() {
		t.Errorf("the leaf was not made: %v", err)
	}
}

func TestResolvConf(t *testing.T) {
	config := &cri.DNSConfig{Servers: []string{"10.0.0.10", "10.0.0.11"}, Searches: []string{"a.local", "b.local"}, Options: []string{"ndots:5"}}
	const want = "search a.local b.local\nnameserver 10.0.0.10\nnameserver 10.0.0.11\noptions ndots:5\n"
	if got, err := resolvConf(config); err != nil || string(got) != want {
		t.Errorf("got %q, %v", got, err)
	}
	if got, err := resolvConf(&cri.DNSConfig{}); err != nil || len(got) != 0 {
		t.Errorf("nothing asked for gives %q, %v", got, err)
	}
}
