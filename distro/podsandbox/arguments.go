package podsandbox

import (
	"errors"
	"maps"
	"slices"

	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// arguments are pod-sandbox's for a Pod as the CRI describes it, with its network namespace and the control groups
// to join. Pure.
func arguments(config *cri.PodSandboxConfig, root, netns string, groups []string, rootless bool) ([]string, error) {
	linux := config.GetLinux()
	namespaces := linux.GetSecurityContext().GetNamespaceOptions()
	onHostNetwork := namespaces.GetNetwork() == cri.NamespaceMode_NODE
	ofUsers := namespaces.GetUsernsOptions() != nil && namespaces.GetUsernsOptions().GetMode() == cri.NamespaceMode_POD

	words := []string{root}
	if !onHostNetwork {
		words = append(words, "--net", netns, "--uts", config.GetHostname())
	}
	if ofUsers {
		if onHostNetwork {
			return nil, errors.New("a Pod of the host's network has no user namespace of its own here")
		}
		words = append(words, "--user")
	}
	if namespaces.GetPid() != cri.NamespaceMode_NODE {
		words = append(words, "--pid")
	}
	if namespaces.GetIpc() != cri.NamespaceMode_NODE {
		words = append(words, "--ipc")
	}
	for _, group := range groups {
		words = append(words, "--cgroup", group)
	}
	settings := sysctls(linux.GetSysctls(), onHostNetwork, ofUsers || rootless)
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		words = append(words, "--sysctl", name+"="+settings[name])
	}
	return words, nil
}

// sysctls are the Pod's, and those that containerd sets where it does not: in a network of its own everybody may use
// low ports, and send pings.
func sysctls(asked map[string]string, onHostNetwork, inUserNamespace bool) map[string]string {
	all := map[string]string{}
	if !onHostNetwork {
		all["net.ipv4.ip_unprivileged_port_start"] = "0"
		if !inUserNamespace {
			all["net.ipv4.ping_group_range"] = "0 2147483647"
		}
	}
	maps.Copy(all, asked)
	return all
}
